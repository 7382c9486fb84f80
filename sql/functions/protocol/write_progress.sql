create or replace function jobgrid_engine.write_progress(progress jobgrid_engine.progress_report[])
returns setof jobgrid_engine.attempt_key
language c security definer set search_path = pg_catalog, pg_temp
as 'MODULE_PATHNAME', 'jobgrid_write_progress';
comment on function jobgrid_engine.write_progress(jobgrid_engine.progress_report[])
    is 'Stores how far attempts are; returns the attempts whose fence was not current';
grant execute on function jobgrid_engine.write_progress(jobgrid_engine.progress_report[]) to jobgrid_executor;
