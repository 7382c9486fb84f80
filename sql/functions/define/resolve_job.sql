-- What a name in a job's conditions means: the nearest, from beside the job outwards; for AutoSys the job of that name,
-- wherever it lies.
create or replace function jobgrid_engine.resolve_job(tenant text, parent text, name text, semantics text default 'native')
returns integer
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
    found_id integer;
begin
    if resolve_job.semantics = 'autosys' then
        select j.job_id into found_id
        from jobgrid.job j
        where j.tenant = resolve_job.tenant and j.name = resolve_job.name
        order by j.semantics <> 'autosys', length(j.full_name), j.job_id
        limit 1;
    else
        select j.job_id into found_id
        from jobgrid.job j
        where j.tenant = resolve_job.tenant
          and j.full_name = any (jobgrid_engine.name_places(resolve_job.parent, resolve_job.name))
        order by length(j.full_name) desc
        limit 1;
    end if;
    return found_id;
end
$$;
comment on function jobgrid_engine.resolve_job(text, text, text, text) is 'The job that a name in a job''s conditions means';
