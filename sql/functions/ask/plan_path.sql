create or replace function jobgrid_engine.plan_path(root_job integer, root_run bigint default null)
returns table (job_id integer, layer integer, starts_at timestamptz, ends_at timestamptz, starts_after interval,
               ends_after interval, slack interval, critical boolean, usual interval)
language c stable set search_path = pg_catalog, pg_temp
as 'MODULE_PATHNAME', 'jobgrid_plan_path';
comment on function jobgrid_engine.plan_path(integer, bigint)
    is 'When the steps of a workflow start and end if each takes what it usually takes, and which of them decide';
