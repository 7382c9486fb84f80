create or replace function jobgrid_engine.atom_text(
    kind "char", name text, lookback "char", minutes integer, compare "char", number integer, value text, path text)
returns text
language c immutable set search_path = pg_catalog, pg_temp
as 'MODULE_PATHNAME', 'jobgrid_atom_text';
comment on function jobgrid_engine.atom_text("char", text, "char", integer, "char", integer, text, text)
    is 'An atom of job_edge or pending_on as a condition says it';
