-- Each waits for the next, the last for the first. Only what is about the same run or date can close a cycle: other atoms are
-- about ends that have been. A workflow ends after its steps, which start after it has. edited: only circles through these jobs.
create or replace function jobgrid_engine.find_cycle(tenant text, edited integer[] default null) returns integer[]
language c stable set search_path = pg_catalog, pg_temp set enable_nestloop = off
as 'MODULE_PATHNAME', 'jobgrid_find_cycle';
comment on function jobgrid_engine.find_cycle(text, integer[]) is 'Jobs that wait for each other in a circle; null where none do';
