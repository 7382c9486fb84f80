create or replace function jobgrid_engine.applied_role() returns name
language c volatile set search_path = pg_catalog, pg_temp
as 'MODULE_PATHNAME', 'jobgrid_applied_role';
comment on function jobgrid_engine.applied_role()
    is 'With whose privileges the proposed edit is made that is being made; null: the edit is the session''s own';
