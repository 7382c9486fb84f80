-- Executors serve all tenants, so that everybody sees them. What they run is only counted.
create or replace view jobgrid.executor with (security_barrier) as
    select e.name as executor,
           -- Without a slot in shared memory it has not been heard of since the server started.
           case when d.executor_id is not null and held.runs = 0 and not exists (
                         select from jobgrid_engine.parked p
                         where p.executor_id = e.executor_id and p.state = 'unknown' and p.reason = 'unkillable')
                     then 'maintenance'
                when e.state <> 'online' then e.state when s.suspect is not false then 'suspect'
                when d.executor_id is not null then 'draining'
                when trouble.text is not null then 'error' when s.free_slots = 0 then 'busy' else e.state end as state,
           trouble.text as problem,
           e.pool, e.queue, e.site, e.capabilities, e.kinds, e.slots,
           -- What it says of itself is not more than it has.
           case when s.free_slots > e.slots then e.slots else s.free_slots end as free_slots,
           held.runs as running,
           e.cpus, e.memory, e.tokens, e.version, e.host, s.last_seen, e.connected_at, e.info,
           d.since as drained_since, d.by_role as drained_by, d.reason as drain_reason, d.deadline as drain_deadline
    from jobgrid_engine.executor e
    left join jobgrid_engine.executor_stat() s on s.executor_id = e.executor_id
    left join jobgrid_engine.executor_drain d on d.executor_id = e.executor_id
    cross join lateral (
        select count(*) from jobgrid_engine.lease l where l.executor_id = e.executor_id) held (runs)
    left join jobgrid.pool p on p.name = e.pool
    left join jobgrid.queue q on q.name = e.queue
    cross join lateral (values (nullif(concat_ws('; ', s.problem,
        case when p.name is null then format('pool "%s" does not exist: no job can name it', e.pool) end,
        case when e.queue is not null and q.name is null then
             format('queue "%s" does not exist: no job can be in it', e.queue) end), ''))) trouble (text);
comment on view jobgrid.executor is 'Executors, what they offer and what they have free';
