-- Claims keep the amounts beside their lanes. An amount below what is taken stops nothing; it lets nothing more start.
create or replace function jobgrid_engine.count_tokens() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    perform jobgrid_engine.ring('lanes');
    return null;
end
$$;
comment on function jobgrid_engine.count_tokens() is 'Lets claims see how many tokens the grid has';

create or replace trigger count_tokens after insert or update or delete on jobgrid.resource
    for each statement execute function jobgrid_engine.count_tokens();
