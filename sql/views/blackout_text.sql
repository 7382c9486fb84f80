-- What blackouts say, with the zone that counts.
create or replace view jobgrid_engine.blackout_text as
    select b.blackout_id, b.schedule, b.starts_at, b.ends_at, (extract(epoch from b.lasts) * 1000000)::bigint as lasts_us,
           coalesce(b.time_zone, k.time_zone, t.time_zone, current_setting('jobgrid.time_zone')) as time_zone, b.calendar,
           coalesce(b.valid_from, '-infinity') as valid_from, coalesce(b.valid_until, 'infinity') as valid_until,
           b.what_happens, b.tenant, b.name, b.reason
    from jobgrid.blackout b
    left join jobgrid.tenant t on t.name = b.tenant
    left join jobgrid.calendar k on k.name = b.calendar;
comment on view jobgrid_engine.blackout_text is 'What blackouts say';
