create or replace function jobgrid_engine.shutter_span(
    shutter_id integer, moment timestamptz, out closed boolean, out until timestamptz)
language c volatile set search_path = pg_catalog, pg_temp
as 'MODULE_PATHNAME', 'jobgrid_shutter_span';
comment on function jobgrid_engine.shutter_span(integer, timestamptz)
    is 'Whether a blackout or run window is closed at a moment, and until when it stays so';
