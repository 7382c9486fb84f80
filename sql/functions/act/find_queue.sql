-- The queue that is to be paused or resumed. A shared one belongs to every tenant, so that it takes somebody who sees
-- all.
create or replace function jobgrid_engine.find_queue(name text) returns jobgrid.queue
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    visible text[] := jobgrid_engine.visible_tenant_names();
    result  jobgrid.queue;
    near    text;
begin
    select * into result from jobgrid.queue q
    where q.name = find_queue.name and (q.tenant is null or q.tenant = any (visible))
    for update;
    if not found then
        near := jobgrid_engine.closest(find_queue.name, array(
            select q.name from jobgrid.queue q where q.tenant is null or q.tenant = any (visible)));
        raise exception using errcode = 'JG001',
            message = format('queue "%s" does not exist', jobgrid_engine.clip(find_queue.name)),
            hint = case when near is null then 'List queues with: SELECT name FROM jobgrid.queue;'
                        else format('Did you mean "%s"?', near) end;
    elsif result.tenant is null and exists (select from jobgrid.tenant t where t.name <> all (visible)) then
        raise exception using errcode = 'JG004',
            message = format('permission denied for queue "%s"', result.name),
            detail = 'It is shared, and there are tenants that you do not see.',
            hint = 'Ask an admin, or hold jobs of your own with jobgrid.hold(job => ...).';
    end if;
    return result;
end
$$;
comment on function jobgrid_engine.find_queue(text) is 'Locks the queue that is to be paused or resumed';
