-- How long steps usually run: the median of the last 40 runs of each that succeeded. One that is skipped more often than not
-- takes no time where the way through a workflow is looked for. Nobody looks farther back than 400 runs.
create or replace function jobgrid_engine.usual_step_times(job_ids integer[])
returns table (job_id integer, run_time interval, rarely boolean)
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    select u.job_id, percentile_cont(0.5) within group (order by r.finished_at - r.started_at)
                         filter (where r.state = 'succeeded' and r.started_at is not null),
           2 * count(*) filter (where r.state = 'skipped') > count(*)
    from unnest(usual_step_times.job_ids) u (job_id)
    cross join lateral (
        select s.* from (
            (select n.state, n.started_at, n.finished_at from jobgrid_engine.run n
             where n.job_id = u.job_id order by n.run_id desc limit 400)
            union all
            (select k.state, k.started_at, k.finished_at from jobgrid_engine.kept_run k
             where k.job_id = u.job_id order by k.run_id desc limit 400)) s
        where s.state in ('succeeded', 'skipped')
        limit 40) r
    group by u.job_id;
end
$$;
comment on function jobgrid_engine.usual_step_times(integer[]) is 'How long steps usually run';
