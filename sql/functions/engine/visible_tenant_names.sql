-- visible_tenants() for tables that name the tenant; called under a scalar sub-select, as that one.
create or replace function jobgrid_engine.visible_tenant_names() returns text[]
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select coalesce(array_agg(t.name), '{}')
    from jobgrid.tenant t
    where t.tenant_id = any ((select jobgrid_engine.visible_tenants())::integer[])
$$;
comment on function jobgrid_engine.visible_tenant_names() is 'Names of the tenants whose rows the actor may see';
grant execute on function jobgrid_engine.visible_tenant_names() to jobgrid_viewer;
