create or replace function jobgrid_engine.impact_of(
    target_job integer, root_job integer, root_run bigint, day date, outcome text, exit_code integer)
returns table (job_id integer, effect text, reason text, depth integer, atom integer)
language c stable set search_path = pg_catalog, pg_temp
as 'MODULE_PATHNAME', 'jobgrid_impact_of';
comment on function jobgrid_engine.impact_of(integer, integer, bigint, date, text, integer)
    is 'What becomes of steps and jobs if a job ends so now; atom: the first that is still missing';
