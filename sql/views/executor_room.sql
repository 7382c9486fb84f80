-- What executors have free for jobs with needs: what they offer, less the needs of the runs they have. A claim computes
-- the same for its own executor (claim.c).
create or replace view jobgrid_engine.executor_room as
    select e.executor_id,
           coalesce(round(e.cpus * 1000)::bigint, 0) - held.cpu_milli as cpu_milli,
           coalesce(e.memory, 0) - held.memory as memory,
           (select coalesce(jsonb_object_agg(t.key, t.value::bigint - (
                       select coalesce(sum((l.needs_tokens -> t.key)::bigint), 0)
                       from jobgrid_engine.lease o join jobgrid_engine.lane l using (lane_id)
                       where o.executor_id = e.executor_id)), '{}')
            from jsonb_each(e.tokens) t) as tokens
    from jobgrid_engine.executor e
    cross join lateral (
        select coalesce(sum(l.needs_cpu_milli), 0)::bigint as cpu_milli,
               coalesce(sum(l.needs_memory), 0)::bigint as memory
        from jobgrid_engine.lease o join jobgrid_engine.lane l using (lane_id)
        where o.executor_id = e.executor_id) held;
comment on view jobgrid_engine.executor_room is 'What executors have free for jobs with needs';
