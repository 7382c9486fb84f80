-- The jobs that the names in a job's after mean.
create or replace function jobgrid_engine.upstream_of(job jobgrid.job) returns integer[]
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
    result   integer[] := '{}';
    wanted   text;
    found_id integer;
    near     text;
begin
    foreach wanted in array job.after loop
        found_id := jobgrid_engine.resolve_job(job.tenant, job.parent, wanted);
        if found_id is null then
            near := jobgrid_engine.closest_job(wanted, array[job.tenant]);
            raise exception using errcode = 'JG001',
                message = format('job "%s" does not exist', jobgrid_engine.clip(wanted)),
                detail = format('Job "%s" is to run after it.', job.full_name),
                hint = case when near is null then 'Define it first, or in the same statement.'
                            else format('Did you mean "%s"?', near) end;
        end if;
        result := result || found_id;
    end loop;
    return result;
end
$$;
comment on function jobgrid_engine.upstream_of(jobgrid.job) is 'The jobs that a job runs after; raises JG001 for one that is not there';
