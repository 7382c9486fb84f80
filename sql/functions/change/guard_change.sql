-- The history is only added to, by superusers too. Whoever must get past this can disable the triggers, which is no
-- accident. INSERT is guarded by privilege, because restore inserts.
create or replace function jobgrid_engine.guard_change() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
    raise exception using errcode = 'JG007',
        message = format('%s on "%s" is not allowed: the history is only added to', tg_op, tg_table_name),
        hint = 'To take a change back: SELECT * FROM jobgrid.undo_change(..., ''why'');';
end
$$;
comment on function jobgrid_engine.guard_change() is 'Refuses changes of the history';

create or replace trigger guard_change before update or delete on jobgrid_engine.config_change
    for each row execute function jobgrid_engine.guard_change();
create or replace trigger guard_truncate before truncate on jobgrid_engine.config_change
    for each statement execute function jobgrid_engine.guard_change();
