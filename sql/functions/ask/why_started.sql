-- What a run that is with somebody, or with nobody who may decide alone, is about: held, blocked, unknown, starting,
-- running.
create or replace function jobgrid_engine.why_started(run_id bigint) returns setof jobgrid.blocker
language sql stable set search_path = pg_catalog, pg_temp
as $$
    select l.run_id, j.full_name, l.state, coalesce(l.reason, l.state), coalesce(e.name, j.kind),
           case when l.place = 'lease' then coalesce(l.started_at, l.since) else l.since end,
           case l.state
           when 'held' then
               case when l.reason = 'missed' then format('its schedule missed fires, the last of them of %s, and asks: '
                                                         'release it to run once, or cancel it',
                                                         to_char(r.scheduled_for, 'YYYY-MM-DD HH24:MI:SS TZ'))
               else format('held%s%s', ' by ' || h.by_role, ': ' || h.detail) end
           when 'blocked' then 'waits for the recovery of what it failed on'
           when 'unknown' then jobgrid_engine.why_unknown(l.reason, l.attempt, e.name, r.labels ->> 'ghost_of', h.detail)
           else format('attempt %s %s%s%s%s', l.attempt,
                       case l.state when 'starting' then 'was handed out' else 'runs' end,
                       ' on "' || e.name || '"',
                       '; ' || jobgrid_engine.executor_silence(l.executor_id),
                       '; ' || coalesce(l.cancel_by || ' asked it', l.cancel_reason || ': it was asked') || ' to stop at '
                            || to_char(l.cancel_at, 'HH24:MI:SS'))
           end,
           case
           when l.state = 'held' then format('SELECT * FROM jobgrid.release(%s);', l.run_id)
           when l.state = 'blocked' then format('SELECT * FROM jobgrid.retry(%s);', l.run_id)
           when l.state = 'unknown' then
               format('%sSELECT * FROM jobgrid.retry(%s); or SELECT * FROM jobgrid.set_outcome(%2$s, '
                      '''succeeded'', ''checked by hand'');',
                      case
                      when l.reason = 'ghost' then 'It ends by the executor''s report. If that never comes: '
                      when l.reason = 'unkillable' then 'It ends when its process does: look at the node. Else: '
                      when l.reason = 'executor_lost' and e.name is not null then
                          'If the executor comes back it goes on. Else find out, then '
                      else 'Find out, then ' end, l.run_id)
           when l.reason = 'external' then
               format('SELECT * FROM jobgrid.report_outcome(%s, ''succeeded'');', l.run_id)
           else format('SELECT * FROM jobgrid.logs(%s);', l.run_id)
           end
    from jobgrid_engine.live_run l
    join jobgrid_engine.any_run r on r.run_id = l.run_id
    join jobgrid.job j on j.job_id = l.job_id
    left join jobgrid_engine.executor e on e.executor_id = l.executor_id
    left join lateral (
        select h.by_role, h.detail from jobgrid_engine.any_history h
        where h.run_id = l.run_id and h.to_state = l.state
        order by h.at desc limit 1) h on l.place = 'parked'
    where l.run_id = why_started.run_id and l.place in ('lease', 'parked')
      and not exists (select from jobgrid_engine.workflow_run w where w.run_id = l.run_id)
$$;
comment on function jobgrid_engine.why_started(bigint) is 'What holds up a run that has started, or waits for a person';
