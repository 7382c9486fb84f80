-- The last order counts; since when the executor drains stays. What was told to stop at an earlier deadline stops.
create or replace function jobgrid.drain_executor(
    executor text, deadline interval default null, reason text default null)
returns jobgrid.executor
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    target integer := jobgrid_engine.find_executor(executor);
    result jobgrid.executor;
begin
    if drain_executor.deadline < interval '0' then
        raise exception using errcode = 'JG003',
            message = format('a deadline lies ahead: %s does not', drain_executor.deadline),
            hint = format('SELECT * FROM jobgrid.drain_executor(%L, deadline => ''10 minutes'');', executor);
    end if;
    insert into jobgrid_engine.executor_drain as d (executor_id, since, by_role, reason, deadline)
    values (target, clock_timestamp(), jobgrid_engine.actor_role(), drain_executor.reason,
            clock_timestamp() + drain_executor.deadline)
    on conflict (executor_id) do update
    set by_role = excluded.by_role, reason = excluded.reason, deadline = excluded.deadline;
    perform jobgrid_engine.ring('lanes');
    perform jobgrid_engine.ring('scheduler');
    select * into result from jobgrid.executor v where v.executor = drain_executor.executor;
    return result;
end
$$;
comment on function jobgrid.drain_executor(text, interval, text)
    is 'Lets an executor claim nothing more; at the deadline what still runs there is stopped';
grant execute on function jobgrid.drain_executor(text, interval, text) to jobgrid_operator, jobgrid_admin;
