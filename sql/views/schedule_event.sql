create or replace view jobgrid.schedule_event with (security_barrier) as
    select e.at, s.tenant, s.job, s.name as schedule, e.event, e.detail
    from jobgrid_engine.schedule_event e
    join jobgrid.schedule s using (schedule_id)
    where s.tenant = any ((select jobgrid_engine.visible_tenant_names())::text[]);
comment on view jobgrid.schedule_event is 'What has happened to schedules without anybody''s edit';
