create or replace view jobgrid.fire with (security_barrier) as
    select f.scheduled_for, f.until, f.fires, s.tenant, s.job, s.name as schedule, f.outcome, f.reason, f.run_id,
           f.at as decided_at, f.at - f.scheduled_for as late
    from jobgrid_engine.fire f
    join jobgrid.schedule s using (schedule_id)
    where s.tenant = any ((select jobgrid_engine.visible_tenant_names())::text[]);
comment on view jobgrid.fire is 'What became of each fire: a run, or none and why not';
