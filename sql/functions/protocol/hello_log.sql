create or replace function jobgrid_engine.hello_log(executor_id integer, instance uuid) returns void
language c security definer set search_path = pg_catalog, pg_temp
as 'MODULE_PATHNAME', 'jobgrid_hello_log';
comment on function jobgrid_engine.hello_log(integer, uuid) is 'Binds an executor''s log connection';
grant execute on function jobgrid_engine.hello_log(integer, uuid) to jobgrid_executor;
