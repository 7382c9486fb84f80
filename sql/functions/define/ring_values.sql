-- Who waits for a value is the scheduler's to know: it looks when one has changed.
create or replace function jobgrid_engine.ring_values() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    perform jobgrid_engine.ring('scheduler');
    return null;
end
$$;
comment on function jobgrid_engine.ring_values() is 'Wakes the scheduler when a global value has changed';

create or replace trigger ring_values after insert or update or delete on jobgrid.global_value
    for each row execute function jobgrid_engine.ring_values();
