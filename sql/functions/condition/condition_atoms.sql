create or replace function jobgrid_engine.condition_atoms(condition text, semantics text)
returns table (atom integer, source "char", name text, kind "char", lookback "char", minutes integer, compare "char",
               number integer, value text, path text)
language c immutable set search_path = pg_catalog, pg_temp
as 'MODULE_PATHNAME', 'jobgrid_condition_atoms';
comment on function jobgrid_engine.condition_atoms(text, text) is 'The atoms of a condition, numbered from 0 as in its text';
