-- Change by change: each is looked at when the one before is undone, which may have taken it back already. Only the middle
-- step is the caller's own. A body that is parsed now needs no rights on jobgrid_engine when it is called.
create or replace function jobgrid.undo_change(change bigint, reason text, whole_transaction boolean default false)
returns setof jobgrid.config_history
language sql volatile set search_path = pg_catalog, pg_temp
begin atomic
    select h.*
    from jobgrid_engine.changes_to_undo(undo_change.change, undo_change.reason, undo_change.whole_transaction) u (change_id)
    cross join lateral jobgrid_engine.undo_statement(u.change_id) s
    cross join lateral jobgrid_engine.apply_undo(u.change_id, s.statement, undo_change.reason) a (applied)
    cross join lateral jobgrid_engine.changes_since(s.mark, a.applied) h;
end;
comment on function jobgrid.undo_change(bigint, text, boolean)
    is 'Takes back a change of the configuration, or its whole transaction';
grant execute on function jobgrid.undo_change(bigint, text, boolean) to jobgrid_business, jobgrid_author, jobgrid_admin;
