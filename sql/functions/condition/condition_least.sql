create or replace function jobgrid_engine.condition_least(condition text, semantics text) returns integer
language c immutable strict set search_path = pg_catalog, pg_temp
as 'MODULE_PATHNAME', 'jobgrid_condition_least';
comment on function jobgrid_engine.condition_least(text, text)
    is 'How many of its atoms, whichever, make a condition true; null where counting them is not enough';
