-- The edit of a blackout, before it is written: check, count.
create or replace function jobgrid_engine.before_blackout() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    stamps  constant text[] := '{row_version,created_at,updated_at,updated_by}';
    problem record;
    near    text;
    known   text[];
begin
    if tg_op = 'INSERT' and jobgrid_engine.job_is_restored(new.created_at) then
        return new;
    end if;
    if tg_op = 'UPDATE' then
        if new.row_version is distinct from old.row_version then
            raise exception using errcode = 'JG002',
                message = format('blackout "%s" has been changed since it was read', old.name),
                detail = format('It is at row_version %s, not %s; last changed by %s at %s.', old.row_version,
                                coalesce(new.row_version::text, 'null'), old.updated_by, to_char(old.updated_at, 'YYYY-MM-DD HH24:MI TZ')),
                hint = 'Read the row again and repeat the edit.';
        end if;
        new.created_at := old.created_at;
        if to_jsonb(new) - stamps = to_jsonb(old) - stamps then
            return old;
        end if;
    end if;
    if new.job is not null and not exists (
        select from jobgrid.job j where j.tenant = new.tenant and j.full_name = new.job) then
        near := jobgrid_engine.closest_job(new.job, array[new.tenant]);
        raise exception using errcode = 'JG001',
            message = format('blackout "%s": job "%s" does not exist', new.name, jobgrid_engine.clip(new.job)),
            detail = case when new.tenant is null then 'A job belongs to a tenant, and the blackout names none.'
                          else format('Its tenant is "%s".', new.tenant) end,
            hint = case when near is null then 'SELECT full_name FROM jobgrid.job;' else format('Did you mean "%s"?', near) end;
    end if;
    if new.application is not null then
        known := array(select a.name from jobgrid.application a where new.tenant is null or a.tenant = new.tenant);
        if new.application <> all (known) then
            near := jobgrid_engine.closest(new.application, known);
            raise exception using errcode = 'JG001',
                message = format('blackout "%s": application "%s" does not exist', new.name, jobgrid_engine.clip(new.application)),
                hint = case when near is null then 'SELECT name FROM jobgrid.application;'
                            else format('Did you mean "%s"?', near) end;
        end if;
    end if;
    if new.tag is not null and not exists (select from jobgrid.job j where j.tags @> array[new.tag]) then
        raise notice using message = format('no job has the tag "%s" yet', new.tag);
    end if;
    if new.schedule is null and new.starts_at is null then
        raise exception using errcode = 'JG003',
            message = format('blackout "%s" does not say when', new.name),
            hint = 'Give it starts_at and ends_at, or schedule and lasts, such as ''every sun at 02:00'' and ''3 hours''.';
    end if;
    if new.schedule is not null and new.lasts is null then
        raise exception using errcode = 'JG003',
            message = format('blackout "%s" does not say how long it lasts', new.name),
            hint = 'For example lasts = ''3 hours''.';
    end if;
    if new.calendar is not null then
        perform jobgrid_engine.require_calendar(new.calendar, new.tenant, format('blackout "%s"', new.name));
    end if;
    if new.schedule is not null then
        select * into problem from jobgrid_engine.schedule_error(
            new.schedule,
            coalesce(new.time_zone, (select c.time_zone from jobgrid.calendar c where c.name = new.calendar),
                     (select t.time_zone from jobgrid.tenant t where t.name = new.tenant)),
            new.calendar);
        if problem.message is not null then
            raise exception using errcode = 'JG003',
                message = format('blackout "%s": %s', new.name, problem.message),
                hint = coalesce(problem.hint, 'For example schedule = ''every sun at 02:00''.');
        end if;
    end if;
    if tg_op = 'UPDATE' then
        new.row_version := old.row_version + 1;
    end if;
    new.updated_at := clock_timestamp();
    new.updated_by := jobgrid_engine.actor_role();
    return new;
end
$$;
comment on function jobgrid_engine.before_blackout() is 'Checks and counts an edit of a blackout';

create or replace trigger before_blackout before insert or update on jobgrid.blackout
    for each row execute function jobgrid_engine.before_blackout();
