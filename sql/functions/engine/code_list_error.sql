create or replace function jobgrid_engine.code_list_error(codes text) returns text
language c immutable strict set search_path = pg_catalog, pg_temp
as 'MODULE_PATHNAME', 'jobgrid_code_list_error';
comment on function jobgrid_engine.code_list_error(text)
    is 'What is wrong with a list of exit codes such as 0,4,8-11; null when nothing is';
