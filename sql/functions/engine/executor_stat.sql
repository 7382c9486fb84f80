create or replace function jobgrid_engine.executor_stat()
returns table (executor_id integer, pid integer, last_seen timestamptz, free_slots integer, cpu real, memory real,
               load real, suspect boolean, problem text, success real, response real)
language c volatile security definer set search_path = pg_catalog, pg_temp
as 'MODULE_PATHNAME', 'jobgrid_executor_stat';
comment on function jobgrid_engine.executor_stat() is 'What shared memory knows of the connected executors';
grant execute on function jobgrid_engine.executor_stat() to jobgrid_viewer;
