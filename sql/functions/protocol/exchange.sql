-- The hot path. Its plans are for a handful of rows out of any number, so that the planner's other ideas are switched off.
create or replace function jobgrid_engine.exchange(request bigint, reports jobgrid_engine.report[], free_slots integer)
returns setof jobgrid_engine.answer
language c security definer
set search_path = pg_catalog, pg_temp
set jit = off
set enable_hashjoin = off
set enable_mergejoin = off
set plan_cache_mode = force_generic_plan
as 'MODULE_PATHNAME', 'jobgrid_exchange';
comment on function jobgrid_engine.exchange(bigint, jobgrid_engine.report[], integer)
    is 'An executor reports what happened and gets attempts and orders';
grant execute on function jobgrid_engine.exchange(bigint, jobgrid_engine.report[], integer) to jobgrid_executor;
