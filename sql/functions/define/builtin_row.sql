-- Rows that the install script ships always exist: they cannot be deleted or renamed. A dump holds them too, so that
-- one nobody has edited gives way to the row of the same key that is inserted.
-- Arguments: the key column, then the shipped keys.
create or replace function jobgrid_engine.builtin_row() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    key_column text := tg_argv[0];
    old_key    text := to_jsonb(old) ->> key_column;
    new_key    text := to_jsonb(new) ->> key_column;
    shipped    text[];
begin
    for n in 1 .. tg_nargs - 1 loop
        shipped := shipped || tg_argv[n];
    end loop;
    if tg_op = 'INSERT' then
        if new_key = any (shipped) then
            execute format('delete from %I.%I where %I = $1 and row_version = 1',
                           tg_table_schema, tg_table_name, key_column)
                using new_key;
        end if;
        return new;
    end if;
    if old_key <> all (shipped) or new_key = old_key then
        return coalesce(new, old);
    end if;
    -- The row that gives way is deleted from inside this trigger.
    if tg_op = 'DELETE' and pg_trigger_depth() > 1 then
        return old;
    end if;
    raise exception using errcode = 'JG002',
        message = format('%s "%s" cannot be %s', tg_table_name, old_key,
                         case tg_op when 'DELETE' then 'deleted' else 'renamed' end),
        detail = 'It is what counts where nothing else is said.',
        hint = case when tg_table_name = 'job_default' then 'Change its value.'
                    else 'Change its other columns, or add a row of your own and use that.' end;
exception
    -- Somebody refers to the row already: the insert meets the key it would have met anyway.
    when foreign_key_violation then
        return new;
end
$$;
comment on function jobgrid_engine.builtin_row() is 'Keeps shipped rows, and lets them give way to those of a dump';

create or replace trigger builtin_row before insert or update or delete on jobgrid.tenant
    for each row execute function jobgrid_engine.builtin_row('name', 'default');
create or replace trigger builtin_row before insert or update or delete on jobgrid.queue
    for each row execute function jobgrid_engine.builtin_row('name', 'default');
create or replace trigger builtin_row before insert or update or delete on jobgrid.pool
    for each row execute function jobgrid_engine.builtin_row('name', 'default');
create or replace trigger builtin_row before insert or update or delete on jobgrid.priority_level
    for each row execute function jobgrid_engine.builtin_row('name', 'urgent', 'high', 'normal', 'low');
create or replace trigger builtin_row before insert or update or delete on jobgrid.job_kind
    for each row execute function jobgrid_engine.builtin_row(
        'name', 'shell', 'sql', 'noop', 'external', 'workflow', 'file_watch', 'http');
create or replace trigger builtin_row before insert or update or delete on jobgrid.job_default
    for each row execute function jobgrid_engine.builtin_row(
        'setting', 'queue', 'pool', 'priority', 'attempts', 'attempts_repeatable', 'retry_delay', 'timeout',
        'cancel_grace', 'on_lost', 'retention', 'criticality', 'rerun_policy', 'when_missed', 'on_overlap', 'unknown_names');

-- Always: pg_restore --jobs does not load these tables in the order of their foreign keys, so that it needs
-- session_replication_role = replica, in which ordinary triggers rest.
alter table jobgrid.tenant enable always trigger builtin_row;
alter table jobgrid.queue enable always trigger builtin_row;
alter table jobgrid.pool enable always trigger builtin_row;
alter table jobgrid.priority_level enable always trigger builtin_row;
alter table jobgrid.job_kind enable always trigger builtin_row;
alter table jobgrid.job_default enable always trigger builtin_row;
