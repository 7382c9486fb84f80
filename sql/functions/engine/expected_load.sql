-- Whole hours from since on; a row where a job starts or is busy. busy counts each run once for each moment that it lasts:
-- two side by side are two hours in one. known: whether it is known how long the job usually takes; else busy is nothing.
create or replace function jobgrid_engine.expected_load(since timestamptz, hours integer)
returns table (job_id integer, hour timestamptz, runs bigint, known boolean, busy interval)
language c volatile set search_path = pg_catalog, pg_temp
as 'MODULE_PATHNAME', 'jobgrid_expected_load';
comment on function jobgrid_engine.expected_load(timestamptz, integer)
    is 'Starts and run times that schedules are expected to bring, by job and hour';
