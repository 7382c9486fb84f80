-- Running attempts and how far they are. Where a job says nothing, only what its executor measures is there.
create or replace view jobgrid.stat_progress with (security_barrier) as
    select l.run_id, j.full_name as job, t.name as tenant, e.name as executor, l.attempt, l.state, p.percent, p.step,
           l.started_at, clock_timestamp() - l.started_at as run_time,
           case when p.percent > 0 then l.started_at + (p.updated_at - l.started_at) * (100 / p.percent) end as expected_end,
           p.cpu_us * interval '1 microsecond' as cpu_time, p.rss_kb, p.updated_at
    from jobgrid_engine.lease l
    join jobgrid.job j on j.job_id = l.job_id
    join jobgrid.tenant t on t.tenant_id = l.tenant_id
    left join jobgrid_engine.executor e on e.executor_id = l.executor_id
    left join jobgrid_engine.progress p on p.run_id = l.run_id and p.attempt = l.attempt
    where l.tenant_id = any ((select jobgrid_engine.visible_tenants())::integer[]);
comment on view jobgrid.stat_progress is 'Running attempts and how far they are';
