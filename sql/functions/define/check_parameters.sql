-- Parameters against the schema of their job. What would mend them stands between the two ends of the hint.
-- Complete: they are all that a run would have, so that what is required must be there.
create or replace function jobgrid_engine.check_parameters(
    job jobgrid.job, parameters jsonb, complete boolean, place text, hint_begins text, hint_ends text)
returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp
as $$
declare
    problem record;
begin
    if job.parameter_schema = '{}' then
        return;
    end if;
    select * into problem from jobgrid_engine.parameters_error(job.parameter_schema, parameters, complete);
    if problem.message is not null then
        raise exception using errcode = 'JG003',
            message = format('%s: %s', place, problem.message),
            detail = problem.detail,
            hint = case when problem.near is not null then format('Did you mean "%s"?', problem.near)
                        when problem.mended is not null then
                            hint_begins || quote_literal(problem.mended) || hint_ends
                        else format('See what it takes with: SELECT parameter_schema FROM jobgrid.job WHERE full_name = %L;',
                                    concat_ws('/', job.parent, job.name)) end;
    end if;
end
$$;
comment on function jobgrid_engine.check_parameters(jobgrid.job, jsonb, boolean, text, text, text)
    is 'Raises JG003 for parameters that the schema of their job refuses';
