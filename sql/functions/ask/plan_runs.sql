-- The runs of some jobs in a run of a workflow, nested ones too: of each job the newest. They are later than the workflow's,
-- name the same outermost run, and lead to it by what they are steps of, or stand for.
create or replace function jobgrid_engine.plan_runs(job_ids integer[], root_run bigint)
returns table (job_id integer, run_id bigint, parent_run bigint, state text, reason text, exit_code integer,
               started_at timestamptz, ended_at timestamptz, due_at timestamptz)
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
    outermost bigint := (select coalesce(r.root_run, r.run_id) from jobgrid_engine.any_run r where r.run_id = plan_runs.root_run);
begin
    return query
    with recursive near as materialized (
        select r.job_id, r.run_id, coalesce(r.parent_run, r.rerun_of) as above, r.parent_run, r.state, r.reason, r.exit_code,
               r.started_at, r.finished_at
        from jobgrid_engine.any_run r
        where r.run_id > plan_runs.root_run and r.root_run = outermost and r.job_id = any (plan_runs.job_ids)),
    tree as (
        select n.run_id from near n where n.above = plan_runs.root_run
        union all
        select n.run_id from tree t join near n on n.above = t.run_id),
    newest as (
        select distinct on (n.job_id) n.* from tree t join near n using (run_id) order by n.job_id, n.run_id desc),
    own as (
        select r.job_id, r.run_id, null::bigint as above, r.parent_run, r.state, r.reason, r.exit_code, r.started_at, r.finished_at
        from jobgrid_engine.any_run r where r.run_id = plan_runs.root_run)
    select n.job_id, n.run_id, n.parent_run, coalesce(l.state, n.state), case when l.state is null then n.reason else l.reason end,
           n.exit_code, coalesce(l.started_at, case when n.state <> 'skipped' then n.started_at end), n.finished_at, l.due_at
    from (select * from newest union all select * from own) n
    left join jobgrid_engine.live_run l on l.run_id = n.run_id;
end
$$;
comment on function jobgrid_engine.plan_runs(integer[], bigint) is 'Runs of jobs in a run of a workflow';
