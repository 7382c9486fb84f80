-- Whether schedules (rows as jsonb) have two fires on one business date of their tenant, looked for in the next years. One
-- that cannot be read fires never; that is told elsewhere.
create or replace function jobgrid_engine.fires_again(schedules jsonb, tenant text) returns boolean
language plpgsql volatile set search_path = pg_catalog, pg_temp
as $$
declare
    zone constant text := coalesce((select t.time_zone from jobgrid.tenant t where t.name = fires_again.tenant),
                                   current_setting('jobgrid.time_zone'));
begin
    return (
        select count(*) > count(distinct (f.run_at at time zone zone)::date)
        from jsonb_array_elements(schedules) s (value)
        cross join lateral jobgrid_engine.fire_times(
            s.value ->> 'schedule', s.value ->> 'time_zone', null, 2000, null, null, s.value ->> 'when_clock_skips',
            s.value ->> 'when_clock_repeats', null, null, null, null) f);
exception when sqlstate 'JG003' then
    return false;
end
$$;
comment on function jobgrid_engine.fires_again(jsonb, text) is 'Whether schedules fire twice on a business date';
