-- The edit of a schedule, before it is written: fill, check, count.
create or replace function jobgrid_engine.before_schedule() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    stamps constant text[] := '{row_version,created_at,updated_at,updated_by}';
    job  jobgrid.job;
    near text;
begin
    if tg_op = 'INSERT' and jobgrid_engine.job_is_restored(new.created_at) then
        return new;
    end if;
    if tg_op = 'UPDATE' then
        new.created_at := old.created_at;
        if to_jsonb(new) - stamps = to_jsonb(old) - stamps then
            return old;
        end if;
    end if;
    select * into job from jobgrid.job j where j.tenant = new.tenant and j.full_name = new.job;
    -- A rename of the job or its tenant arrives here with the new name in place.
    perform jobgrid_engine.check_schedule(new, job);
    select s.name into near from jobgrid.schedule s
    where s.tenant = new.tenant and s.job = new.job and lower(s.name) = lower(new.name) and s.schedule_id <> new.schedule_id;
    if found then
        raise exception using errcode = 'JG002',
            message = format('job "%s" has a schedule named "%s" already', new.job, near),
            hint = format('Give the second one a name: INSERT INTO jobgrid.schedule (job, name, schedule) VALUES (%L, ''second'', %L);',
                          new.job, new.schedule);
    end if;
    new.when_missed := coalesce(new.when_missed,
        case when job.criticality = 1 then 'ask'
             else (select d.value from jobgrid.job_default d where d.setting = 'when_missed') end);
    new.on_overlap := coalesce(new.on_overlap,
        (select d.value from jobgrid.job_default d where d.setting = 'on_overlap'));
    if tg_op = 'UPDATE' then
        new.row_version := old.row_version + 1;
    end if;
    new.updated_at := clock_timestamp();
    new.updated_by := jobgrid_engine.actor_role();
    return new;
end
$$;
comment on function jobgrid_engine.before_schedule() is 'Fills, checks and counts an edit of a schedule';

create or replace trigger before_schedule before insert or update on jobgrid.schedule
    for each row execute function jobgrid_engine.before_schedule();
