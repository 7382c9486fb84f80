-- Who waits for a value is the scheduler's to know: it is told which have changed.
create or replace function jobgrid_engine.ring_values() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    if tg_op <> 'INSERT' then
        insert into jobgrid_engine.condition_news (what, id) values ('v', jobgrid_engine.value_key(old.tenant, old.name));
    end if;
    if tg_op <> 'DELETE' then
        insert into jobgrid_engine.condition_news (what, id) values ('v', jobgrid_engine.value_key(new.tenant, new.name));
    end if;
    perform jobgrid_engine.ring('scheduler');
    return null;
end
$$;
comment on function jobgrid_engine.ring_values() is 'Wakes the scheduler when a global value has changed';

create or replace trigger ring_values after insert or update or delete on jobgrid.global_value
    for each row execute function jobgrid_engine.ring_values();
