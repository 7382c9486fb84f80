-- The edit of a schedule, before it is written: fill, check, count.
create or replace function jobgrid_engine.before_schedule() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    stamps constant text[] := '{row_version,created_at,updated_at,updated_by}';
    job     jobgrid.job;
    problem record;
    near    text;
begin
    if tg_op = 'INSERT' and jobgrid_engine.job_is_restored(new.created_at) then
        return new;
    end if;
    if tg_op = 'UPDATE' then
        if new.row_version is distinct from old.row_version then
            raise exception using errcode = 'JG002',
                message = format('schedule "%s" of job "%s" has been changed since it was read', old.name, old.job),
                detail = format('It is at row_version %s, not %s; last changed by %s at %s.', old.row_version,
                                coalesce(new.row_version::text, 'null'), old.updated_by, to_char(old.updated_at, 'YYYY-MM-DD HH24:MI TZ')),
                hint = 'Read the row again and repeat the edit.';
        end if;
        new.created_at := old.created_at;
        if to_jsonb(new) - stamps = to_jsonb(old) - stamps then
            return old;
        end if;
    end if;
    select * into job from jobgrid.job j where j.tenant = new.tenant and j.full_name = new.job;
    -- A rename of the job or its tenant arrives here with the new name in place.
    if not found then
        near := jobgrid_engine.closest_job(new.job, array[new.tenant]);
        raise exception using errcode = 'JG001',
            message = format('job "%s" does not exist', jobgrid_engine.clip(new.job)),
            hint = case when near is null then 'Define it first: SELECT jobgrid.define_job(...);'
                        else format('Did you mean "%s"?', near) end;
    end if;
    if new.calendar is not null then
        perform jobgrid_engine.require_calendar(new.calendar, new.tenant, format('schedule of job "%s"', new.job));
    end if;
    select * into problem from jobgrid_engine.schedule_error(
        new.schedule,
        coalesce(new.time_zone, job.time_zone, (select c.time_zone from jobgrid.calendar c where c.name = new.calendar),
                 (select t.time_zone from jobgrid.tenant t where t.name = new.tenant)),
        new.calendar);
    if problem.message is not null then
        raise exception using errcode = 'JG003',
            message = format('schedule of job "%s": %s', new.job, problem.message),
            hint = coalesce(problem.hint, format('For example: UPDATE jobgrid.schedule SET schedule = ''every weekday at 07:30'' WHERE job = %L;', new.job));
    end if;
    perform jobgrid_engine.check_schedule_words(new);
    perform jobgrid_engine.check_schedule_parameters(job, new);
    if new.when_holiday is not null and new.calendar is null then
        raise exception using errcode = 'JG003',
            message = format('schedule of job "%s": when_holiday needs a calendar', new.job),
            detail = 'Without one no day is a holiday.',
            hint = 'SELECT name, description FROM jobgrid.calendar;';
    end if;
    select s.name into near from jobgrid.schedule s
    where s.tenant = new.tenant and s.job = new.job and s.name = new.name and s.schedule_id <> new.schedule_id;
    if found then
        raise exception using errcode = 'JG002',
            message = format('job "%s" has a schedule named "%s" already', new.job, new.name),
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
