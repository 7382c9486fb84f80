-- What schedules will ask of the executors, hour by hour. A pool serves all tenants, so that its load is everybody's, as
-- jobgrid.executor counts what everybody runs: names are only those the caller sees, and the rest is one number. Who sees
-- no tenant sees nothing.
create or replace function jobgrid.load_forecast(since timestamptz default null, hours integer default 24)
returns table (hour timestamptz, local_time timestamp, pool text, runs bigint, busy interval, slots bigint, load numeric,
               over boolean, unknown bigint, others interval, top_jobs text[])
language sql volatile security definer set search_path = pg_catalog, pg_temp
begin atomic
    with zone as (select current_setting('jobgrid.time_zone') as name),
    first as (select date_trunc('hour', coalesce(load_forecast.since, jobgrid_engine.moment()), z.name) as hour from zone z),
    -- Of a job that names an executor the pool is where that stands; SQL jobs need none, external ones nothing.
    expected as materialized (
        select x.hour, case when j.kind <> 'sql' then coalesce(e.pool, j.pool) end as pool, j.full_name, x.runs, x.known,
               x.busy, j.tenant = any ((select jobgrid_engine.visible_tenant_names())::text[]) as seen
        from first f
        cross join jobgrid_engine.expected_load(f.hour, load_forecast.hours) x
        join jobgrid.job j on j.job_id = x.job_id
        left join jobgrid_engine.executor e on e.name = j.executor
        where j.run_by <> 'external'),
    offered as (
        select e.pool, sum(e.slots) as slots from jobgrid.executor e where e.state in ('online', 'busy') group by e.pool
        union all
        select null, current_setting('jobgrid.sql_workers')::bigint where exists (select from expected x where x.pool is null)),
    places as (
        select p.pool, coalesce(sum(p.slots), 0)::bigint as slots
        from (select o.pool, o.slots from offered o union all select distinct x.pool, 0 from expected x) p
        group by p.pool),
    -- Hours in which nothing is expected are rows too.
    parts as (
        select x.hour, x.pool, x.runs, x.known, x.busy, x.seen, x.full_name, 0::bigint as slots from expected x
        union all
        select f.hour + n * interval '1 hour', p.pool, 0, true, interval '0', true, null, p.slots
        from first f, generate_series(0, load_forecast.hours - 1) n, places p)
    select s.hour, s.hour at time zone z.name, s.pool, s.runs, s.busy, s.slots,
           round(100 * extract(epoch from s.busy) / nullif(3600 * s.slots, 0), 1),
           s.busy > s.slots * interval '1 hour', s.unknown, s.others, s.top_jobs[:3]
    from (select p.hour, p.pool, sum(p.runs)::bigint as runs, sum(p.busy) as busy, sum(p.slots)::bigint as slots,
                 coalesce(sum(p.runs) filter (where not p.known), 0)::bigint as unknown,
                 coalesce(sum(p.busy) filter (where not p.seen), '0') as others,
                 coalesce(array_agg(p.full_name order by p.busy desc, p.runs desc, p.full_name)
                          filter (where p.seen and p.full_name is not null), '{}') as top_jobs
          from parts p group by p.hour, p.pool) s
    cross join zone z
    where cardinality((select jobgrid_engine.visible_tenant_names())::text[]) > 0
    order by s.pool nulls last, s.hour;
end;
comment on function jobgrid.load_forecast(timestamptz, integer)
    is 'What schedules are expected to ask of pools and SQL workers, hour by hour; pool is null for SQL workers';
grant execute on function jobgrid.load_forecast(timestamptz, integer) to jobgrid_viewer;
