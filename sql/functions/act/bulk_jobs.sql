-- The jobs that a bulk act is about: all filters that are given must hold. What names nothing is an error and not nobody.
create or replace function jobgrid_engine.bulk_jobs(job text, application text, tag text, workflow text, tenant text)
returns setof jobgrid.job
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    visible text[] := jobgrid_engine.visible_tenant_names();
    box     jobgrid.job;
    near    text;
begin
    if bulk_jobs.tenant is not null then
        visible := array[jobgrid_engine.tenant_for(bulk_jobs.tenant)];
    end if;
    if bulk_jobs.job is not null then
        visible := array[(jobgrid_engine.find_job(bulk_jobs.job, bulk_jobs.tenant)).tenant];
    end if;
    if bulk_jobs.workflow is not null then
        box := jobgrid_engine.find_job(bulk_jobs.workflow, bulk_jobs.tenant);
        if box.kind <> 'workflow' then
            raise exception using errcode = 'JG003',
                message = format('job "%s" is no workflow', box.full_name),
                hint = format('Use job => %L.', box.full_name);
        end if;
    end if;
    if bulk_jobs.application is not null and not exists (
           select from jobgrid.application a where a.name = bulk_jobs.application and a.tenant = any (visible)) then
        near := jobgrid_engine.closest(bulk_jobs.application, array(
            select a.name from jobgrid.application a where a.tenant = any (visible)));
        raise exception using errcode = 'JG001',
            message = format('application "%s" does not exist', jobgrid_engine.clip(bulk_jobs.application)),
            hint = case when near is null then 'List them with: SELECT name FROM jobgrid.application;'
                        else format('Did you mean "%s"?', near) end;
    elsif bulk_jobs.tag is not null and not exists (
           select from jobgrid.job j where bulk_jobs.tag = any (j.tags) and j.tenant = any (visible)) then
        near := jobgrid_engine.closest(bulk_jobs.tag, array(
            select distinct t.t from jobgrid.job j cross join lateral unnest(j.tags) t (t) where j.tenant = any (visible)));
        raise exception using errcode = 'JG001',
            message = format('no job has the tag "%s"', jobgrid_engine.clip(bulk_jobs.tag)),
            hint = case when near is null then 'List tags with: SELECT DISTINCT unnest(tags) FROM jobgrid.job;'
                        else format('Did you mean "%s"?', near) end;
    end if;
    return query
        select j.* from jobgrid.job j
        where j.tenant = any (visible)
          and (bulk_jobs.job is null or j.full_name = bulk_jobs.job)
          and (bulk_jobs.application is null or j.application = bulk_jobs.application)
          and (bulk_jobs.tag is null or bulk_jobs.tag = any (j.tags))
          and (bulk_jobs.workflow is null or j.tenant = box.tenant and starts_with(j.full_name, box.full_name || '/'))
        order by j.job_id;
end
$$;
comment on function jobgrid_engine.bulk_jobs(text, text, text, text, text) is 'The jobs that a bulk act is about';
