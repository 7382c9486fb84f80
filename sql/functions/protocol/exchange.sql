-- The hot path. Its tables are empty at one moment and full at the next, so that no statistics are right for long: each
-- statement names its rows by id (an index scan) and hashes them with what it was given. Other ideas are switched off.
create or replace function jobgrid_engine.exchange(request bigint, reports jobgrid_engine.report[], free_slots integer)
returns setof jobgrid_engine.answer
language c security definer
set search_path = pg_catalog, pg_temp
set jit = off
set enable_seqscan = off
set enable_bitmapscan = off
set enable_nestloop = off
set enable_mergejoin = off
set plan_cache_mode = force_generic_plan
as 'MODULE_PATHNAME', 'jobgrid_exchange';
comment on function jobgrid_engine.exchange(bigint, jobgrid_engine.report[], integer)
    is 'An executor reports what happened and gets attempts and orders';
grant execute on function jobgrid_engine.exchange(bigint, jobgrid_engine.report[], integer) to jobgrid_executor;
