create or replace function jobgrid_engine.compare_starts(since timestamptz, until timestamptz, n integer)
returns table (what text, tenant text, job text, schedule text, was timestamptz, becomes timestamptz, detail text)
language c volatile set search_path = pg_catalog, pg_temp
as 'MODULE_PATHNAME', 'jobgrid_compare_starts';
comment on function jobgrid_engine.compare_starts(timestamptz, timestamptz, integer)
    is 'How the edits of this transaction change when schedules start their jobs';
