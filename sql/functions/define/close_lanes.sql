-- However a queue is paused, its lanes close in the same commit: closing is what stops claims. The stamps say who did
-- it. A queue that is made again finds the lanes of the one before; so does one of a dump, as they should be.
create or replace function jobgrid_engine.close_lanes() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    perform jobgrid_engine.settle_lanes(waits => true);
    perform jobgrid_engine.ring('dispatcher');
    -- It starts workflows, which no executor claims.
    perform jobgrid_engine.ring('scheduler');
    return null;
end
$$;
comment on function jobgrid_engine.close_lanes() is 'Closes the lanes of a paused queue and opens them again';

create or replace trigger close_lanes_again after insert or delete on jobgrid.queue
    for each row execute function jobgrid_engine.close_lanes();
create or replace trigger close_lanes after update of paused on jobgrid.queue
    for each row when (new.paused <> old.paused) execute function jobgrid_engine.close_lanes();
