-- A schedule's runs have the parameters of its job and of the schedule, and nobody gives them others: what is required
-- must be there before it fires.
create or replace function jobgrid_engine.check_schedule_parameters(job jobgrid.job, schedule jobgrid.schedule)
returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp
as $$
begin
    -- What is no object has a constraint that says so.
    if jsonb_typeof(schedule.parameters) = 'object' then
        perform jobgrid_engine.check_parameters(
            job, job.parameters || schedule.parameters, true,
            format('schedule "%s" of job "%s"', jobgrid_engine.clip(schedule.name), schedule.job),
            'For example: UPDATE jobgrid.schedule SET parameters = parameters || ',
            format(' WHERE job = %L AND name = %L;', schedule.job, schedule.name));
    end if;
end
$$;
comment on function jobgrid_engine.check_schedule_parameters(jobgrid.job, jobgrid.schedule)
    is 'Raises JG003 for a schedule whose runs the schema of its job would refuse';
