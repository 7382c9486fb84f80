-- A change the actor may see. Raises JG001.
create or replace function jobgrid_engine.find_change(change bigint) returns jobgrid_engine.config_change
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    result jobgrid_engine.config_change;
begin
    select c.* into result
    from jobgrid_engine.config_change c join jobgrid.config_history h using (change_id)
    where c.change_id = find_change.change;
    if not found then
        raise exception using errcode = 'JG001',
            message = format('change %s does not exist', coalesce(find_change.change::text, 'null')),
            hint = 'SELECT change_id, at, changed_by, key FROM jobgrid.config_history ORDER BY change_id DESC LIMIT 20;';
    end if;
    return result;
end
$$;
comment on function jobgrid_engine.find_change(bigint) is 'A change the actor may see; raises JG001';
