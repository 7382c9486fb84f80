-- The executor that is to drain or to resume. It works for every tenant, so that it takes somebody who sees all; one that
-- is bound to a tenant's queue, somebody who sees that tenant.
create or replace function jobgrid_engine.find_executor(name text) returns integer
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    visible text[] := jobgrid_engine.visible_tenant_names();
    found_executor jobgrid_engine.executor;
    near    text;
begin
    select * into found_executor from jobgrid_engine.executor e where e.name = find_executor.name;
    if not found then
        near := jobgrid_engine.closest(find_executor.name, array(select e.name from jobgrid_engine.executor e));
        raise exception using errcode = 'JG001',
            message = format('executor "%s" does not exist', jobgrid_engine.clip(find_executor.name)),
            hint = case when near is null then 'List executors with: SELECT executor, state FROM jobgrid.executor;'
                        else format('Did you mean "%s"?', near) end;
    elsif exists (select from jobgrid.tenant t where t.name <> all (visible))
          and not exists (select from jobgrid.queue q where q.name = found_executor.queue and q.tenant = any (visible)) then
        raise exception using errcode = 'JG004',
            message = format('permission denied for executor "%s"', found_executor.name),
            detail = 'It works for every tenant, and there are tenants that you do not see.',
            hint = 'Ask an admin.';
    end if;
    return found_executor.executor_id;
end
$$;
comment on function jobgrid_engine.find_executor(text) is 'The executor that is to drain or to resume';
