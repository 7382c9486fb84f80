-- The one rule of who may serve a lane: the claim, the wake-up and why() ask it. What is free at the moment is not part
-- of it, and neither is whether the lane is open.
create or replace view jobgrid_engine.lane_executor as
    select l.lane_id, e.executor_id
    from jobgrid_engine.lane l
    join jobgrid_engine.executor e
      on e.state = 'online'
     and case when l.executor is null then e.pool = l.pool else e.name = l.executor end
     and (e.queue is null or e.queue = l.queue)
     and l.kind = any (e.kinds)
     and l.capabilities <@ e.capabilities
     and (l.site is null or l.site = e.site)
     and l.needs_cpu_milli <= coalesce(round(e.cpus * 1000), 0)
     and l.needs_memory <= coalesce(e.memory, 0)
     and not exists (select from jobgrid_engine.executor_drain d where d.executor_id = e.executor_id)
     and (l.needs_tokens = '{}' or not exists (
          select from jsonb_each(l.needs_tokens) n
          left join jobgrid.resource r on r.name = n.key
          where coalesce(r.amount, (e.tokens -> n.key)::bigint, 0) < n.value::bigint));
comment on view jobgrid_engine.lane_executor is 'Which connected executors may serve which lanes';
