-- A team whose role was dropped has no members.
create or replace function jobgrid_engine.actor_teams() returns text[]
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select coalesce(array_agg(t.name), '{}')
    from jobgrid.team t
    join pg_catalog.pg_roles r on r.rolname = t.database_role
    where pg_has_role(jobgrid_engine.actor_role(), r.oid, 'member')
$$;
comment on function jobgrid_engine.actor_teams() is 'Teams whose role the actor is a member of';
grant execute on function jobgrid_engine.actor_teams() to jobgrid_viewer;
