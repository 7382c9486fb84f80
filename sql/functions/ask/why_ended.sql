-- How a run ended: the rule that decided, what it said, and what to type next.
create or replace function jobgrid_engine.why_ended(run_id bigint) returns setof jobgrid.blocker
language sql stable set search_path = pg_catalog, pg_temp
as $$
    select r.run_id, j.full_name, r.state, coalesce(r.reason, r.state),
           coalesce(e.name, j.kind), r.finished_at,
           concat_ws('; ',
               case when r.exit_code is not null and coalesce(a.decided_by, '') not like 'exit code %' then 'exit code ' || r.exit_code end,
               case when r.signal is not null then 'signal ' || r.signal end,
               case when h.run_id is null or r.state <> 'cancelled' then a.decided_by end,
               case when h.run_id is not null then
                   format('%s by %s at %s%s', case h.action when 'set_outcome' then 'set to ' || r.state else r.state end,
                          coalesce(h.actor, h.by_role), to_char(h.at, 'YYYY-MM-DD HH24:MI:SS TZ'), ': ' || h.detail) end,
               case when r.attempts > 1 then format('attempt %s of %s', r.attempts, j.attempts) end,
               nullif(r.message, ''),
               case when r.state = 'skipped' then jobgrid_engine.why_skipped(r.run_id, r.reason) end,
               case when r.state = 'failed'
                    then 'first error: ' || jobgrid_engine.first_error_line(r.run_id, r.attempts) end,
               case when r.state <> 'succeeded' then 'instructions: ' || j.instructions end,
               case when r.superseded_by is not null then format('run again as %s', r.superseded_by) end),
           case
           when r.superseded_by is not null then format('SELECT * FROM jobgrid.status(%s);', r.superseded_by)
           when r.state = 'failed' then
               format('SELECT text FROM jobgrid.logs(%s); SELECT * FROM jobgrid.rerun(%1$s);', r.run_id)
           when r.state = 'cancelled' then format('SELECT * FROM jobgrid.rerun(%s);', r.run_id)
           end
    from jobgrid_engine.any_run r
    join jobgrid.job j using (job_id)
    left join jobgrid_engine.any_attempt a on a.run_id = r.run_id and a.keep_until = r.keep_until and a.attempt = r.attempts
    -- What a person has decided: an outcome, or the cancel that it followed.
    left join lateral (
        select x.* from jobgrid_engine.any_history x
        where x.run_id = r.run_id
          and (x.action = 'set_outcome' and x.to_state = r.state or x.action = 'cancel' and r.state = 'cancelled')
        order by x.at desc limit 1) h on true
    left join jobgrid_engine.executor e on e.executor_id = coalesce(r.executor_id, a.executor_id)
    where r.run_id = why_ended.run_id and r.state <> 'live'
$$;
comment on function jobgrid_engine.why_ended(bigint) is 'How a run ended, and what to type next';
