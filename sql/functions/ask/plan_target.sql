-- What a question about a run or a job is about: the outermost workflow that it lies in, or the job itself; and of that the run
-- where there is one. A job means its newest live run, without one its definition. A step that was run again lies where the run
-- did that it stands for.
create or replace function jobgrid_engine.plan_target(
    verb text, run_id bigint, job text, tenant text,
    out job_id integer, out target_run bigint, out root_job integer, out root_run bigint)
language plpgsql volatile set search_path = pg_catalog, pg_temp
as $$
declare
    wanted jobgrid.job;
begin
    target_run := plan_target.run_id;
    if (target_run is null) = (plan_target.job is null) then
        raise exception using errcode = 'JG003', message = format('%s needs either run_id or job', verb),
            hint = format('For example: SELECT * FROM jobgrid.%s(42);', verb);
    end if;
    if target_run is not null then
        job_id := (jobgrid_engine.find_run(target_run)).job_id;
    else
        wanted := jobgrid_engine.find_job(plan_target.job, plan_target.tenant);
        job_id := wanted.job_id;
        select r.job_id, l.run_id into root_job, root_run
        from jobgrid.job r left join jobgrid_engine.live_run l on l.job_id = r.job_id
        where r.tenant = wanted.tenant and r.full_name = split_part(wanted.full_name, '/', 1)
        order by l.run_id desc nulls last limit 1;
        target_run := (select r.run_id from jobgrid_engine.plan_runs(array[wanted.job_id], root_run) r
                       where r.job_id = wanted.job_id);
        return;
    end if;
    with recursive up (run_id, job_id, above) as (
        select r.run_id, r.job_id, coalesce(r.parent_run, case when j.parent is not null then r.rerun_of end)
        from jobgrid_engine.any_run r join jobgrid.job j using (job_id) where r.run_id = target_run
        union all
        select r.run_id, r.job_id, coalesce(r.parent_run, case when j.parent is not null then r.rerun_of end)
        from up u join jobgrid_engine.any_run r on r.run_id = u.above join jobgrid.job j on j.job_id = r.job_id)
    select u.run_id, u.job_id into root_run, root_job from up u where u.above is null;
    if root_run is null then -- the run of its workflow is not kept any more
        root_run := target_run;
        root_job := plan_target.job_id;
    end if;
end
$$;
comment on function jobgrid_engine.plan_target(text, bigint, text, text) is 'The workflow, and its run, that a run or a job lies in';
