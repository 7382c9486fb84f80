-- The business day that a day belongs to, and what kind of day that is.
create or replace function jobgrid_engine.day_facts(
    calendar text, day date,
    out business_date date, out previous_business_date date, out is_month_end boolean, out is_quarter_end boolean)
language c volatile security definer set search_path = pg_catalog, pg_temp
as 'MODULE_PATHNAME', 'jobgrid_day_facts';
comment on function jobgrid_engine.day_facts(text, date) is 'The business day that a day belongs to; no calendar: every day is one';
