-- Times that are over, end soon, or cannot be told: as the scheduler sees them, who computes them anyway.
create or replace function jobgrid_engine.spent_times(tenants text[]) returns setof jobgrid.problem
language sql volatile set search_path = pg_catalog, pg_temp
as $$
    select case when c.error is null then 'warning' else 'error' end, 'schedule',
           jsonb_build_object('tenant', s.tenant, 'job', s.job, 'name', s.name),
           format('schedule "%s" of job "%s" %s', s.name, s.job, coalesce('cannot fire: ' || c.error, 'does not fire any more')),
           case when s.valid_until < now() then format('It ended on %s.', s.valid_until) end,
           format('UPDATE jobgrid.schedule SET enabled = false WHERE schedule_id = %s;', s.schedule_id)
    from jobgrid_engine.fire_cursor c
    join jobgrid.schedule s using (schedule_id)
    join jobgrid.job j on j.tenant = s.tenant and j.full_name = s.job
    where s.tenant = any (tenants) and s.enabled and j.enabled and (c.error is not null or not c.edited and c.next_at = 'infinity')
    union all
    select case when k.days_left < 0 then 'error' else 'warning' end, 'calendar', jsonb_build_object('name', k.name),
           format('calendar "%s" knows its days until %s only', k.name, k.known_until),
           format('%s schedules use it; after that day its week goes on without holidays.', k.schedules),
           format('Add its days, or say until when they are known: UPDATE jobgrid.calendar SET known_until = %L WHERE name = %L;',
                  make_date(extract(year from k.known_until)::integer + 1, 12, 31), k.name)
    from jobgrid_engine.calendar_known k
    where k.days_left < 60 and k.schedules > 0 and (k.tenant is null or k.tenant = any (tenants))
    union all
    select case when t.error is null then 'notice' else 'error' end, 'blackout', jsonb_build_object('name', b.name),
           format('blackout "%s" %s', b.name, coalesce('cannot tell when it is: ' || t.error, 'is over for ever')), null,
           case when t.error is null then format('DELETE FROM jobgrid.blackout WHERE name = %L;', b.name)
                else format('SELECT * FROM jobgrid.blackout WHERE name = %L;', b.name) end
    from jobgrid.blackout b
    join jobgrid_engine.blackout_text x using (blackout_id)
    left join jobgrid_engine.shutter t using (blackout_id)
    where (b.tenant is null or b.tenant = any (tenants))
      and (t.error is not null or b.ends_at <= jobgrid_engine.moment()
           or (b.valid_until + 1)::timestamp at time zone x.time_zone + coalesce(b.lasts, '0') <= jobgrid_engine.moment())
$$;
comment on function jobgrid_engine.spent_times(text[]) is 'Schedules, calendars and blackouts whose times are over or cannot be told';
