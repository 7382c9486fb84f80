-- Edits of what schedules depend on without being named in their rows: whether the job may run, and the zones that stand
-- behind theirs.
create or replace function jobgrid_engine.rearm_schedules() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    if tg_table_name = 'job' then
        perform jobgrid_engine.rearm(array(select s.schedule_id from jobgrid.schedule s
                                           where s.tenant = new.tenant and s.job = new.full_name));
    else
        perform jobgrid_engine.rearm(array(select s.schedule_id from jobgrid.schedule s
                                           where s.tenant = new.name and s.time_zone is null));
    end if;
    return null;
end
$$;
comment on function jobgrid_engine.rearm_schedules() is 'Has next fires computed anew when a job or tenant is edited';

create constraint trigger rearm_schedules after update on jobgrid.job
    deferrable initially deferred for each row
    when (new.enabled is distinct from old.enabled or new.time_zone is distinct from old.time_zone)
    execute function jobgrid_engine.rearm_schedules();
create constraint trigger rearm_schedules after update on jobgrid.tenant
    deferrable initially deferred for each row when (new.time_zone is distinct from old.time_zone)
    execute function jobgrid_engine.rearm_schedules();
