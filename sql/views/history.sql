create or replace view jobgrid.history with (security_barrier) as
    select h.run_id, j.full_name as job, t.name as tenant, h.at, h.action, h.from_state, h.to_state, h.reason, h.by_role,
           h.actor, h.detail
    from jobgrid_engine.any_history h
    join jobgrid_engine.any_run r on r.run_id = h.run_id and r.keep_until = h.keep_until
    join jobgrid.job j on j.job_id = r.job_id
    join jobgrid.tenant t on t.tenant_id = r.tenant_id
    where r.tenant_id = any ((select jobgrid_engine.visible_tenants())::integer[]);
comment on view jobgrid.history is 'What people did to runs and the engine decided: by whom, when, why';
