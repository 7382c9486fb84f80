-- Why a step was skipped, in one sentence: what it names ended so, in the same run of the workflow.
create or replace function jobgrid_engine.why_skipped(run_id bigint, reason text) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
    mine record;
begin
    if why_skipped.reason = 'workflow_stopped' then
        return 'its workflow was stopped before it could start';
    elsif why_skipped.reason = 'skip_if' then
        return (select 'its skip_if held: ' || j.skip_if
                from jobgrid_engine.any_run r join jobgrid.job j using (job_id) where r.run_id = why_skipped.run_id);
    elsif why_skipped.reason = 'disabled' then
        return 'the step is disabled';
    elsif why_skipped.reason not in ('upstream_failed', 'branch_not_taken') then
        return null;
    end if;
    select r.job_id, r.root_run into mine from jobgrid_engine.any_run r where r.run_id = why_skipped.run_id;
    return (
        select string_agg(format('run %s of %s %s', n.run_id, n.full_name, n.state), ', ' order by n.run_id)
        from (select distinct on (u.job_id) u.run_id, j.full_name,
                     u.state || case when u.state = 'skipped' then format(' (%s)', u.reason) else '' end as state
              from jobgrid_engine.job_edge e
              join jobgrid.job j on j.job_id = e.upstream_id
              join jobgrid_engine.any_run u on u.job_id = e.upstream_id and u.root_run = mine.root_run and u.run_id > mine.root_run
              where e.job_id = mine.job_id and e.purpose = 's' and e.source = 'j' and e.inside
                and (why_skipped.reason <> 'upstream_failed' or u.state <> 'succeeded')
              order by u.job_id, u.run_id desc
              limit 20) n);
end
$$;
comment on function jobgrid_engine.why_skipped(bigint, text) is 'Why a step was skipped, in one sentence';
