-- What somebody has to look at. Nobody has asked for the end of a run that the drain of its executor cancelled. A lane that
-- nobody can serve is one row, however many runs wait in it, and so are runs of a job that the scheduler cannot move for
-- one reason; a lock counts after a minute. A ghost that has no run is one without run_id.
create or replace view jobgrid.attention with (security_barrier) as
    select r.run_id, j.full_name as job, r.state, r.reason, r.finished_at as since,
           concat_ws('; ', 'exit code ' || r.exit_code, 'signal ' || r.signal, nullif(r.message, '')) as detail,
           format('SELECT * FROM jobgrid.why(%s); SELECT * FROM jobgrid.rerun(%1$s);', r.run_id) as hint
    from jobgrid_engine.any_run r
    join jobgrid.job j on j.job_id = r.job_id
    where r.superseded_by is null and (r.state = 'failed' or r.state = 'cancelled' and r.reason = 'drained')
      and r.tenant_id = any ((select jobgrid_engine.visible_tenants())::integer[])
    union all
    select p.run_id, j.full_name, p.state, p.reason, p.since,
           case when p.state = 'held' then 'its schedule missed fires and asks: release it to run once, or cancel it'
                else jobgrid_engine.why_unknown(p.reason, p.attempt, e.name) end,
           case when p.state = 'held' then format('SELECT * FROM jobgrid.release(%s); SELECT * FROM jobgrid.cancel(%1$s);', p.run_id)
                else format('SELECT * FROM jobgrid.why(%s);', p.run_id) end
    from jobgrid_engine.parked p
    join jobgrid.job j on j.job_id = p.job_id
    left join jobgrid_engine.executor e on e.executor_id = p.executor_id
    where (p.state = 'unknown' or p.state = 'held' and p.reason = 'missed') and p.tenant_id = any ((select jobgrid_engine.visible_tenants())::integer[])
    union all
    select w.run_id, j.full_name, 'running', 'hung', w.moved_at, w.hung, format('SELECT * FROM jobgrid.why(%s);', w.run_id)
    from jobgrid_engine.workflow_run w
    join jobgrid.job j on j.job_id = w.job_id
    join jobgrid.tenant t on t.name = j.tenant
    where w.hung is not null and t.tenant_id = any ((select jobgrid_engine.visible_tenants())::integer[])
    union all
    select first.run_id, j.full_name, first.state, 'no_matching_executor', first.since, missing.text,
           format('SELECT * FROM jobgrid.why(%s);', first.run_id)
    from jobgrid_engine.lane l
    cross join lateral (select r.* from jobgrid_engine.ready r where r.lane_id = l.lane_id
                        order by r.rank, r.run_id limit 1) first
    join jobgrid.job j on j.job_id = first.job_id
    cross join lateral jobgrid_engine.lane_missing(l.lane_id) missing (text)
    where l.open and missing.text is not null
      and l.tenant_id = any ((select jobgrid_engine.visible_tenants())::integer[])
    union all
    select min(a.run_id), j.full_name, min(l.state), case when a.error is null then 'locked' else 'scheduler_error' end,
           min(a.since),
           concat(case when a.error is null then 'another transaction keeps it from the scheduler'
                       when a.place = 'ended' then 'the scheduler cannot consume its end: ' || a.error
                       else 'the scheduler cannot move it: ' || a.error end,
                  '; ' || nullif(count(*) - 1, 0) || ' more of the job'),
           case when a.place = 'ended' then 'Jobs after this one wait. The server''s log has more.'
                else format('SELECT * FROM jobgrid.why(%s);', min(a.run_id)) end
    from jobgrid_engine.set_aside a
    join (select 'due' as place, d.run_id, d.job_id, d.state from jobgrid_engine.due d
          union all select 'pending', p.run_id, p.job_id, p.state from jobgrid_engine.pending p
          union all select 'ready', r.run_id, r.job_id, r.state from jobgrid_engine.ready r
          union all select 'ended', e.run_id, e.job_id, e.state from jobgrid_engine.ended e) l
      on l.place = a.place and l.run_id = a.run_id
    join jobgrid.job j on j.job_id = l.job_id
    join jobgrid.tenant t on t.name = j.tenant
    where (a.error is not null or a.since < clock_timestamp() - interval '1 minute')
      and t.tenant_id = any ((select jobgrid_engine.visible_tenants())::integer[])
    group by j.full_name, j.job_id, a.place, a.error
    union all
    select null, s.job, 'schedule', case when a.run_id is null then 'schedule_error' else 'scheduler_error' end,
           coalesce(c.error_since, a.since), format('schedule "%s" cannot fire: %s', s.name, coalesce(c.error, a.error)),
           format('SELECT * FROM jobgrid.schedule WHERE tenant = %L AND job = %L AND name = %L;', s.tenant, s.job, s.name)
    from jobgrid_engine.fire_cursor c
    join jobgrid.schedule s using (schedule_id)
    left join jobgrid_engine.set_aside a on a.place = 'fire' and a.run_id = c.schedule_id
    where (c.error is not null or a.error is not null)
      and s.tenant = any ((select jobgrid_engine.visible_tenant_names())::text[])
    union all
    -- Edits that wait for another person, that could not be made at their moment, and that nobody else has looked at.
    select null, null, 'change',
           case when c.state = 'failed' then 'change_failed'
                when c.state = 'proposed' then 'approval'
                when c.applied_at < jobgrid_engine.moment() - interval '24 hours' then 'review_overdue' else 'unreviewed' end,
           coalesce(c.applied_at, case when c.state = 'failed' then c.valid_from end, c.proposed_at),
           format('change set %s of %s%s %s', c.change_set, c.proposed_by, ', ' || c.ticket,
                  case when c.state = 'failed' then 'could not be made: ' || c.problem
                       when c.state = 'proposed' then 'waits for approval until ' || to_char(c.expires_at, 'YYYY-MM-DD HH24:MI TZ')
                       else 'was made without approval: ' || c.break_glass end),
           format('SELECT * FROM jobgrid.proposed_edit WHERE change_set = %s; SELECT * FROM jobgrid.approve_changes(%1$s);', c.change_set)
    from jobgrid_engine.change_set c
    where (c.state = 'failed' or c.state = 'proposed' and c.expires_at > jobgrid_engine.moment()
           or c.state = 'applied' and c.break_glass is not null)
      and c.tenant_id = any ((select jobgrid_engine.visible_tenants())::integer[])
    union all
    -- What is to be made later, or approved, of a row that somebody has changed meanwhile.
    select null, null, 'change', 'stale', c.proposed_at,
           format('change set %s of %s%s is stale: %s %s has changed since', c.change_set, c.proposed_by, ', ' || c.ticket, p.table_name, p.key),
           format('SELECT * FROM jobgrid.proposed_edit WHERE change_set = %s; SELECT * FROM jobgrid.reject_changes(%1$s, ''stale'');', c.change_set)
    from jobgrid_engine.change_set c
    join jobgrid_engine.proposal p on p.change_set = c.change_set
    where c.state in ('proposed', 'scheduled') and (c.expires_at is null or c.expires_at > jobgrid_engine.moment())
      and c.tenant_id = any ((select jobgrid_engine.visible_tenants())::integer[])
      and jobgrid_engine.is_stale(p.table_name, p.operation, p.key, p.old)
    union all
    select null, null, 'blackout', 'schedule_error', null,
           format('blackout "%s" cannot tell when it is: %s; it stays %s', t.name, t.error,
                  case when t.closed then 'in force' else 'out of force' end),
           format('SELECT * FROM jobgrid.blackout WHERE name = %L;', t.name)
    from jobgrid_engine.shutter_text t
    where t.error is not null and t.blackout_id is not null
      and (t.tenant is null or t.tenant = any ((select jobgrid_engine.visible_tenant_names())::text[]))
    union all
    select null, null, 'calendar', case when days_left < 10 then 'calendar_out' else 'calendar_ends' end, null,
           format('calendar "%s" knows its days until %s: %s schedules use it', k.name, k.known_until, k.schedules),
           format('INSERT INTO jobgrid.calendar_day (calendar, day, label) VALUES (%L, ...);', k.name)
    from jobgrid_engine.calendar_known k
    where k.days_left < 60 and k.schedules > 0
      and (k.tenant is null or k.tenant = any ((select jobgrid_engine.visible_tenant_names())::text[]))
    union all
    select g.became, g.named, g.state, 'ghost', g.seen_at,
           case when g.what = 'repeated' then
               format('executor "%s" has run attempt %s, which this database has not handed out: it may have run twice',
                      g.executor, g.attempt)
           else format('executor "%s" has attempt %s of run %s%s%s, and nothing here can stand for it: %s%s', g.executor,
                       g.attempt, g.run_id, ' of job "' || g.job || '"', ' of tenant "' || g.tenant || '"', g.detail,
                       case when g.ended_at is not null then
                           format('. It ended at %s%s', to_char(g.ended_at, 'YYYY-MM-DD HH24:MI:SS TZ'),
                                  ' with ' || g.outcome) end)
           end,
           format('Find out what it did, then SELECT jobgrid.acknowledge_ghost(%L, %s, ''checked by hand'');', g.executor,
                  g.run_id)
    from jobgrid_engine.open_ghost g
    where g.tenant_id = any ((select jobgrid_engine.visible_tenants())::integer[])
       -- Of no tenant that is known here: for those who see all there are.
       or g.tenant_id is null and not exists (
              select from jobgrid.tenant t
              where t.tenant_id <> all ((select jobgrid_engine.visible_tenants())::integer[]));
comment on view jobgrid.attention
    is 'What somebody has to look at: failed, unknown, nothing can take it, cannot be moved or fire, ran unseen, a calendar ends';
