-- History: outermost runs of the same job that are over.
create or replace function jobgrid_engine.plan_forecast(root_job integer, root_run bigint, history bigint[])
returns table (job_id integer, start_p50 timestamptz, end_p50 timestamptz, end_p90 timestamptz)
language c stable set search_path = pg_catalog, pg_temp
as 'MODULE_PATHNAME', 'jobgrid_plan_forecast';
comment on function jobgrid_engine.plan_forecast(integer, bigint, bigint[])
    is 'When the steps of a workflow will start and end, by former runs of it; no run: if it began now';
