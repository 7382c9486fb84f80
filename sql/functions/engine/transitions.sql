create or replace function jobgrid_engine.transitions()
returns table (from_state text, to_state text, allowed_for text)
language c stable security definer set search_path = pg_catalog, pg_temp
as 'MODULE_PATHNAME', 'jobgrid_transitions';
comment on function jobgrid_engine.transitions() is 'The state routine''s table of allowed transitions';
grant execute on function jobgrid_engine.transitions() to jobgrid_viewer;
