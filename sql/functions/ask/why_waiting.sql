-- What a waiting run waits for: a moment, its condition, another run of its job, or the scheduler. Infinite moments have no
-- distance.
create or replace function jobgrid_engine.why_waiting(run_id bigint) returns setof jobgrid.blocker
language sql stable set search_path = pg_catalog, pg_temp
as $$
    select l.run_id, j.full_name, l.state,
           case when l.reason = 'retry_wait' then l.reason else 'not_before' end,
           to_char(l.due_at, 'YYYY-MM-DD HH24:MI:SS TZ'), l.since,
           case when l.due_at <= now.at
                then format('due since %s; the scheduler has yet to look at it',
                            to_char(l.due_at, 'YYYY-MM-DD HH24:MI:SS TZ'))
                when l.reason = 'retry_wait'
                then format('attempt %s ended; the next follows at %s', l.attempt, to_char(l.due_at, 'HH24:MI:SS'))
                when not isfinite(l.due_at) then format('not before %s', l.due_at)
                else format('not before %s, in %s', to_char(l.due_at, 'YYYY-MM-DD HH24:MI:SS TZ'),
                            date_trunc('second', l.due_at - now.at)) end,
           case when l.due_at <= now.at then 'SELECT * FROM jobgrid.check_install();'
                when l.reason = 'retry_wait' then format('SELECT * FROM jobgrid.retry(%s);', l.run_id) end
    from jobgrid_engine.due l join jobgrid.job j using (job_id)
    cross join clock_timestamp() now (at)
    where l.run_id = why_waiting.run_id
      and not exists (select from jobgrid_engine.set_aside a where a.place = 'due' and a.run_id = l.run_id)
    union all
    select c.* from jobgrid_engine.why_condition(why_waiting.run_id) c
    union all
    -- Its own job stands in its way.
    select p.run_id, j.full_name, p.state, 'overlap', format('run %s', b.run_id), p.since,
           format('run %s of the same job is %s since %s', b.run_id, b.state, to_char(b.since, 'YYYY-MM-DD HH24:MI:SS TZ')),
           format('SELECT * FROM jobgrid.why(%s);', b.run_id)
    from jobgrid_engine.pending p
    join jobgrid.job j using (job_id)
    join jobgrid_engine.pending_on o on o.run_id = p.run_id and not o.met and o.business_date = '-infinity'
    left join lateral (select l.run_id, l.state, l.since from jobgrid_engine.live_run l
                       where l.job_id = p.job_id and l.run_id < p.run_id order by l.run_id limit 1) b on true
    where p.run_id = why_waiting.run_id
    union all
    -- The scheduler has not looked at it, or it waits for its lane: that takes the scheduler.
    select p.run_id, j.full_name, p.state,
           case when p.reason = 'placement' then p.reason else 'condition' end, 'scheduler', p.since,
           'the scheduler has yet to look at it',
           'SELECT * FROM jobgrid.check_install();'
    from jobgrid_engine.pending p join jobgrid.job j using (job_id)
    where p.run_id = why_waiting.run_id
      and not exists (select from jobgrid_engine.pending_on o where o.run_id = p.run_id and not o.met)
      and not exists (select from jobgrid_engine.set_aside a where a.place = 'pending' and a.run_id = p.run_id)
    union all
    -- The scheduler has looked at it and could not move it.
    select l.run_id, j.full_name, l.state, case when a.error is null then 'locked' else 'scheduler_error' end,
           'scheduler', a.since,
           concat(case when l.place = 'due' then format('due since %s: ', to_char(l.due_at, 'YYYY-MM-DD HH24:MI:SS TZ')) end,
                  case when a.error is null
                       then format('another transaction was changing it at %s; the scheduler looks again at %s',
                                   to_char(a.last, 'HH24:MI:SS'), to_char(a.until, 'HH24:MI:SS'))
                       else format('the scheduler cannot move it: %s; tried %s times, next at %s', a.error, a.times,
                                   to_char(a.until, 'HH24:MI:SS')) end),
           case when a.error is null then
               'SELECT pid, usename, xact_start, query FROM pg_stat_activity WHERE xact_start < now() ORDER BY xact_start;'
           else 'If the job says what cannot be, change it; else tell an administrator. The server''s log has more.' end
    from jobgrid_engine.set_aside a
    join jobgrid_engine.live_run l on l.run_id = a.run_id and l.place = a.place
    join jobgrid.job j using (job_id)
    where a.run_id = why_waiting.run_id and l.place in ('due', 'pending')
$$;
comment on function jobgrid_engine.why_waiting(bigint) is 'What a waiting run waits for';
