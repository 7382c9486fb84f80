-- Authors write schedules for jobs of their teams alone: who has one team in the tenant means that one. Admins need none.
create or replace function jobgrid_engine.import_team(tenant text, owner_team text) returns text
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select coalesce(import_team.owner_team,
        (select min(t.name) from jobgrid.team t
         where t.tenant = import_team.tenant and t.name = any (jobgrid_engine.actor_teams())
           and not jobgrid_engine.sees_all()
         having count(*) = 1))
$$;
comment on function jobgrid_engine.import_team(text, text) is 'The team that gets what is imported';
grant execute on function jobgrid_engine.import_team(text, text) to jobgrid_author, jobgrid_admin;
