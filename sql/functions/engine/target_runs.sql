-- Which runs a verb is about: the one named, or those of a job that live. Exactly one of the two is given.
-- An operator acts on every run he sees, a submitter on those he submitted.
create or replace function jobgrid_engine.target_runs(verb text, run_id bigint, job text, tenant text)
returns setof bigint
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    actor name := jobgrid_engine.actor_role();
    acts_on_all boolean := pg_has_role(actor, 'jobgrid_operator', 'member')
                           or pg_has_role(actor, 'jobgrid_admin', 'member');
    seen jobgrid_engine.seen_run;
    target_job jobgrid.job;
begin
    if (target_runs.run_id is null) = (target_runs.job is null) then
        raise exception using errcode = 'JG003',
            message = format('%s needs either run_id or job', verb),
            hint = format('For example: SELECT * FROM jobgrid.%s(run_id => 42);', verb);
    end if;
    if target_runs.job is not null then
        target_job := jobgrid_engine.find_job(target_runs.job, target_runs.tenant);
        if not acts_on_all then
            raise exception using errcode = 'JG004',
                message = format('permission denied for job "%s"', target_job.full_name),
                hint = 'An operator acts on jobs; a submitter on the runs he submitted (run_id => ...).';
        end if;
        return query select l.run_id from jobgrid_engine.live_run l where l.job_id = target_job.job_id order by l.run_id;
        return;
    end if;
    seen := jobgrid_engine.find_run(target_runs.run_id);
    if not acts_on_all and actor not in (coalesce(seen.actor, ''), seen.submitted_by) then
        raise exception using errcode = 'JG004',
            message = format('permission denied for run %s', seen.run_id),
            detail = format('It was submitted by %s.', coalesce(seen.actor, seen.submitted_by)),
            hint = 'Ask an operator; a submitter acts on the runs he submitted.';
    end if;
    return next seen.run_id;
end
$$;
comment on function jobgrid_engine.target_runs(text, bigint, text, text) is 'The runs that a verb is about';
