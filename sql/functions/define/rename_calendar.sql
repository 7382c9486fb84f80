-- Calendars that are based on one go on being based on it under its new name.
create or replace function jobgrid_engine.rename_calendar() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    update jobgrid.calendar c set based_on = array_replace(c.based_on, old.name, new.name)
    where c.based_on @> array[old.name];
    return null;
end
$$;
comment on function jobgrid_engine.rename_calendar() is 'Renames a calendar in those that are based on it';

create or replace trigger rename_calendar after update on jobgrid.calendar
    for each row when (new.name <> old.name) execute function jobgrid_engine.rename_calendar();
