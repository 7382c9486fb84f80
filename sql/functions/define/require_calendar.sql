-- A calendar that is named must be there, and be the tenant's or everybody's.
create or replace function jobgrid_engine.require_calendar(name text, tenant text, who text) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
    known text[];
    near  text;
begin
    if exists (select from jobgrid.calendar c
               where c.name = require_calendar.name
                 and (c.tenant is null or c.tenant is not distinct from require_calendar.tenant)) then
        return;
    end if;
    known := array(select c.name from jobgrid.calendar c
                   where c.tenant is null or c.tenant is not distinct from require_calendar.tenant);
    near := jobgrid_engine.closest(require_calendar.name, known);
    raise exception using errcode = 'JG001',
        message = format('%s: calendar "%s" does not exist', who, jobgrid_engine.clip(require_calendar.name)),
        hint = case when near is null then 'SELECT name, description FROM jobgrid.calendar;'
                    else format('Did you mean "%s"?', near) end;
end
$$;
comment on function jobgrid_engine.require_calendar(text, text, text) is 'Raises JG001 where there is no such calendar';
