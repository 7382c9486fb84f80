-- How a run ended: the rule that decided, what it said, and what to type next.
create or replace function jobgrid_engine.why_ended(run_id bigint) returns setof jobgrid.blocker
language sql stable set search_path = pg_catalog, pg_temp
as $$
    select r.run_id, j.full_name, r.state, coalesce(r.reason, r.state),
           coalesce(e.name, j.kind), r.finished_at,
           concat_ws('; ',
               case when r.exit_code is not null then 'exit code ' || r.exit_code end,
               case when r.signal is not null then 'signal ' || r.signal end,
               a.decided_by,
               case when r.attempts > 1 then format('attempt %s of %s', r.attempts, j.attempts) end,
               nullif(r.message, ''),
               case when r.state = 'failed'
                    then 'first error: ' || jobgrid_engine.first_error_line(r.run_id, r.attempts) end,
               case when r.state <> 'succeeded' then 'instructions: ' || j.instructions end,
               case when r.superseded_by is not null then format('run again as %s', r.superseded_by) end),
           case
           when r.superseded_by is not null then format('SELECT * FROM jobgrid.status(%s);', r.superseded_by)
           when r.state = 'failed' then
               format('SELECT * FROM jobgrid.logs(%s); then SELECT * FROM jobgrid.rerun(%1$s);', r.run_id)
           when r.state = 'cancelled' then format('SELECT * FROM jobgrid.rerun(%s);', r.run_id)
           end
    from jobgrid_engine.any_run r
    join jobgrid.job j using (job_id)
    left join jobgrid_engine.any_attempt a on a.run_id = r.run_id and a.keep_until = r.keep_until and a.attempt = r.attempts
    left join jobgrid_engine.executor e on e.executor_id = coalesce(r.executor_id, a.executor_id)
    where r.run_id = why_ended.run_id and r.state <> 'live'
$$;
comment on function jobgrid_engine.why_ended(bigint) is 'How a run ended, and what to type next';
