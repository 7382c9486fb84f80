create or replace function jobgrid_engine.calendar_rule(rule text) returns text[]
language c strict volatile set search_path = pg_catalog, pg_temp
as 'MODULE_PATHNAME', 'jobgrid_calendar_rule';
comment on function jobgrid_engine.calendar_rule(text) is 'The calendars that a rule refers to; raises for one that is none';
