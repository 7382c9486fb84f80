-- What the conditions of a job can be wrong about by themselves; what their names mean is checked at COMMIT.
create or replace function jobgrid_engine.check_conditions(job jobgrid.job) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
    needs integer := (select count(distinct a.name) from unnest(job.after) a (name));
begin
    if job.condition is not null then
        perform jobgrid_engine.require_condition(job.condition, job.semantics, format('job "%s": condition', jobgrid_engine.clip(job.name)));
    end if;
    if job.skip_if is not null then
        perform jobgrid_engine.require_condition(job.skip_if, job.semantics, format('job "%s": skip_if', jobgrid_engine.clip(job.name)));
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
