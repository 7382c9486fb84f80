-- The fires of a day, for what is written about days and moments elsewhere.
create or replace function jobgrid_engine.fires_on(schedule text, time_zone text, day date) returns timestamptz[]
language sql volatile set search_path = pg_catalog, pg_temp
as $$
    select coalesce(array_agg(f.run_at order by f.run_at), '{}')
    from jobgrid_engine.fire_times(
        fires_on.schedule, fires_on.time_zone,
        (fires_on.day::timestamp at time zone fires_on.time_zone) - interval '1 second', 2000, null, null, 'skip', 'second',
        null, fires_on.day, fires_on.day, (fires_on.day + 1)::timestamp at time zone fires_on.time_zone) f
$$;
comment on function jobgrid_engine.fires_on(text, text, date) is 'The fires of a schedule on a day, as pgAgent has them';
