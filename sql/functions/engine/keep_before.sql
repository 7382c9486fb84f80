create or replace function jobgrid_engine.keep_before(schedule_ids integer[], until_at timestamptz) returns void
language c strict volatile set search_path = pg_catalog, pg_temp
as 'MODULE_PATHNAME', 'jobgrid_keep_before';
comment on function jobgrid_engine.keep_before(integer[], timestamptz) is
    'Keeps what schedules say to everybody else, where fires up to a moment are still to be decided';
