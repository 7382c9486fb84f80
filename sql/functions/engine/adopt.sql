create or replace function jobgrid_engine.adopt(reason text) returns integer
language c security definer set search_path = pg_catalog, pg_temp
as 'MODULE_PATHNAME', 'jobgrid_adopt';
comment on function jobgrid_engine.adopt(text) is 'Makes this cluster the one that works; returns the new epoch';
