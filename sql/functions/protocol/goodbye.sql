create or replace function jobgrid_engine.goodbye(reason text default null) returns void
language c security definer set search_path = pg_catalog, pg_temp
as 'MODULE_PATHNAME', 'jobgrid_goodbye';
comment on function jobgrid_engine.goodbye(text) is 'An executor leaves';
grant execute on function jobgrid_engine.goodbye(text) to jobgrid_executor;
