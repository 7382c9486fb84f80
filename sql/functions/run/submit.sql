create or replace function jobgrid.submit(
    job text, parameters jsonb default null, priority text default null, delay interval default null,
    not_before timestamptz default null, business_date date default null, idempotency_key text default null,
    executor text default null, labels jsonb default null, ignore_conditions boolean default false,
    reason text default null, tenant text default null, traceparent text default null)
returns jobgrid.submitted
language c security definer set search_path = pg_catalog, pg_temp
as 'MODULE_PATHNAME', 'jobgrid_submit';
comment on function jobgrid.submit(
    text, jsonb, text, interval, timestamptz, date, text, text, jsonb, boolean, text, text, text)
    is 'Submits a run of a job';
grant execute on function jobgrid.submit(
    text, jsonb, text, interval, timestamptz, date, text, text, jsonb, boolean, text, text, text)
    to jobgrid_submitter, jobgrid_operator, jobgrid_admin;
