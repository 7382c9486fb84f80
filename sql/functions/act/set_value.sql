-- An act, not an edit: jobs set values as they run, and no ticket is there to be named. What is waited for by name is not
-- made by a name that is mistyped: the row has to be there.
create or replace function jobgrid.set_value(name text, value text, tenant text default null) returns jobgrid.global_value
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    visible  text[] := jobgrid_engine.visible_tenant_names();
    found_in text[];
    target   jobgrid.global_value;
    near     text;
begin
    if set_value.tenant is not null then
        visible := array[jobgrid_engine.tenant_for(set_value.tenant)];
    end if;
    select array_agg(v.tenant order by v.tenant) into found_in
    from jobgrid.global_value v where v.name = set_value.name and v.tenant = any (visible);
    if cardinality(found_in) > 1 then
        raise exception using errcode = 'JG003',
            message = format('global value "%s" exists in several tenants', set_value.name),
            detail = format('They are %s.', array_to_string(found_in, ', ')),
            hint = format('Add tenant => %L.', found_in[1]);
    end if;
    select * into target from jobgrid.global_value v
    where v.tenant = found_in[1] and v.name = set_value.name for update;
    if not found then
        near := jobgrid_engine.closest(set_value.name, array(select v.name from jobgrid.global_value v where v.tenant = any (visible)));
        raise exception using errcode = 'JG001',
            message = format('global value "%s" does not exist', jobgrid_engine.clip(set_value.name)),
            hint = case when near is null then 'List them with: SELECT tenant, name, description FROM jobgrid.global_value;'
                        else format('Did you mean "%s"?', near) end;
    end if;
    if not pg_has_role(jobgrid_engine.actor_role(), 'jobgrid_operator', 'member')
       and not pg_has_role(jobgrid_engine.actor_role(), 'jobgrid_admin', 'member')
       and (target.owner_team = any (jobgrid_engine.actor_teams())) is not true then
        raise exception using errcode = 'JG004',
            message = format('permission denied to set global value "%s"', target.name),
            detail = 'A value is set by the business of its owner team, by operators and by admins.',
            hint = format('See whose it is with: SELECT owner_team, description FROM jobgrid.global_value WHERE tenant = %L AND name = %L;',
                          target.tenant, target.name);
    end if;
    if set_value.value is null then
        raise exception using errcode = 'JG003',
            message = format('global value "%s" cannot be null', target.name),
            hint = format('SELECT jobgrid.set_value(%L, '''');', target.name);
    end if;
    update jobgrid.global_value v set value = set_value.value
    where v.tenant = target.tenant and v.name = target.name
    returning v.* into target;
    return target;
end
$$;
comment on function jobgrid.set_value(text, text, text) is 'Sets a value that jobs and people share';
grant execute on function jobgrid.set_value(text, text, text) to jobgrid_business, jobgrid_operator, jobgrid_admin;
