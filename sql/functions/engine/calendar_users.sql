-- A calendar and all that are based on it, however far.
create or replace function jobgrid_engine.calendar_users(calendar text) returns setof text
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    with recursive users (name) as (
        select calendar_users.calendar
        union
        select c.name from users u join jobgrid.calendar c on c.based_on @> array[u.name])
    select name from users
$$;
comment on function jobgrid_engine.calendar_users(text) is 'A calendar and all that are based on it';
