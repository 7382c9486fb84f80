-- What a blackout can be wrong about, beyond its constraints.
create or replace function jobgrid_engine.check_blackout(blackout jobgrid.blackout) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp
as $$
declare
    problem record;
    near    text;
    known   text[];
begin
    if blackout.job is not null and not exists (
        select from jobgrid.job j where j.tenant = blackout.tenant and j.full_name = blackout.job) then
        near := jobgrid_engine.closest_job(blackout.job, array[blackout.tenant]);
        raise exception using errcode = 'JG001',
            message = format('blackout "%s": job "%s" does not exist', blackout.name, jobgrid_engine.clip(blackout.job)),
            detail = case when blackout.tenant is null then 'A job belongs to a tenant, and the blackout names none.'
                          else format('Its tenant is "%s".', blackout.tenant) end,
            hint = case when near is null then 'SELECT full_name FROM jobgrid.job;' else format('Did you mean "%s"?', near) end;
    end if;
    if blackout.application is not null then
        known := array(select a.name from jobgrid.application a where blackout.tenant is null or a.tenant = blackout.tenant);
        if blackout.application <> all (known) then
            near := jobgrid_engine.closest(blackout.application, known);
            raise exception using errcode = 'JG001',
                message = format('blackout "%s": application "%s" does not exist', blackout.name, jobgrid_engine.clip(blackout.application)),
                hint = case when near is null then 'SELECT name FROM jobgrid.application;'
                            else format('Did you mean "%s"?', near) end;
        end if;
    end if;
    if blackout.schedule is null and blackout.starts_at is null then
        raise exception using errcode = 'JG003',
            message = format('blackout "%s" does not say when', blackout.name),
            hint = 'Give it starts_at and ends_at, or schedule and lasts, such as ''every sun at 02:00'' and ''3 hours''.';
    end if;
    if blackout.schedule is not null and blackout.lasts is null then
        raise exception using errcode = 'JG003',
            message = format('blackout "%s" does not say how long it lasts', blackout.name),
            hint = 'For example lasts = ''3 hours''.';
    end if;
    if blackout.calendar is not null then
        perform jobgrid_engine.require_calendar(blackout.calendar, blackout.tenant, format('blackout "%s"', blackout.name));
    end if;
    if blackout.schedule is not null then
        select * into problem from jobgrid_engine.schedule_error(
            blackout.schedule,
            coalesce(blackout.time_zone, (select c.time_zone from jobgrid.calendar c where c.name = blackout.calendar),
                     (select t.time_zone from jobgrid.tenant t where t.name = blackout.tenant)),
            blackout.calendar);
        if problem.message is not null then
            raise exception using errcode = 'JG003',
                message = format('blackout "%s": %s', blackout.name, problem.message),
                hint = coalesce(problem.hint, 'For example schedule = ''every sun at 02:00''.');
        end if;
    end if;
end
$$;
comment on function jobgrid_engine.check_blackout(jobgrid.blackout) is 'Raises JG001 or JG003 for a blackout that cannot be';
