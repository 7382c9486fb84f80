-- Puts an edit into a change set. A row has one: a second update goes on from the first, and what is deleted is not updated
-- before. Returns its number.
create or replace function jobgrid_engine.propose(
    owner bigint, table_name text, key jsonb, operation text, old jsonb, new jsonb) returns bigint
language plpgsql volatile set search_path = pg_catalog, pg_temp
as $$
declare
    result bigint;
begin
    -- Its row is locked: open_change_set().
    update jobgrid_engine.change_set c set version = c.version + 1 where c.change_set = owner;
    if propose.operation = 'update' then
        update jobgrid_engine.proposal p set old = propose.old || p.old, new = p.new || propose.new, xid = pg_current_xact_id()
        where p.change_set = owner and p.table_name = propose.table_name and p.key = propose.key and p.operation = 'update'
        returning p.edit into result;
        if found then
            return result;
        end if;
    end if;
    if propose.operation <> 'insert' then
        delete from jobgrid_engine.proposal p
        where p.change_set = owner and p.table_name = propose.table_name and p.key = propose.key and p.operation <> 'insert';
    end if;
    insert into jobgrid_engine.proposal (change_set, table_name, key, operation, old, new)
    values (owner, propose.table_name, propose.key, propose.operation, propose.old, propose.new)
    returning edit into result;
    return result;
end
$$;
comment on function jobgrid_engine.propose(bigint, text, jsonb, text, jsonb, jsonb) is 'Puts an edit into a change set';
