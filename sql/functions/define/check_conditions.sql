-- What the conditions of a job can be wrong about by themselves; what their names mean is checked at COMMIT.
create or replace function jobgrid_engine.check_conditions(job jobgrid.job) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
    needs integer := (select count(distinct a.name) from unnest(job.after) a (name));
begin
    perform jobgrid_engine.require_condition(c.condition, job.semantics, format('job "%s": %s', jobgrid_engine.clip(job.name), c.name))
    from (values ('condition', job.condition), ('skip_if', job.skip_if), ('succeeds_if', job.succeeds_if),
                 ('fails_if', job.fails_if)) c (name, condition)
    where c.condition is not null;
    if job.kind <> 'workflow' and (job.succeeds_if is not null or job.fails_if is not null) then
        raise exception using errcode = 'JG003',
            message = format('job "%s": succeeds_if and fails_if are of workflows', jobgrid_engine.clip(job.name)),
            detail = format('It is a job of kind %s.', job.kind),
            hint = 'success_codes and fail_codes say which exit codes of a job are what.';
    end if;
    if job.parent is null and (job.stops_workflow or job.stops_with_workflow or job.auto_hold) then
        raise exception using errcode = 'JG003',
            message = format('job "%s": stops_workflow, stops_with_workflow and auto_hold are of steps', jobgrid_engine.clip(job.name)),
            hint = 'A step is a job whose parent is a workflow.';
    end if;
    if job.join_rule not in ('all', 'any') and job.join_rule::integer > needs then
        raise exception using errcode = 'JG003',
            message = format('job "%s": join_rule is %s, but after names %s', jobgrid_engine.clip(job.name), job.join_rule,
                             case needs when 0 then 'no job' when 1 then 'one job' else needs || ' jobs' end),
            hint = 'It says how many of the jobs in after must have succeeded: all, any or a number.';
    end if;
    if job.kind <> 'workflow' and job.on_failure <> 'continue' then
        raise exception using errcode = 'JG003',
            message = format('job "%s": on_failure is of workflows', jobgrid_engine.clip(job.name)),
            detail = format('It is a job of kind %s.', job.kind),
            hint = 'Of a step, when_failed = ''ignore'' says that its failure does not count.';
    end if;
end
$$;
comment on function jobgrid_engine.check_conditions(jobgrid.job) is 'Raises JG003 for conditions that cannot be';
