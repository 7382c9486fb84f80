create or replace function jobgrid_engine.parameters_error(
    schema jsonb, parameters jsonb, complete boolean, out message text, out detail text, out near text, out mended text)
returns record
language c volatile set search_path = pg_catalog, pg_temp
as 'MODULE_PATHNAME', 'jobgrid_parameters_error';
comment on function jobgrid_engine.parameters_error(jsonb, jsonb, boolean)
    is 'What a schema or parameters under it do wrong, and parameters that would mend it; nulls where nothing is';
