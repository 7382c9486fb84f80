-- The schema of a job, and the parameters of the job itself. What is required may be missing there: whoever submits
-- gives it.
create or replace function jobgrid_engine.check_job_parameters(job jobgrid.job, is_new boolean) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp
as $$
declare
    problem record;
begin
    -- What is no object, or null, has a constraint that says so.
    if job.parameter_schema = '{}' or jsonb_typeof(job.parameter_schema) is distinct from 'object'
       or jsonb_typeof(job.parameters) is distinct from 'object' then
        return;
    end if;
    select * into problem from jobgrid_engine.parameters_error(job.parameter_schema, null, false);
    if problem.message is not null then
        raise exception using errcode = 'JG003',
            message = format('job "%s": parameter_schema: %s', job.name, problem.message),
            detail = problem.detail,
            hint = case when problem.near is not null then format('Did you mean "%s"?', problem.near)
                        else 'For example parameter_schema => ''{"region": {"type": "string", "required": true, "enum": ["EU", "US"]}}''.'
                        end;
    end if;
    if is_new then
        perform jobgrid_engine.check_parameters(job, job.parameters, false, format('job "%s"', job.name),
                                                'For example parameters => ', '.');
    else
        perform jobgrid_engine.check_parameters(job, job.parameters, false, format('job "%s"', job.name),
            'For example: UPDATE jobgrid.job SET parameters = parameters || ',
            format(' WHERE full_name = %L;', concat_ws('/', job.parent, job.name)));
    end if;
end
$$;
comment on function jobgrid_engine.check_job_parameters(jobgrid.job, boolean)
    is 'Raises JG003 for a schema that is none, or that the job''s own parameters do not obey';
