-- INSERT or UPDATE of the columns that are given, as the caller: his column grants and row-level security decide, and
-- the triggers check. It names nothing of jobgrid_engine, where the caller has no rights.
create or replace function jobgrid_engine.write_job(tenant text, full_name text, given jsonb) returns jobgrid.job
language plpgsql volatile set search_path = pg_catalog, pg_temp
as $$
declare
    result  jobgrid.job;
    columns text;
begin
    select * into result from jobgrid.job j
    where j.tenant = write_job.tenant and j.full_name = write_job.full_name;
    if found then
        select string_agg(format('%I', k.key), ', ' order by k.key) into columns
        from jsonb_object_keys(given - 'name') k (key);
        if columns is null then
            return result;
        end if;
        execute format(
            'update jobgrid.job j set (%1$s) = (select %1$s from jsonb_populate_record(null::jobgrid.job, $1)) '
            'where j.job_id = $2 returning j.*', columns)
        into result using given, result.job_id;
        if result.job_id is null then
            raise exception using errcode = 'JG004',
                message = format('permission denied to change job "%s"', write_job.full_name),
                detail = 'A job is changed by the team that owns it.',
                hint = format('See who owns it with: SELECT owner_team, contact FROM jobgrid.job WHERE full_name = %L;',
                              write_job.full_name);
        end if;
        return result;
    end if;
    given := given || jsonb_build_object('tenant', tenant, 'name', regexp_replace(full_name, '^.*/', ''))
          || case when full_name like '%/%'
                  then jsonb_build_object('parent', regexp_replace(full_name, '/[^/]*$', '')) else '{}' end;
    select string_agg(format('%I', k.key), ', ' order by k.key) into columns from jsonb_object_keys(given) k (key);
    execute format(
        'insert into jobgrid.job (%1$s) select %1$s from jsonb_populate_record(null::jobgrid.job, $1) returning *', columns)
    into result using given;
    return result;
end
$$;
comment on function jobgrid_engine.write_job(text, text, jsonb) is 'Creates a job or changes what is given, as the caller';
grant execute on function jobgrid_engine.write_job(text, text, jsonb)
    to jobgrid_business, jobgrid_author, jobgrid_admin;
