create or replace function jobgrid_engine.set_clock(moment timestamptz) returns void
language c strict volatile set search_path = pg_catalog, pg_temp
as 'MODULE_PATHNAME', 'jobgrid_set_clock';
comment on function jobgrid_engine.set_clock(timestamptz) is 'Sets a virtual clock';
