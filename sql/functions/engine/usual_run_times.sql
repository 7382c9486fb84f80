-- How long runs of these jobs usually take: the median of those of the newest 20 that have run to an end, whether they
-- succeeded or failed; no row for a job that has none. So many rows an index gives at once, however long the history: the
-- partitions come in the order of run ids, and kept runs, which are older, only where there are fewer.
create or replace function jobgrid_engine.usual_run_times(job_ids integer[])
returns table (job_id integer, run_time interval)
language sql stable set search_path = pg_catalog, pg_temp
as $$
    select u.job_id, percentile_cont(0.5) within group (order by r.finished_at - r.started_at)
    from unnest(usual_run_times.job_ids) u (job_id)
    cross join lateral (
        (select n.state, n.started_at, n.finished_at from jobgrid_engine.run n
         where n.job_id = u.job_id order by n.run_id desc limit 20)
        union all
        (select k.state, k.started_at, k.finished_at from jobgrid_engine.kept_run k
         where k.job_id = u.job_id order by k.run_id desc limit 20)
        limit 20) r
    where r.state in ('succeeded', 'failed') and r.started_at is not null
    group by u.job_id
$$;
comment on function jobgrid_engine.usual_run_times(integer[]) is 'How long runs of jobs usually take';
