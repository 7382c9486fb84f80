-- A job goes only when none of its runs is kept, whose name it is. What the engine knows of it goes along; jobs after it and
-- members are refuse_dependants()'s.
create or replace function jobgrid_engine.before_job_delete() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    newest bigint;
begin
    select r.run_id into newest from jobgrid_engine.any_run r where r.job_id = old.job_id order by r.run_id desc limit 1;
    if found then
        raise exception using errcode = 'JG002',
            message = format('job "%s" cannot be deleted while its runs are kept', old.full_name),
            detail = format('The newest is run %s.', newest),
            hint = format('UPDATE jobgrid.job SET enabled = false WHERE job_id = %s;', old.job_id);
    end if;
    -- Whoever has just begun to wait for it commits before this looks who does, or after this has committed (check_edges).
    lock table jobgrid_engine.job_edge in share update exclusive mode;
    delete from jobgrid_engine.job_edge e where e.job_id = old.job_id;
    delete from jobgrid_engine.job_condition c where c.job_id = old.job_id;
    delete from jobgrid_engine.job_day d where d.job_id = old.job_id;
    delete from jobgrid_engine.job_status s where s.job_id = old.job_id;
    delete from jobgrid_engine.job_version v where v.job_id = old.job_id;
    return old;
end
$$;
comment on function jobgrid_engine.before_job_delete() is 'Refuses to delete a job whose runs are kept';

create or replace trigger before_job_delete before delete on jobgrid.job
    for each row execute function jobgrid_engine.before_job_delete();
