-- A job goes only when nothing refers to it: its runs keep its name, and jobs after it would wait for nothing for ever.
create or replace function jobgrid_engine.before_job_delete() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    waiting text;
    newest  bigint;
begin
    select string_agg(format('"%s"', j.full_name), ', ' order by j.full_name) into waiting
    from jobgrid_engine.job_edge e join jobgrid.job j using (job_id)
    where e.upstream_id = old.job_id;
    if waiting is not null then
        raise exception using errcode = 'JG002',
            message = format('job "%s" cannot be deleted: other jobs run after it', old.full_name),
            detail = format('They are %s.', waiting),
            hint = 'Change their after first.';
    end if;
    select string_agg(format('"%s"', j.full_name), ', ' order by j.full_name) into waiting
    from jobgrid.job j
    where j.tenant = old.tenant and j.parent = old.full_name;
    if waiting is not null then
        raise exception using errcode = 'JG002',
            message = format('job "%s" cannot be deleted: it has members', old.full_name),
            detail = format('They are %s.', waiting),
            hint = 'Delete them first.';
    end if;
    select r.run_id into newest from jobgrid_engine.any_run r where r.job_id = old.job_id order by r.run_id desc limit 1;
    if found then
        raise exception using errcode = 'JG002',
            message = format('job "%s" cannot be deleted while its runs are kept', old.full_name),
            detail = format('The newest is run %s.', newest),
            hint = format('UPDATE jobgrid.job SET enabled = false WHERE job_id = %s;', old.job_id);
    end if;
    delete from jobgrid_engine.job_edge e where e.job_id = old.job_id;
    delete from jobgrid_engine.job_status s where s.job_id = old.job_id;
    delete from jobgrid_engine.job_version v where v.job_id = old.job_id;
    return old;
end
$$;
comment on function jobgrid_engine.before_job_delete() is 'Refuses to delete a job that something refers to';

create or replace trigger before_job_delete before delete on jobgrid.job
    for each row execute function jobgrid_engine.before_job_delete();
