-- Calendars that are based on one, by name or in their rule, go on being based on it under its new name; so do tenants.
create or replace function jobgrid_engine.rename_calendar() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    update jobgrid.calendar c
    set based_on = array_replace(c.based_on, old.name, new.name),
        rule = (select string_agg(case when lower(btrim(split_part(l.line, ':', 1))) in ('holcal', 'cyccal')
                                            and btrim(substr(l.line, strpos(l.line, ':') + 1), e' \t\r') = old.name
                                       then split_part(l.line, ':', 1) || ': ' || new.name else l.line end, e'\n' order by l.n)
                from regexp_split_to_table(c.rule, '\n') with ordinality l (line, n))
    where c.based_on @> array[old.name];
    update jobgrid.tenant t set default_calendar = new.name where t.default_calendar = old.name;
    return null;
end
$$;
comment on function jobgrid_engine.rename_calendar() is 'Renames a calendar in those that are based on it';

create or replace trigger rename_calendar after update on jobgrid.calendar
    for each row when (new.name <> old.name) execute function jobgrid_engine.rename_calendar();
