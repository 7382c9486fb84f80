-- Claims keep beside their lanes how much each tenant weighs and how many tokens the grid has. An amount below what is taken
-- stops nothing; it lets nothing more start.
create or replace function jobgrid_engine.ring_lanes() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    perform jobgrid_engine.ring('lanes');
    return null;
end
$$;
comment on function jobgrid_engine.ring_lanes() is 'Lets claims see a tenant''s new weight, or how many tokens the grid has';

create or replace trigger weigh_tenant after update of weight on jobgrid.tenant
    for each row when (new.weight <> old.weight) execute function jobgrid_engine.ring_lanes();
create or replace trigger count_tokens after insert or update or delete on jobgrid.resource
    for each statement execute function jobgrid_engine.ring_lanes();
