-- Executors serve all tenants, so that everybody sees them. What they run is only counted.
create or replace view jobgrid.executor with (security_barrier) as
    select e.name as executor,
           case when e.state = 'offline' then 'offline'
                when coalesce(s.suspect, true) then 'suspect'
                when coalesce(s.problem, lacking.queue) is not null then 'error'
                when s.free_slots = 0 then 'busy'
                else 'online' end as state,
           coalesce(s.problem, lacking.queue) as problem,
           e.pool, e.queue, e.site, e.capabilities, e.kinds, e.slots, s.free_slots,
           (select count(*) from jobgrid_engine.lease l where l.executor_id = e.executor_id) as running,
           e.cpus, e.memory, e.tokens, e.version, e.host, s.last_seen, e.connected_at, e.info
    from jobgrid_engine.executor e
    left join jobgrid_engine.executor_stat() s on s.executor_id = e.executor_id
    cross join lateral (
        select case when e.queue is not null and not exists (select from jobgrid.queue q where q.name = e.queue)
                    then format('queue "%s" does not exist', e.queue) end) lacking (queue);
comment on view jobgrid.executor is 'Executors, what they offer and what they have free';
