-- Ghosts that somebody has to look at, with the tenant they concern: null where that is not known here.
create or replace view jobgrid_engine.open_ghost as
    select g.*, e.name as executor, coalesce(r.tenant_id, t.tenant_id) as tenant_id,
           coalesce(j.full_name, g.job) as named, coalesce(l.state, nullif(r.state, 'live'), 'unknown') as state
    from jobgrid_engine.ghost g
    join jobgrid_engine.executor e on e.executor_id = g.executor_id
    left join jobgrid_engine.any_run r on r.run_id = g.became
    left join jobgrid_engine.live_run l on l.run_id = g.became
    left join jobgrid.job j on j.job_id = r.job_id
    left join jobgrid.tenant t on t.name = g.tenant
    where g.what in ('nowhere', 'repeated') and g.acknowledged_at is null;
comment on view jobgrid_engine.open_ghost is 'Ghosts that somebody has to look at';
