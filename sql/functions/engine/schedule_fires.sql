-- When a row of schedule fires: as the scheduler computes it, whether or not the job is enabled.
create or replace function jobgrid_engine.schedule_fires(
    schedule_id integer, after timestamptz, until timestamptz, n integer)
returns setof jobgrid.schedule_time
language sql volatile security definer set search_path = pg_catalog, pg_temp
as $$
    select f.*
    from jobgrid.schedule s
    join jobgrid.job j on j.tenant = s.tenant and j.full_name = s.job
    join jobgrid.tenant t on t.name = s.tenant
    left join jobgrid.calendar k on k.name = s.calendar
    cross join lateral jobgrid_engine.fire_times(
        s.schedule, coalesce(s.time_zone, j.time_zone, k.time_zone, t.time_zone), schedule_fires.after, schedule_fires.n,
        s.calendar, s.when_holiday, s.when_clock_skips, s.when_clock_repeats,
        hashtextextended(s.tenant || '/' || s.job, 0), s.valid_from, s.valid_until, schedule_fires.until) f
    where s.schedule_id = schedule_fires.schedule_id
$$;
comment on function jobgrid_engine.schedule_fires(integer, timestamptz, timestamptz, integer)
    is 'When a row of schedule fires';
