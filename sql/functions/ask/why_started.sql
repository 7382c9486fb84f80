-- What a run that is with somebody, or with nobody who may decide alone, is about: held, blocked, unknown, starting,
-- running.
create or replace function jobgrid_engine.why_started(run_id bigint) returns setof jobgrid.blocker
language sql stable set search_path = pg_catalog, pg_temp
as $$
    select l.run_id, j.full_name, l.state, coalesce(l.reason, l.state), coalesce(e.name, j.kind),
           coalesce(l.started_at, l.since),
           case l.state
           when 'held' then format('held%s%s', ' by ' || h.by_role, ': ' || h.detail)
           when 'blocked' then 'waits for the recovery of what it failed on'
           when 'unknown' then format('executor "%s" vanished with attempt %s: whether it ran is not known',
                                      coalesce(e.name, lost.name, 'of no name'), l.attempt)
           else format('attempt %s %s%s%s%s', l.attempt,
                       case l.state when 'starting' then 'was handed out' else 'runs' end,
                       ' on "' || e.name || '"',
                       '; ' || jobgrid_engine.executor_silence(l.executor_id),
                       '; ' || l.cancel_by || ' asked it to stop at ' || to_char(l.cancel_at, 'HH24:MI:SS'))
           end,
           case
           when l.state = 'held' then format('SELECT * FROM jobgrid.release(%s);', l.run_id)
           when l.state = 'blocked' then format('SELECT * FROM jobgrid.retry(%s);', l.run_id)
           when l.state = 'unknown' then
               format('Find out, then SELECT * FROM jobgrid.retry(%s); or SELECT * FROM jobgrid.set_outcome(%1$s, '
                      '''succeeded'', ''checked by hand'');', l.run_id)
           when l.reason = 'external' then
               format('SELECT * FROM jobgrid.report_outcome(%s, ''succeeded'');', l.run_id)
           else format('SELECT * FROM jobgrid.logs(%s);', l.run_id)
           end
    from jobgrid_engine.live_run l
    join jobgrid.job j using (job_id)
    left join jobgrid_engine.executor e on e.executor_id = l.executor_id
    left join lateral (
        select h.by_role, h.detail from jobgrid_engine.any_history h
        where h.run_id = l.run_id and h.to_state = l.state
        order by h.at desc limit 1) h on l.place = 'parked'
    left join lateral (
        select e.name from jobgrid_engine.any_attempt a join jobgrid_engine.executor e on e.executor_id = a.executor_id
        where a.run_id = l.run_id
        order by a.attempt desc, a.fence desc limit 1) lost on l.state = 'unknown'
    where l.run_id = why_started.run_id and l.place in ('lease', 'parked')
$$;
comment on function jobgrid_engine.why_started(bigint) is 'What holds up a run that has started, or waits for a person';
