-- The tenant that is meant: the one named; for who sees one only, that; else "default". Who cannot see a tenant is told
-- what he is told of one that is not there.
create or replace function jobgrid_engine.tenant_for(tenant text) returns text
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    visible text[] := jobgrid_engine.visible_tenant_names();
    near    text;
begin
    if tenant_for.tenant is null then
        if cardinality(visible) = 1 then
            return visible[1];
        elsif 'default' = any (visible) then
            return 'default';
        elsif cardinality(visible) = 0 then
            raise exception using errcode = 'JG004',
                message = format('role %I belongs to no team and sees no tenant', jobgrid_engine.actor_role()),
                hint = 'Ask an admin to grant the role of a team (table jobgrid.team).';
        end if;
        raise exception using errcode = 'JG003',
            message = 'several tenants could be meant',
            detail = format('You see %s.', array_to_string(visible, ', ')),
            hint = format('Add tenant => %L.', visible[1]);
    elsif tenant_for.tenant <> all (visible) then
        near := jobgrid_engine.closest(tenant_for.tenant, visible);
        raise exception using errcode = 'JG001',
            message = format('tenant "%s" does not exist', jobgrid_engine.clip(tenant_for.tenant)),
            hint = case when near is null then 'List tenants with: SELECT name FROM jobgrid.tenant;'
                        else format('Did you mean "%s"?', near) end;
    end if;
    return tenant_for.tenant;
end
$$;
comment on function jobgrid_engine.tenant_for(text) is 'The tenant that is meant; raises JG001 or JG003';
grant execute on function jobgrid_engine.tenant_for(text) to jobgrid_business, jobgrid_author, jobgrid_admin;
