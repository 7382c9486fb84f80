-- An edit that writes row_version says which row it has read; where that is no longer the row it would overwrite somebody
-- else's edit, and is refused. One that does not write it asks for nothing.
-- The name comes before the table's other triggers in the alphabet, in which PostgreSQL runs them, because they count; a_withhold is
-- earlier, and lets a stale edit pass to here.
create or replace function jobgrid_engine.as_read() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    row_key constant jsonb := jobgrid_engine.row_key(tg_table_name, to_jsonb(old));
    last    jobgrid_engine.config_change;
begin
    select * into last from jobgrid_engine.config_change c
    where c.table_name = tg_table_name and c.key = row_key
    order by c.change_id desc limit 1;
    raise exception using errcode = 'JG002',
        message = format('%s has been changed since it was read', jobgrid_engine.row_name(tg_table_name, to_jsonb(old))),
        detail = concat(format('It is at row_version %s, not %s', old.row_version, coalesce(new.row_version::text, 'null')),
                        '; last changed by ' || coalesce(last.actor, last.by_role) || ' at '
                        || to_char(last.at, 'YYYY-MM-DD HH24:MI TZ'), '.'),
        hint = 'Read the row again and repeat the edit.';
end
$$;
comment on function jobgrid_engine.as_read() is 'Refuses an edit of a row that has been changed since it was read';

create or replace trigger as_read before update on jobgrid.tenant
    for each row when (new.row_version is distinct from old.row_version) execute function jobgrid_engine.as_read();
create or replace trigger as_read before update on jobgrid.application
    for each row when (new.row_version is distinct from old.row_version) execute function jobgrid_engine.as_read();
create or replace trigger as_read before update on jobgrid.team
    for each row when (new.row_version is distinct from old.row_version) execute function jobgrid_engine.as_read();
create or replace trigger as_read before update on jobgrid.queue
    for each row when (new.row_version is distinct from old.row_version) execute function jobgrid_engine.as_read();
create or replace trigger as_read before update on jobgrid.pool
    for each row when (new.row_version is distinct from old.row_version) execute function jobgrid_engine.as_read();
create or replace trigger as_read before update on jobgrid.resource
    for each row when (new.row_version is distinct from old.row_version) execute function jobgrid_engine.as_read();
create or replace trigger as_read before update on jobgrid.priority_level
    for each row when (new.row_version is distinct from old.row_version) execute function jobgrid_engine.as_read();
create or replace trigger as_read before update on jobgrid.job_kind
    for each row when (new.row_version is distinct from old.row_version) execute function jobgrid_engine.as_read();
create or replace trigger as_read before update on jobgrid.job_default
    for each row when (new.row_version is distinct from old.row_version) execute function jobgrid_engine.as_read();
create or replace trigger as_read before update on jobgrid.job
    for each row when (new.row_version is distinct from old.row_version) execute function jobgrid_engine.as_read();
create or replace trigger as_read before update on jobgrid.schedule
    for each row when (new.row_version is distinct from old.row_version) execute function jobgrid_engine.as_read();
create or replace trigger as_read before update on jobgrid.blackout
    for each row when (new.row_version is distinct from old.row_version) execute function jobgrid_engine.as_read();
create or replace trigger as_read before update on jobgrid.calendar
    for each row when (new.row_version is distinct from old.row_version) execute function jobgrid_engine.as_read();
create or replace trigger as_read before update on jobgrid.calendar_day
    for each row when (new.row_version is distinct from old.row_version) execute function jobgrid_engine.as_read();
create or replace trigger as_read before update on jobgrid.global_value
    for each row when (new.row_version is distinct from old.row_version) execute function jobgrid_engine.as_read();
