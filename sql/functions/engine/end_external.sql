create or replace function jobgrid_engine.end_external(
    run_id bigint, outcome text, exit_code integer, message text, result jsonb, action text)
returns void
language c security definer set search_path = pg_catalog, pg_temp
as 'MODULE_PATHNAME', 'jobgrid_end_external';
comment on function jobgrid_engine.end_external(bigint, text, integer, text, jsonb, text)
    is 'Ends a run that was executed elsewhere';
