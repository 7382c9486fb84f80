-- The changes that an undo takes back, the last first. Raises JG001 and JG003.
create or replace function jobgrid_engine.changes_to_undo(change bigint, reason text, whole_transaction boolean)
returns setof bigint
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    target jobgrid_engine.config_change := jobgrid_engine.find_change(change);
begin
    if coalesce(btrim(changes_to_undo.reason), '') = '' then
        raise exception using errcode = 'JG003',
            message = 'undo_change needs a reason',
            hint = format('SELECT * FROM jobgrid.undo_change(%s, ''it was for another job'');', target.change_id);
    end if;
    return query
        select c.change_id
        from jobgrid_engine.config_change c
        where c.xid = target.xid and c.began_at = target.began_at
          and case when changes_to_undo.whole_transaction then not jobgrid_engine.follows_rename(c)
                   else c.change_id = target.change_id end
        order by c.change_id desc;
end
$$;
comment on function jobgrid_engine.changes_to_undo(bigint, text, boolean) is 'The changes that an undo takes back';
grant execute on function jobgrid_engine.changes_to_undo(bigint, text, boolean)
    to jobgrid_business, jobgrid_author, jobgrid_admin;
