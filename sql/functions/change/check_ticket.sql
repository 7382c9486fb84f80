-- An edit of a row whose tenant has a ticket_pattern names a ticket. The pattern is the one before the edit, therefore
-- a BEFORE trigger. The owner edits in verbs, and where a foreign key or a rename brings rows along: that is another's
-- edit, or an act. A change of the pattern alone is free, or a wrong one would lock everybody out.
create or replace function jobgrid_engine.check_ticket() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    given  text := current_setting('jobgrid.change_ticket');
    broken jobgrid.tenant;
begin
    if tg_op = 'INSERT' and jobgrid_engine.dump_is_loaded()
       or tg_op = 'UPDATE' and jobgrid_engine.config_row(to_jsonb(old)) - 'ticket_pattern'
                             = jobgrid_engine.config_row(to_jsonb(new)) - 'ticket_pattern' then
        return new;
    end if;
    select * into broken from jobgrid.tenant t
    where t.name in (jobgrid_engine.tenant_of(tg_table_name, to_jsonb(old)),
                     jobgrid_engine.tenant_of(tg_table_name, to_jsonb(new)))
      and given !~ t.ticket_pattern
    limit 1;
    if found then
        raise exception using errcode = 'JG016',
            message = case given when '' then format('an edit of tenant "%s" needs a ticket', broken.name)
                      else format('ticket "%s" is none of tenant "%s"', given, broken.name) end,
            detail = format('Its tickets match %s.', broken.ticket_pattern),
            hint = 'SET jobgrid.change_ticket = ''...'';';
    end if;
    return coalesce(new, old);
end
$$;
comment on function jobgrid_engine.check_ticket() is 'Refuses edits without the ticket that their tenant asks for';

create or replace trigger check_ticket before insert or update or delete on jobgrid.tenant
    for each row when (current_user <> 'jobgrid_owner') execute function jobgrid_engine.check_ticket();
create or replace trigger check_ticket before insert or update or delete on jobgrid.application
    for each row when (current_user <> 'jobgrid_owner') execute function jobgrid_engine.check_ticket();
create or replace trigger check_ticket before insert or update or delete on jobgrid.team
    for each row when (current_user <> 'jobgrid_owner') execute function jobgrid_engine.check_ticket();
create or replace trigger check_ticket before insert or update or delete on jobgrid.queue
    for each row when (current_user <> 'jobgrid_owner') execute function jobgrid_engine.check_ticket();
create or replace trigger check_ticket before insert or update or delete on jobgrid.job
    for each row when (current_user <> 'jobgrid_owner') execute function jobgrid_engine.check_ticket();
create or replace trigger check_ticket before insert or update or delete on jobgrid.schedule
    for each row when (current_user <> 'jobgrid_owner') execute function jobgrid_engine.check_ticket();
create or replace trigger check_ticket before insert or update or delete on jobgrid.calendar
    for each row when (current_user <> 'jobgrid_owner') execute function jobgrid_engine.check_ticket();
create or replace trigger check_ticket before insert or update or delete on jobgrid.blackout
    for each row execute function jobgrid_engine.check_ticket();
create or replace trigger check_ticket before insert or update or delete on jobgrid.global_value
    for each row when (current_user <> 'jobgrid_owner') execute function jobgrid_engine.check_ticket();
create or replace trigger check_ticket before insert or update or delete on jobgrid.calendar_day
    for each row when (current_user <> 'jobgrid_owner') execute function jobgrid_engine.check_ticket();
