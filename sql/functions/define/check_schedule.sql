-- What a schedule can be wrong about, of this job; a job of nulls is one that is not there.
create or replace function jobgrid_engine.check_schedule(schedule jobgrid.schedule, job jobgrid.job) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp
as $$
declare
    problem record;
    near    text;
begin
    if job.job_id is null then
        near := jobgrid_engine.closest_job(schedule.job, array[schedule.tenant]);
        raise exception using errcode = 'JG001',
            message = format('job "%s" does not exist', jobgrid_engine.clip(schedule.job)),
            hint = case when near is null then 'Define it first: SELECT jobgrid.define_job(...);'
                        else format('Did you mean "%s"?', near) end;
    end if;
    if schedule.calendar is not null then
        perform jobgrid_engine.require_calendar(schedule.calendar, schedule.tenant, format('schedule of job "%s"', schedule.job));
    end if;
    select * into problem from jobgrid_engine.schedule_error(
        schedule.schedule,
        coalesce(schedule.time_zone, job.time_zone, (select c.time_zone from jobgrid.calendar c where c.name = schedule.calendar),
                 (select t.time_zone from jobgrid.tenant t where t.name = schedule.tenant)),
        schedule.calendar);
    if problem.message is not null then
        raise exception using errcode = 'JG003',
            message = format('schedule of job "%s": %s', schedule.job, problem.message),
            hint = coalesce(problem.hint, format('For example: UPDATE jobgrid.schedule SET schedule = ''every weekday at 07:30'' WHERE job = %L;', schedule.job));
    end if;
    perform jobgrid_engine.check_schedule_words(schedule);
    perform jobgrid_engine.check_schedule_parameters(job, schedule);
    if schedule.when_holiday is not null and schedule.calendar is null then
        raise exception using errcode = 'JG003',
            message = format('schedule of job "%s": when_holiday needs a calendar', schedule.job),
            detail = 'Without one no day is a holiday.',
            hint = 'SELECT name, description FROM jobgrid.calendar;';
    end if;
end
$$;
comment on function jobgrid_engine.check_schedule(jobgrid.schedule, jobgrid.job) is 'Raises JG001 or JG003 for a schedule that cannot fire';
