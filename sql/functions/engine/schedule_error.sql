create or replace function jobgrid_engine.schedule_error(
    schedule text, time_zone text, calendar text, out message text, out hint text)
returns record
language c volatile set search_path = pg_catalog, pg_temp
as 'MODULE_PATHNAME', 'jobgrid_schedule_error';
comment on function jobgrid_engine.schedule_error(text, text, text)
    is 'What is wrong with a schedule, with its zone and calendar; nulls where nothing is';
