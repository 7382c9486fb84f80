-- What shutters say, with the zone that counts.
create or replace view jobgrid_engine.shutter_text as
    select s.shutter_id, s.blackout_id, s.closed, s.changes_at, s.error, s.run_window, b.schedule, b.starts_at, b.ends_at,
           b.lasts_us, coalesce(b.time_zone, s.time_zone, current_setting('jobgrid.time_zone')) as time_zone, b.calendar,
           coalesce(b.valid_from, '-infinity') as valid_from, coalesce(b.valid_until, 'infinity') as valid_until,
           b.what_happens, b.tenant, b.name, b.reason
    from jobgrid_engine.shutter s
    left join jobgrid_engine.blackout_text b on b.blackout_id = s.blackout_id;
comment on view jobgrid_engine.shutter_text is 'Blackouts and run windows that jobs are behind';
