create or replace function jobgrid_engine.text_holds(actual text, compare "char", wanted text) returns "char"
language c immutable set search_path = pg_catalog, pg_temp
as 'MODULE_PATHNAME', 'jobgrid_text_holds';
comment on function jobgrid_engine.text_holds(text, "char", text)
    is 'Compares a value or a result: t or f; what is not there is f';
