-- Syntax alone, with the sentence, the text with a caret, and what to write: as the error of parse_condition().
create or replace function jobgrid_engine.require_condition(condition text, semantics text, what text) returns void
language c immutable set search_path = pg_catalog, pg_temp
as 'MODULE_PATHNAME', 'jobgrid_require_condition';
comment on function jobgrid_engine.require_condition(text, text, text) is 'Raises JG003 for a condition that cannot be read';
