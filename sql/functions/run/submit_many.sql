create or replace function jobgrid.submit_many(
    job text, parameters jsonb[] default null, count integer default null, priority text default null,
    delay interval default null, business_date date default null, labels jsonb default null, tenant text default null)
returns setof jobgrid.submitted
language c security definer set search_path = pg_catalog, pg_temp
as 'MODULE_PATHNAME', 'jobgrid_submit_many';
comment on function jobgrid.submit_many(text, jsonb[], integer, text, interval, date, jsonb, text)
    is 'Submits one run per element of parameters, or count runs';
grant execute on function jobgrid.submit_many(text, jsonb[], integer, text, interval, date, jsonb, text)
    to jobgrid_submitter, jobgrid_operator, jobgrid_admin;
