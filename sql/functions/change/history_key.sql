-- The natural key of a config table, as its trigger has it. Raises JG001 for what has no history.
create or replace function jobgrid_engine.history_key(table_name text) returns text[]
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    tables text[];
    result text[];
    near   text;
begin
    select array_agg(c.relname),
           -- Arguments are stored with a zero byte after each.
           max(trim_array(string_to_array(encode(t.tgargs, 'escape'), '\000'), 1))
               filter (where c.relname = history_key.table_name)
    into tables, result
    from pg_catalog.pg_trigger t join pg_catalog.pg_class c on c.oid = t.tgrelid
    where t.tgname = 'record_change' and c.relnamespace = 'jobgrid'::regnamespace;
    if result is null then
        near := jobgrid_engine.closest(history_key.table_name, tables);
        raise exception using errcode = 'JG001',
            message = format('there is no config table "%s"', jobgrid_engine.clip(history_key.table_name)),
            hint = case when near is null then 'SELECT DISTINCT table_name FROM jobgrid.config_history;'
                        else format('Did you mean "%s"?', near) end;
    end if;
    return result;
end
$$;
comment on function jobgrid_engine.history_key(text) is 'Columns of a config table''s natural key; raises JG001';
