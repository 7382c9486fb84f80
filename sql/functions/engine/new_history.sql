create or replace function jobgrid_engine.new_history(
    run_id bigint, action text, from_state text, to_state text, reason text, detail text)
returns void
language c security definer set search_path = pg_catalog, pg_temp
as 'MODULE_PATHNAME', 'jobgrid_new_history';
comment on function jobgrid_engine.new_history(bigint, text, text, text, text, text) is 'Appends to the record of a run';
