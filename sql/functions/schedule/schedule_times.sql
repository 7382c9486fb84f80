create or replace function jobgrid.schedule_times(
    schedule text, time_zone text default null, after timestamptz default null, n integer default 5,
    calendar text default null, when_holiday text default null, when_clock_skips text default null,
    when_clock_repeats text default null)
returns setof jobgrid.schedule_time
language sql volatile security definer set search_path = pg_catalog, pg_temp
begin atomic
    select * from jobgrid_engine.fire_times(
        schedule_times.schedule, schedule_times.time_zone, schedule_times.after, schedule_times.n,
        schedule_times.calendar, schedule_times.when_holiday, schedule_times.when_clock_skips,
        schedule_times.when_clock_repeats, null, null, null, null);
end;
comment on function jobgrid.schedule_times(text, text, timestamptz, integer, text, text, text, text)
    is 'When a schedule fires, without any job';
grant execute on function jobgrid.schedule_times(text, text, timestamptz, integer, text, text, text, text) to jobgrid_viewer;
