create or replace function jobgrid_engine.write_output(chunks jobgrid_engine.chunk[])
returns setof jobgrid_engine.attempt_key
language c security definer set search_path = pg_catalog, pg_temp
as 'MODULE_PATHNAME', 'jobgrid_write_output';
comment on function jobgrid_engine.write_output(jobgrid_engine.chunk[])
    is 'Stores output of attempts; returns the attempts whose fence was not current';
grant execute on function jobgrid_engine.write_output(jobgrid_engine.chunk[]) to jobgrid_executor;
