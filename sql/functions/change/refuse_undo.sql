-- Raises what stands in an undo's way: the change that came later, with who made it and what to do about it.
create or replace function jobgrid_engine.refuse_undo(
    change jobgrid_engine.config_change, why text, culprit jobgrid_engine.config_change, instead text)
returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp
as $$
begin
    raise exception using errcode = 'JG002',
        message = format('change %s of %s %s cannot be undone: %s', change.change_id, change.table_name, change.key, why),
        detail = case when culprit.change_id is null then 'The history does not know by whom.'
                 else format('Change %s by "%s" at %s: %s%s.', culprit.change_id, culprit.by_role, culprit.at,
                             culprit.operation,
                             (select ' of ' || string_agg(c.name, ', ') from jsonb_object_keys(culprit.new) c (name)
                              where culprit.operation = 'update')) end,
        hint = case when culprit.change_id is null then instead
               else format('Undo that first with: SELECT * FROM jobgrid.undo_change(%s, ''why''); or %s',
                           culprit.change_id, instead) end;
end
$$;
comment on function jobgrid_engine.refuse_undo(jobgrid_engine.config_change, text, jobgrid_engine.config_change, text)
    is 'Raises JG002 with the change that stands in an undo''s way';
