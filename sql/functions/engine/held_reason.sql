create or replace function jobgrid_engine.held_reason() returns text
language c volatile security definer set search_path = pg_catalog, pg_temp
as 'MODULE_PATHNAME', 'jobgrid_held_reason';
comment on function jobgrid_engine.held_reason() is 'Why the database hands out nothing; null when it works';
