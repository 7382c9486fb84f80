-- What a name in a job's conditions means: the nearest, from beside the job outwards; for AutoSys the job of that name,
-- wherever it lies. Always by an index: a plan that is kept may have been made when there were few jobs.
create or replace function jobgrid_engine.resolve_job(tenant text, parent text, name text, semantics text default 'native')
returns integer
language plpgsql stable set search_path = pg_catalog, pg_temp set enable_seqscan = off
    set plan_cache_mode = force_generic_plan
as $$
declare
    place    text;
    found_id integer;
begin
    if resolve_job.semantics = 'autosys' then
        select j.job_id into found_id
        from jobgrid.job j
        where j.tenant = resolve_job.tenant and j.name = resolve_job.name
        order by j.semantics <> 'autosys', length(j.full_name), j.job_id
        limit 1;
    else
        foreach place in array jobgrid_engine.name_places(resolve_job.parent, resolve_job.name) loop
            select j.job_id into found_id from jobgrid.job j where j.tenant = resolve_job.tenant and j.full_name = place;
            exit when found;
        end loop;
    end if;
    return found_id;
end
$$;
comment on function jobgrid_engine.resolve_job(text, text, text, text) is 'The job that a name in a job''s conditions means';
