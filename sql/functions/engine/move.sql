-- The state routine for verbs. It locks the run, checks the transition and writes the history row; callers only decide
-- what they want. Raises JG001 for an unknown run, JG002 for a transition that is not allowed.
create or replace function jobgrid_engine.move(
    run_id bigint, to_state text, reason text, action text, detail text default null, options jsonb default null)
returns text
language c security definer set search_path = pg_catalog, pg_temp
as 'MODULE_PATHNAME', 'jobgrid_move';
comment on function jobgrid_engine.move(bigint, text, text, text, text, jsonb)
    is 'Moves a run to another state; returns the state it was in';
