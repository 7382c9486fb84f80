-- Who sees every tenant sees what is recorded of those that are gone, too.
create or replace function jobgrid_engine.sees_all() returns boolean
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select pg_has_role(jobgrid_engine.actor_role(), 'jobgrid_admin', 'member')
        or pg_has_role(jobgrid_engine.actor_role(), 'jobgrid_auditor', 'member')
$$;
comment on function jobgrid_engine.sees_all() is 'Whether the actor sees all tenants';
grant execute on function jobgrid_engine.sees_all() to jobgrid_viewer;
