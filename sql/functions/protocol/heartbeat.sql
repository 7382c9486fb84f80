create or replace function jobgrid_engine.heartbeat(
    free_slots integer, cpu real default null, memory real default null, load real default null,
    problem text default null)
returns boolean
language c security definer set search_path = pg_catalog, pg_temp
as 'MODULE_PATHNAME', 'jobgrid_heartbeat';
comment on function jobgrid_engine.heartbeat(integer, real, real, real, text)
    is 'Renews an executor''s lease; true when orders wait';
grant execute on function jobgrid_engine.heartbeat(integer, real, real, real, text) to jobgrid_executor;
