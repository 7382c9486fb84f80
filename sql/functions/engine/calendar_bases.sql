-- A calendar and all that it is based on, however far.
create or replace function jobgrid_engine.calendar_bases(calendar text) returns setof text
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    with recursive bases (name) as (
        select calendar_bases.calendar
        union
        select b.name from bases k join jobgrid.calendar c on c.name = k.name cross join unnest(c.based_on) b (name))
    select name from bases
$$;
comment on function jobgrid_engine.calendar_bases(text) is 'A calendar and all that it is based on';
grant execute on function jobgrid_engine.calendar_bases(text) to jobgrid_viewer;
