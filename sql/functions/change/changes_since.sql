-- What an undo has made. It is given whether one was applied, so that it looks after that.
create or replace function jobgrid_engine.changes_since(mark bigint, applied boolean) returns setof jobgrid.config_history
language sql volatile security definer set search_path = pg_catalog, pg_temp
as $$
    select h.*
    from jobgrid.config_history h
    where applied and h.change_id > mark and h.transaction = pg_current_xact_id()
    order by h.change_id
$$;
comment on function jobgrid_engine.changes_since(bigint, boolean) is 'Changes that this transaction has made after a change';
grant execute on function jobgrid_engine.changes_since(bigint, boolean) to jobgrid_business, jobgrid_author, jobgrid_admin;
