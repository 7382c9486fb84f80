-- What steps did in former runs of their workflow, in microseconds since each began; nth counts the runs from 0. Of a step that
-- was run again within a run the newest counts.
create or replace function jobgrid_engine.plan_history(job_ids integer[], root_runs bigint[])
returns table (nth integer, job_id integer, started_after bigint, ended_after bigint)
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    with root as materialized (
        select (u.n - 1)::integer as nth, r.run_id, coalesce(r.root_run, r.run_id) as outermost, r.job_id, r.started_at,
               r.finished_at
        from unnest(plan_history.root_runs) with ordinality u (run_id, n) join jobgrid_engine.any_run r using (run_id))
    select distinct on (x.nth, x.job_id) x.nth, x.job_id,
           (extract(epoch from x.began - x.first) * 1000000)::bigint, (extract(epoch from x.over - x.first) * 1000000)::bigint
    from (select o.nth, o.job_id, o.run_id, o.started_at as first, o.started_at as began, o.finished_at as over from root o
          union all
          select o.nth, r.job_id, r.run_id, o.started_at, case when r.state <> 'skipped' then r.started_at end, r.finished_at
          from jobgrid_engine.any_run r join root o on o.outermost = r.root_run and r.run_id > o.run_id and r.finished_at <= o.finished_at
          where r.job_id = any (plan_history.job_ids) and r.state <> 'live' and r.job_id <> o.job_id
            and r.run_id > (select min(m.run_id) from root m)
            and r.finished_at >= o.started_at) x
    order by x.nth, x.job_id, x.run_id desc;
end
$$;
comment on function jobgrid_engine.plan_history(integer[], bigint[]) is 'What steps did in former runs of their workflow';
