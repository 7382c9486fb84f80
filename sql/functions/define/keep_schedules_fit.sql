-- An edit of a job's schema or parameters must leave its schedules able to fire. At COMMIT, so that one transaction can
-- change the job and its schedules, whichever comes first.
create or replace function jobgrid_engine.keep_schedules_fit() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    edited jobgrid.job;
begin
    select * into edited from jobgrid.job j where j.job_id = new.job_id;
    perform jobgrid_engine.check_schedule_parameters(edited, s)
    from jobgrid.schedule s
    where s.tenant = edited.tenant and s.job = edited.full_name
    order by s.name;
    return null;
end
$$;
comment on function jobgrid_engine.keep_schedules_fit() is 'Refuses edits of a job that its schedules could not fire with';

create constraint trigger keep_schedules_fit after update on jobgrid.job
    deferrable initially deferred for each row
    when (new.parameter_schema <> '{}' and (new.parameter_schema <> old.parameter_schema or new.parameters <> old.parameters))
    execute function jobgrid_engine.keep_schedules_fit();
