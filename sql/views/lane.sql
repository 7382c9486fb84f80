create or replace view jobgrid.lane with (security_barrier) as
    select l.lane_id as lane, l.queue, t.name as tenant, l.kind, l.pool, l.capabilities, l.site, l.executor,
           nullif(trim_scale(l.needs_cpu_milli / 1000.0), 0) as needs_cpus,
           jobgrid_engine.size_words(nullif(l.needs_memory, 0)) as needs_memory,
           nullif(l.needs_tokens, '{}') as needs_tokens, l.open, l.closed_reason, l.closed_since,
           (select count(*) from jobgrid_engine.ready r where r.lane_id = l.lane_id) as queued
    from jobgrid_engine.lane l
    join jobgrid.tenant t on t.tenant_id = l.tenant_id
    where l.tenant_id = any ((select jobgrid_engine.visible_tenants())::integer[]);
comment on view jobgrid.lane is 'Where queued runs wait: open or closed, and why';
