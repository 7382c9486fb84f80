-- The next fire of each schedule, by its cursor, and edits in advance: no schedule is computed. An edit that the scheduler has not seen yet, a
-- moment at most, shows no time.
create or replace view jobgrid.upcoming with (security_barrier) as
    select case when c.edited then null else nullif(c.next_at, 'infinity') end as run_at,
           s.tenant, s.job, s.name as schedule, s.schedule as schedule_text, c.zone as time_zone, s.calendar,
           s.enabled and j.enabled and c.error is null and c.next_at < 'infinity' and x.skips is not true as happens,
           case when not j.enabled then 'the job is disabled'
                when not s.enabled then 'the schedule is disabled'
                when c.error is not null then 'it cannot fire: ' || c.error
                when c.edited then 'its next fire is being computed'
                when c.next_at = 'infinity' then 'it does not fire any more'
                when j.held then 'its run will be held'
                when j.taken_out then 'its run will be skipped: the job is taken out'
                when j.bypassed then 'its run will succeed without being executed: the job is bypassed'
                else jobgrid_engine.shut_note(x.skips, x.until, x.note)
           end as note,
           s.schedule_id
    from jobgrid.schedule s
    join jobgrid.job j on j.tenant = s.tenant and j.full_name = s.job
    join jobgrid_engine.fire_cursor c on c.schedule_id = s.schedule_id
    left join lateral (select f.* from jobgrid_engine.job_shutters g
                       cross join lateral jobgrid_engine.shut_at(g.job_id, c.next_at) f
                       where g.job_id = j.job_id and isfinite(c.next_at)) x on true
    where s.tenant = any ((select jobgrid_engine.visible_tenant_names())::text[])
    union all
    -- Edits that are to be in force later.
    select c.valid_from, t.name, coalesce(p.key ->> 'full_name', p.key ->> 'job'), null, null, null, null, c.state = 'scheduled',
           format('change set %s: %s of %s %s%s', c.change_set, p.operation, p.table_name, p.key, ': ' || p.new::text), null
    from jobgrid_engine.change_set c
    join jobgrid.tenant t on t.tenant_id = c.tenant_id
    join jobgrid_engine.proposal p on p.change_set = c.change_set
    where c.state in ('proposed', 'scheduled') and c.valid_from is not null
      and c.tenant_id = any ((select jobgrid_engine.visible_tenants())::integer[]);
comment on view jobgrid.upcoming is 'When each schedule fires next, and which does not and why';
