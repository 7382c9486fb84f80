-- Runs an undo's statement as the caller: his grants and row-level security decide, and the triggers check. It names nothing
-- of jobgrid_engine, where the caller has no rights. The reason is the session's again when the function has ended.
create or replace function jobgrid_engine.apply_undo(change bigint, statement text, reason text) returns boolean
language plpgsql volatile set search_path = pg_catalog, pg_temp set jobgrid.change_reason = ''
as $$
declare
    changed bigint;
    newest  bigint;
begin
    if statement is null then
        return false;
    end if;
    perform set_config('jobgrid.change_reason', reason, true);
    select max(p.edit) into newest from jobgrid.proposed_edit p;
    execute statement;
    get diagnostics changed = row_count;
    -- A row that is inserted or deleted when somebody has approved it counts as none.
    if changed = 0 and exists (select from jobgrid.proposed_edit p join jobgrid.change_set c using (change_set)
                               where p.edit > coalesce(newest, 0) and c.proposed_by in (session_user, current_user)) then
        return false;
    elsif changed = 0 then
        raise exception using errcode = 'JG004',
            message = format('permission denied to undo change %s', change),
            detail = 'An undo is an edit, and this row is not yours to edit.',
            hint = format('See whose it is with: SELECT tenant, table_name, key FROM jobgrid.config_history '
                          'WHERE change_id = %s;', change);
    end if;
    return true;
end
$$;
comment on function jobgrid_engine.apply_undo(bigint, text, text) is 'Runs the statement of an undo as the caller';
grant execute on function jobgrid_engine.apply_undo(bigint, text, text) to jobgrid_business, jobgrid_author, jobgrid_admin;
