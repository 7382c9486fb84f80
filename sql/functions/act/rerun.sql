-- A finished run again, as a new run linked to it. The job's rerun_policy may ask for a reason or forbid it. A step keeps its
-- place: its workflow runs again, and with it the steps that were skipped because of this one; downstream: all steps after it.
create or replace function jobgrid.rerun(
    run_id bigint, reason text default null, parameters jsonb default null, definition text default 'current',
    downstream boolean default false)
returns jobgrid.submitted
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    target bigint := jobgrid_engine.target_runs('rerun', rerun.run_id, null, null);
    seen   jobgrid_engine.seen_run := jobgrid_engine.find_run(target);
    job    jobgrid.job;
begin
    if rerun.definition is null or rerun.definition not in ('current', 'original') then
        raise exception using errcode = 'JG003',
            message = format('definition is current or original, not "%s"', jobgrid_engine.clip(rerun.definition)),
            hint = format('SELECT * FROM jobgrid.rerun(%s, definition => ''original'');', target);
    end if;
    if jsonb_typeof(rerun.parameters) <> 'object' then
        raise exception using errcode = 'JG003', message = 'parameters are a JSON object',
            hint = format('SELECT * FROM jobgrid.rerun(%s, parameters => ''{"region": "EU"}'');', target);
    end if;
    if seen.place is not null then
        perform jobgrid_engine.wrong_state(seen, 'rerun', case
            when seen.state in ('unknown', 'blocked', 'held') then
                format('Try it again with: SELECT * FROM jobgrid.retry(%s);', target)
            else format('It has not ended. Stop it with: SELECT * FROM jobgrid.cancel(%s);', target) end);
    elsif seen.superseded_by is not null then
        perform jobgrid_engine.wrong_state(seen, 'another rerun',
            format('It was run again as %s: SELECT * FROM jobgrid.status(%1$s);', seen.superseded_by));
    end if;
    perform jobgrid_engine.require_workflow_kept(target);
    select * into job from jobgrid.job j where j.job_id = seen.job_id;
    if job.rerun_policy = 'never' then
        raise exception using errcode = 'JG002',
            message = format('job "%s" is never run again', job.full_name),
            detail = coalesce('Instructions: ' || job.instructions, 'Its rerun_policy is never.'),
            hint = format('Call %s.', coalesce(job.contact, job.owner_team, 'the job''s owner'));
    elsif job.rerun_policy = 'ask' and coalesce(btrim(rerun.reason), '') = '' then
        raise exception using errcode = 'JG003',
            message = format('job "%s" is run again only with a reason', job.full_name),
            detail = coalesce('Instructions: ' || job.instructions, 'Its rerun_policy is ask.'),
            hint = format('SELECT * FROM jobgrid.rerun(%s, reason => ''...'');', target);
    end if;
    return jobgrid_engine.new_rerun(target, rerun.parameters, rerun.definition, rerun.reason,
                                    coalesce(rerun.downstream, false));
end
$$;
comment on function jobgrid.rerun(bigint, text, jsonb, text, boolean) is 'Runs a finished run again, as a new run linked to it';
grant execute on function jobgrid.rerun(bigint, text, jsonb, text, boolean)
    to jobgrid_submitter, jobgrid_operator, jobgrid_admin;
