create or replace function jobgrid_engine.later_epoch() returns integer
language c volatile security definer set search_path = pg_catalog, pg_temp
as 'MODULE_PATHNAME', 'jobgrid_later_epoch';
comment on function jobgrid_engine.later_epoch()
    is 'The latest epoch that an executor has shown and this database has not come to; null: none';
