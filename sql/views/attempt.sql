-- Tries of runs; the one at work is still a row of lease, and one that nobody can tell about is in parked.
create or replace view jobgrid.attempt with (security_barrier) as
    select a.run_id, j.full_name as job, t.name as tenant, a.attempt, a.state, a.reason, e.name as executor, a.exit_code,
           a.signal, a.decided_by, a.message, a.claimed_at, a.started_at, a.finished_at,
           a.finished_at - a.started_at as run_time, a.cpu_us * interval '1 microsecond' as cpu_time, a.max_rss_kb,
           a.version
    from jobgrid_engine.any_attempt a
    join jobgrid_engine.any_run r on r.run_id = a.run_id and r.keep_until = a.keep_until
    join jobgrid.job j on j.job_id = r.job_id
    join jobgrid.tenant t on t.tenant_id = r.tenant_id
    left join jobgrid_engine.executor e on e.executor_id = a.executor_id
    where r.tenant_id = any ((select jobgrid_engine.visible_tenants())::integer[])
    union all
    select l.run_id, j.full_name, t.name, l.attempt, l.state, l.reason, e.name, null,
           null, null, null, l.claimed_at, l.started_at, null,
           case when l.place = 'lease' then clock_timestamp() - l.started_at end, null, null,
           l.version
    from jobgrid_engine.live_run l
    join jobgrid.job j on j.job_id = l.job_id
    join jobgrid.tenant t on t.tenant_id = l.tenant_id
    left join jobgrid_engine.executor e on e.executor_id = l.executor_id
    where (l.place = 'lease' or l.place = 'parked' and l.fence is not null)
      and l.tenant_id = any ((select jobgrid_engine.visible_tenants())::integer[]);
comment on view jobgrid.attempt is 'Tries of runs, those at work included';
