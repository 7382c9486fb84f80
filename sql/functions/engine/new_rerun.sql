create or replace function jobgrid_engine.new_rerun(run_id bigint, parameters jsonb, definition text, reason text, downstream boolean)
returns jobgrid.submitted
language c security definer set search_path = pg_catalog, pg_temp
as 'MODULE_PATHNAME', 'jobgrid_new_rerun';
comment on function jobgrid_engine.new_rerun(bigint, jsonb, text, text, boolean)
    is 'Makes the run that repeats a finished one and supersedes it';
