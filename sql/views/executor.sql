-- Executors serve all tenants, so that everybody sees them. What they run is only counted.
create or replace view jobgrid.executor with (security_barrier) as
    select e.name as executor,
           -- Without a slot in shared memory it has not been heard of since the server started.
           case when e.state <> 'online' then e.state when s.suspect is not false then 'suspect'
                when s.problem is not null then 'error' else e.state end as state,
           nullif(concat_ws('; ', s.problem,
               case when p.name is null then format('pool "%s" does not exist: no job can name it', e.pool) end), '') as problem,
           e.pool, e.site, e.capabilities, e.kinds, e.slots,
           -- What it says of itself is not more than it has.
           case when s.free_slots > e.slots then e.slots else s.free_slots end as free_slots,
           (select count(*) from jobgrid_engine.lease l where l.executor_id = e.executor_id) as running,
           e.version, e.host, s.last_seen, e.connected_at, e.info
    from jobgrid_engine.executor e
    left join jobgrid_engine.executor_stat() s on s.executor_id = e.executor_id
    left join jobgrid.pool p on p.name = e.pool;
comment on view jobgrid.executor is 'Executors and what they have free';
