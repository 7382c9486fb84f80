create or replace function jobgrid_engine.key_condition(table_name text, key jsonb) returns text
language sql immutable set search_path = pg_catalog, pg_temp
as $$
    select format('(%s) = (select %s from jsonb_populate_record(null::jobgrid.%I, %L) k)',
                  string_agg(format('t.%I', n.name), ', '), string_agg(format('k.%I', n.name), ', '),
                  key_condition.table_name, key_condition.key)
    from jsonb_object_keys(key_condition.key) n (name)
$$;
comment on function jobgrid_engine.key_condition(text, jsonb) is 'SQL that finds a config row t by its natural key';
