create or replace function jobgrid_engine.ring(worker text) returns void
language c strict security definer set search_path = pg_catalog, pg_temp
as 'MODULE_PATHNAME', 'jobgrid_ring';
comment on function jobgrid_engine.ring(text)
    is 'Wakes scheduler, dispatcher or janitor when this transaction commits; lanes, shutters, changes: their rows are read again';
