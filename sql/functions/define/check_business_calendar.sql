-- A calendar that decides about business dates is the tenant's or everybody's. A key from tenant to calendar and back would make
-- pg_dump warn of a dump that it could not restore; a dump's row was checked when it was written.
create or replace function jobgrid_engine.check_business_calendar() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    if jobgrid_engine.dump_is_loaded() then
        return new;
    end if;
    if tg_table_name = 'tenant' then
        if new.default_calendar is not null then
            perform jobgrid_engine.require_calendar(new.default_calendar, new.name, format('tenant "%s"', new.name));
        end if;
    elsif new.calendar is not null then
        perform jobgrid_engine.require_calendar(new.calendar, new.tenant, format('application "%s"', new.name));
    end if;
    return new;
end
$$;
comment on function jobgrid_engine.check_business_calendar() is 'Checks the calendar of a tenant or an application';

create or replace trigger check_business_calendar before insert or update of name, default_calendar on jobgrid.tenant
    for each row execute function jobgrid_engine.check_business_calendar();
create or replace trigger check_business_calendar before insert or update of tenant, calendar on jobgrid.application
    for each row execute function jobgrid_engine.check_business_calendar();
