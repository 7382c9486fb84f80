create or replace function jobgrid_engine.calendar_working(calendar text, since date, until date)
returns table (day date, working boolean)
language c volatile security definer set search_path = pg_catalog, pg_temp
as 'MODULE_PATHNAME', 'jobgrid_calendar_working';
comment on function jobgrid_engine.calendar_working(text, date, date) is 'Which days of a calendar are worked';
