create or replace function jobgrid_engine.zone_known(name text) returns boolean
language c strict volatile set search_path = pg_catalog, pg_temp
as 'MODULE_PATHNAME', 'jobgrid_zone_known';
comment on function jobgrid_engine.zone_known(text) is 'Whether there is a time zone of that name, whatever its case';
