create or replace function jobgrid_engine.moment() returns timestamptz
language c volatile set search_path = pg_catalog, pg_temp
as 'MODULE_PATHNAME', 'jobgrid_moment';
comment on function jobgrid_engine.moment() is 'The engine''s clock';
grant execute on function jobgrid_engine.moment() to jobgrid_viewer;
