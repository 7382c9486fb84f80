create or replace function jobgrid_engine.record_run(
    job_id integer, outcome text, exit_code integer, message text, result jsonb, at timestamptz, source text, business_date date)
returns bigint
language c security definer set search_path = pg_catalog, pg_temp
as 'MODULE_PATHNAME', 'jobgrid_record_run';
comment on function jobgrid_engine.record_run(integer, text, integer, text, jsonb, timestamptz, text, date)
    is 'Makes a run that has ended, elsewhere';
