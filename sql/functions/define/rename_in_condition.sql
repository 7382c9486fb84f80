create or replace function jobgrid_engine.rename_in_condition(
    condition text, semantics text, old_full_name text, new_full_name text, old_name text, new_name text) returns text
language c immutable set search_path = pg_catalog, pg_temp
as 'MODULE_PATHNAME', 'jobgrid_rename_in_condition';
comment on function jobgrid_engine.rename_in_condition(text, text, text, text, text, text)
    is 'A condition with the new name of a job';
