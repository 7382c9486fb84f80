-- Called as (select jobgrid_engine.visible_tenants()), so that it runs once a statement.
create or replace function jobgrid_engine.visible_tenants() returns integer[]
language c stable security definer set search_path = pg_catalog, pg_temp
as 'MODULE_PATHNAME', 'jobgrid_visible_tenants';
comment on function jobgrid_engine.visible_tenants() is 'Tenants whose rows the actor may see';
grant execute on function jobgrid_engine.visible_tenants() to jobgrid_viewer;
