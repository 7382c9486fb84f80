-- A pattern that is none would fail at every edit of the tenant's rows.
create or replace function jobgrid_engine.check_ticket_pattern() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    perform '' ~ new.ticket_pattern;
    return new;
exception when invalid_regular_expression then
    raise exception using errcode = 'JG003',
        message = format('ticket_pattern "%s" is no regular expression', jobgrid_engine.clip(new.ticket_pattern)),
        detail = sqlerrm,
        hint = 'For example ''^CHG-[0-9]+$''.';
end
$$;
comment on function jobgrid_engine.check_ticket_pattern() is 'Refuses patterns that are no regular expressions';

create or replace trigger check_ticket_pattern before insert or update of ticket_pattern on jobgrid.tenant
    for each row execute function jobgrid_engine.check_ticket_pattern();
