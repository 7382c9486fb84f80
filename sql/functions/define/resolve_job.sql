-- What a name means inside a job: a sibling, then a job of the tenant by its full name.
create or replace function jobgrid_engine.resolve_job(tenant text, parent text, name text) returns integer
language sql stable set search_path = pg_catalog, pg_temp
as $$
    select j.job_id
    from jobgrid.job j
    where j.tenant = resolve_job.tenant
      and j.full_name in (resolve_job.parent || '/' || resolve_job.name, resolve_job.name)
    order by length(j.full_name) desc
    limit 1
$$;
comment on function jobgrid_engine.resolve_job(text, text, text) is 'The job that a name in a job''s conditions means';
