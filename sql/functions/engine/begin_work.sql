create or replace function jobgrid_engine.begin_work() returns void
language c volatile set search_path = pg_catalog, pg_temp
as 'MODULE_PATHNAME', 'jobgrid_begin_work';
comment on function jobgrid_engine.begin_work() is 'A new installation gets to work, as at its first submission';
