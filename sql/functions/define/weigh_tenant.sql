-- Claims keep the weights of tenants beside their lanes.
create or replace function jobgrid_engine.weigh_tenant() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    perform jobgrid_engine.ring('lanes');
    return null;
end
$$;
comment on function jobgrid_engine.weigh_tenant() is 'Lets claims see a tenant''s new weight';

create or replace trigger weigh_tenant after update of weight on jobgrid.tenant
    for each row when (new.weight <> old.weight) execute function jobgrid_engine.weigh_tenant();
