-- A change set that the caller may see, locked. Raises JG001.
create or replace function jobgrid_engine.find_change_set(wanted bigint) returns jobgrid_engine.change_set
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    result jobgrid_engine.change_set;
begin
    select * into result from jobgrid_engine.change_set c
    where c.change_set = wanted and c.tenant_id = any (jobgrid_engine.visible_tenants())
    for update;
    if not found then
        raise exception using errcode = 'JG001',
            message = case when wanted is null then 'no change set is given' else format('change set %s does not exist', wanted) end,
            hint = 'SELECT change_set, state, ticket, proposed_by FROM jobgrid.change_set;';
    end if;
    return result;
end
$$;
comment on function jobgrid_engine.find_change_set(bigint) is 'A change set that the caller may see, locked; raises JG001';
