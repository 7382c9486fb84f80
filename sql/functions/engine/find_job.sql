-- The job that a name means to the actor. Raises JG001 with the name that was probably meant.
create or replace function jobgrid_engine.find_job(job text, tenant text default null) returns jobgrid.job
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    visible text[] := jobgrid_engine.visible_tenant_names();
    found_in text[];
    near    text;
    result  jobgrid.job;
begin
    if find_job.tenant is not null then
        visible := array[jobgrid_engine.tenant_for(find_job.tenant)];
    end if;
    select array_agg(j.tenant order by j.tenant) into found_in
    from jobgrid.job j
    where j.full_name = find_job.job and j.tenant = any (visible);
    if cardinality(found_in) > 1 then
        raise exception using errcode = 'JG003',
            message = format('job "%s" exists in several tenants', find_job.job),
            detail = format('They are %s.', array_to_string(found_in, ', ')),
            hint = format('Add tenant => %L.', found_in[1]);
    elsif found_in is null then
        near := jobgrid_engine.closest_job(find_job.job, visible);
        raise exception using errcode = 'JG001',
            message = format('job "%s" does not exist', jobgrid_engine.clip(find_job.job)),
            hint = case when near is null then 'List jobs with: SELECT full_name FROM jobgrid.job;'
                        else format('Did you mean "%s"?', near) end;
    end if;
    select * into result from jobgrid.job j where j.full_name = find_job.job and j.tenant = found_in[1];
    return result;
end
$$;
comment on function jobgrid_engine.find_job(text, text) is 'The job that a name means; raises JG001 or JG003';
