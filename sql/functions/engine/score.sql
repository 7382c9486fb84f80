create or replace function jobgrid_engine.score(
    profile text, cpu real, memory real, load real, capability real, success real, response real)
returns real
language c immutable set search_path = pg_catalog, pg_temp
as 'MODULE_PATHNAME', 'jobgrid_score';
comment on function jobgrid_engine.score(text, real, real, real, real, real, real)
    is 'How good a place an executor is, from 0 to 1: by profile balanced or responsive';
grant execute on function jobgrid_engine.score(text, real, real, real, real, real, real) to jobgrid_viewer;
