create or replace function jobgrid_engine.worker_stat()
returns table (worker text, pid integer, state text, started_at timestamptz, wakeups bigint, transactions bigint,
               last_wakeup timestamptz, errors bigint, last_error text)
language c volatile security definer set search_path = pg_catalog, pg_temp
as 'MODULE_PATHNAME', 'jobgrid_worker_stat';
comment on function jobgrid_engine.worker_stat() is 'What shared memory knows of the workers';
grant execute on function jobgrid_engine.worker_stat() to jobgrid_viewer;
