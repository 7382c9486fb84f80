-- A zone that does not exist would fail at every submit of the tenant.
create or replace function jobgrid_engine.check_time_zone() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    if tg_op = 'INSERT' or new.time_zone is distinct from old.time_zone then
        perform jobgrid_engine.require_time_zone(new.time_zone);
    end if;
    return new;
end
$$;
comment on function jobgrid_engine.check_time_zone() is 'Refuses time zones that do not exist';

create or replace trigger check_time_zone before insert or update on jobgrid.tenant
    for each row execute function jobgrid_engine.check_time_zone();
create or replace trigger check_time_zone before insert or update on jobgrid.application
    for each row execute function jobgrid_engine.check_time_zone();
create or replace trigger check_time_zone before insert or update on jobgrid.job
    for each row execute function jobgrid_engine.check_time_zone();
create or replace trigger check_time_zone before insert or update on jobgrid.blackout
    for each row execute function jobgrid_engine.check_time_zone();
create or replace trigger check_time_zone before insert or update on jobgrid.calendar
    for each row execute function jobgrid_engine.check_time_zone();
