create or replace function jobgrid_engine.end_truth(
    kind "char", autosys boolean, state text, reason text, exit_code integer, compare "char", number integer, ignored boolean)
returns "char"
language c immutable set search_path = pg_catalog, pg_temp
as 'MODULE_PATHNAME', 'jobgrid_end_truth';
comment on function jobgrid_engine.end_truth("char", boolean, text, text, integer, "char", integer, boolean)
    is 'What the end of a run makes of an atom: t true, f false, p passed over';
