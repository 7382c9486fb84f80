create or replace function jobgrid_engine.works_since() returns timestamptz
language c volatile security definer set search_path = pg_catalog, pg_temp
as 'MODULE_PATHNAME', 'jobgrid_works_since';
comment on function jobgrid_engine.works_since() is 'Since when executors could be heard: the end of the last start or promotion';
