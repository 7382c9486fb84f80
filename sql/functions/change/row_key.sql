-- The natural key of a config row.
create or replace function jobgrid_engine.row_key(table_name text, config jsonb) returns jsonb
language sql stable set search_path = pg_catalog, pg_temp
as $$
    select jsonb_object_agg(k.name, row_key.config -> k.name)
    from unnest(jobgrid_engine.history_key(row_key.table_name)) k (name)
$$;
comment on function jobgrid_engine.row_key(text, jsonb) is 'The natural key of a config row';
