create or replace function jobgrid.parse_condition(condition text, spelling text default 'native')
returns jobgrid.parsed_condition
language c immutable strict parallel safe set search_path = pg_catalog, pg_temp
as 'MODULE_PATHNAME', 'jobgrid_parse_condition';
comment on function jobgrid.parse_condition(text, text) is 'Says a condition in both spellings, native and autosys, and what it asks';
grant execute on function jobgrid.parse_condition(text, text) to jobgrid_viewer;
