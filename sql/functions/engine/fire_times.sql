create or replace function jobgrid_engine.fire_times(
    schedule text, time_zone text, after timestamptz, n integer, calendar text, when_holiday text, when_clock_skips text,
    when_clock_repeats text, seed bigint, valid_from date, valid_until date, until timestamptz)
returns setof jobgrid.schedule_time
language c volatile security definer set search_path = pg_catalog, pg_temp
as 'MODULE_PATHNAME', 'jobgrid_fire_times';
comment on function jobgrid_engine.fire_times(
    text, text, timestamptz, integer, text, text, text, text, bigint, date, date, timestamptz)
    is 'When a schedule fires, with what its text alone does not say';
