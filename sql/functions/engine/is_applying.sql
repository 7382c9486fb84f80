create or replace function jobgrid_engine.is_applying() returns boolean
language c volatile set search_path = pg_catalog, pg_temp
as 'MODULE_PATHNAME', 'jobgrid_is_applying';
comment on function jobgrid_engine.is_applying() is 'Whether an edit is one that was proposed and is being made';
