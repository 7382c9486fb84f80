-- Lanes and runs name the queue as text, without a foreign key to keep the hot path free of its locks.
create or replace function jobgrid_engine.rename_queue() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    update jobgrid_engine.lane l set queue = new.name where l.queue = old.name;
    perform jobgrid_engine.ring('lanes');
    return null;
end
$$;
comment on function jobgrid_engine.rename_queue() is 'Lets lanes follow the rename of their queue';

create or replace trigger rename_queue after update of name on jobgrid.queue
    for each row when (new.name <> old.name) execute function jobgrid_engine.rename_queue();
