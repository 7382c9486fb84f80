-- What a running workflow is about: how many of its steps are where, and those that somebody may want to look at, at most 20:
-- failed, running, then waiting ones, each with the first thing that stands in its way.
create or replace function jobgrid_engine.why_workflow(run_id bigint) returns setof jobgrid.blocker
language sql stable set search_path = pg_catalog, pg_temp
as $$
    with flow as materialized (
        select w.run_id, w.scope, w.deadline, w.stopping, w.hung, j.full_name, l.state, coalesce(l.started_at, l.since) as since,
               l.cancel_at, l.cancel_by
        from jobgrid_engine.workflow_run w
        join jobgrid_engine.lease l on l.run_id = w.run_id
        join jobgrid.job j on j.job_id = w.job_id
        where w.run_id = why_workflow.run_id),
    step as materialized (
        select m.run_id, coalesce(m.state, l.state) as state, l.place, m.state is not null as ended,
               case coalesce(m.state, l.state) when 'failed' then 1 when 'cancelled' then 1 when 'unknown' then 1
                    when 'running' then 2 when 'starting' then 2 else 3 end as rank
        from flow f
        join jobgrid_engine.member m on m.scope = f.scope and m.parent_run = f.run_id
        left join jobgrid_engine.live_run l on l.run_id = m.run_id and m.state is null),
    shown as (
        select s.*, row_number() over (order by s.rank, s.run_id) as nth
        from step s where not s.ended or s.rank = 1 order by s.rank, s.run_id limit 20)
    select f.run_id, f.full_name, f.state, 'workflow', format('%s of %s steps have ended', c.ended, c.steps), f.since,
           concat_ws('; ',
               nullif(concat_ws(', ', nullif(c.failed, 0) || ' failed', nullif(c.skipped, 0) || ' skipped',
                                nullif(c.running, 0) || ' running', nullif(c.waiting, 0) || ' waiting'), ''),
               case f.stopping
               when 'timeout' then 'nothing more starts: its time is over'
               when 'cancel' then 'nothing more starts: it was cancelled'
               when 'terminator' then 'nothing more starts: a step that stops the workflow failed'
               when 'succeeds_if' then 'nothing more starts: succeeds_if holds'
               when 'fails_if' then 'nothing more starts: fails_if holds'
               when 'finish' then 'nothing more starts: a step failed and on_failure is finish'
               when 'stop' then 'nothing more starts and what runs is stopped: a step failed and on_failure is stop' end,
               'it hangs, nothing that is to come lets it go on: ' || f.hung,
               f.cancel_by || ' asked it to stop at ' || to_char(f.cancel_at, 'HH24:MI:SS'),
               'it is stopped at ' || to_char(f.deadline, 'YYYY-MM-DD HH24:MI:SS TZ') || ', its timeout',
               case when c.listed > 20 then format('the first 20 of %s steps to look at follow', c.listed) end),
           format('SELECT * FROM jobgrid.graph(%s);', f.run_id)
    from flow f
    cross join lateral (
        select count(*) as steps, count(*) filter (where s.ended) as ended,
               count(*) filter (where s.state in ('failed', 'cancelled')) as failed,
               count(*) filter (where s.state = 'skipped') as skipped,
               count(*) filter (where s.place = 'lease') as running,
               count(*) filter (where not s.ended and s.place is distinct from 'lease') as waiting,
               count(*) filter (where not s.ended or s.rank = 1) as listed
        from step s) c
    union all
    (select b.run_id, b.job, b.state, b.blocker, b.object, b.since, b.detail,
            coalesce(b.hint, format('SELECT * FROM jobgrid.why(%s);', b.run_id))
     from shown s
     cross join lateral (
         select * from (
             select * from jobgrid_engine.why_waiting(s.run_id) where not s.ended union all
             select * from jobgrid_engine.why_queued(s.run_id) where not s.ended union all
             select * from jobgrid_engine.why_started(s.run_id) where not s.ended union all
             select l.run_id, j.full_name, l.state, 'workflow', null, coalesce(l.started_at, l.since),
                    'a workflow that runs', format('SELECT * FROM jobgrid.why(%s);', l.run_id)
             from jobgrid_engine.workflow_run w join jobgrid_engine.lease l on l.run_id = w.run_id
             join jobgrid.job j on j.job_id = w.job_id where w.run_id = s.run_id and not s.ended union all
             select * from jobgrid_engine.why_ended(s.run_id) where s.ended) a
         limit 1) b
     order by s.nth)
$$;
comment on function jobgrid_engine.why_workflow(bigint) is 'What a running workflow is about, and its steps to look at';
