-- Global values have no number; two names with one key only mean one look more.
create or replace function jobgrid_engine.value_key(tenant text, name text) returns integer
language sql immutable set search_path = pg_catalog, pg_temp
as $$ select hashtext(tenant || '/' || lower(name)) $$;
comment on function jobgrid_engine.value_key(text, text) is 'By what atoms about a global value are found';
