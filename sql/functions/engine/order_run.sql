create or replace function jobgrid_engine.order_run(run_id bigint, what text, reason text, detail jsonb) returns boolean
language c security definer set search_path = pg_catalog, pg_temp
as 'MODULE_PATHNAME', 'jobgrid_order_run';
comment on function jobgrid_engine.order_run(bigint, text, text, jsonb)
    is 'Asks whoever works on a run to do something; false if that was asked before';
