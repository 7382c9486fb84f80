create or replace function jobgrid_engine.edit_as(person text, edit_role text, statement text) returns bigint
language c volatile set search_path = pg_catalog, pg_temp
as 'MODULE_PATHNAME', 'jobgrid_edit_as';
comment on function jobgrid_engine.edit_as(text, text, text) is 'Runs the statement of a proposed edit as who proposed it; returns the rows';
