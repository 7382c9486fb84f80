create or replace function jobgrid_engine.ics_days(ics text, since date, until date)
returns table (day date, label text, line integer)
language c volatile set search_path = pg_catalog, pg_temp
as 'MODULE_PATHNAME', 'jobgrid_ics_days';
comment on function jobgrid_engine.ics_days(text, date, date) is 'The days of an iCalendar file';
grant execute on function jobgrid_engine.ics_days(text, date, date) to jobgrid_business, jobgrid_admin;
