-- Who acts: session_user, or the role that a gateway's session has set. Definer functions must not ask current_user.
create or replace function jobgrid_engine.actor_role() returns name
language c stable security definer set search_path = pg_catalog, pg_temp
as 'MODULE_PATHNAME', 'jobgrid_actor_role';
comment on function jobgrid_engine.actor_role() is 'The role whose privileges count';
grant execute on function jobgrid_engine.actor_role() to jobgrid_viewer;
