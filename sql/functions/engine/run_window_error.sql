create or replace function jobgrid_engine.run_window_error(
    run_window text, time_zone text, out message text, out hint text)
language c volatile set search_path = pg_catalog, pg_temp
as 'MODULE_PATHNAME', 'jobgrid_run_window_error';
comment on function jobgrid_engine.run_window_error(text, text) is 'What is wrong with a run window; nulls where nothing is';
