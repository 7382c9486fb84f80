-- Executors serve all tenants, so that everybody sees them. What they run is only counted.
create or replace view jobgrid.executor with (security_barrier) as
    select e.name as executor,
           case when e.state = 'online' and s.suspect then 'suspect' when e.state = 'online' and s.problem is not null
                then 'error' else e.state end as state,
           s.problem,
           e.pool, e.site, e.capabilities, e.kinds, e.slots, s.free_slots,
           (select count(*) from jobgrid_engine.lease l where l.executor_id = e.executor_id) as running,
           e.version, e.host, s.last_seen, e.connected_at, e.info
    from jobgrid_engine.executor e
    left join jobgrid_engine.executor_stat() s on s.executor_id = e.executor_id;
comment on view jobgrid.executor is 'Executors and what they have free';
