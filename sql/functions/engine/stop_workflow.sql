-- The cancel of a running workflow: in this transaction its steps that have not started are skipped and the others are asked to
-- stop; the scheduler hears of it and does what was missed. False: it had been cancelled before.
create or replace function jobgrid_engine.stop_workflow(run_id bigint, reason text) returns boolean
language c security definer set search_path = pg_catalog, pg_temp
as 'MODULE_PATHNAME', 'jobgrid_stop_workflow';
comment on function jobgrid_engine.stop_workflow(bigint, text) is 'Cancels a running workflow';
