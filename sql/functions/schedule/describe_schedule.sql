create or replace function jobgrid.describe_schedule(schedule text) returns text
language c immutable strict parallel safe set search_path = pg_catalog, pg_temp
as 'MODULE_PATHNAME', 'jobgrid_describe_schedule';
comment on function jobgrid.describe_schedule(text) is 'Says a schedule in words, which are a schedule again';
grant execute on function jobgrid.describe_schedule(text) to jobgrid_viewer;
