-- Why nobody has claimed a queued run: its lane is closed, nobody could, everybody is busy, nobody has the room it
-- needs; else, how many are before it.
create or replace function jobgrid_engine.why_queued(run_id bigint) returns setof jobgrid.blocker
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
    mine    jobgrid_engine.ready;
    lane    jobgrid_engine.lane;
    queue   jobgrid.queue;
    shutter jobgrid_engine.shutter_text;
    missing text;
    ahead   bigint;
    free    bigint;
    heard   bigint;
    nearest record;
    answer  jobgrid.blocker;
begin
    select * into mine from jobgrid_engine.ready r where r.run_id = why_queued.run_id;
    if not found then
        return;
    end if;
    select * into lane from jobgrid_engine.lane l where l.lane_id = mine.lane_id;
    select * into queue from jobgrid.queue q where q.name = lane.queue;
    answer.run_id := mine.run_id;
    answer.job := (select j.full_name from jobgrid.job j where j.job_id = mine.job_id);
    answer.state := mine.state;

    if queue.paused then
        answer.blocker := 'queue_paused';
        answer.object := lane.queue;
        answer.since := queue.paused_at;
        answer.detail := format('queue "%s" was paused by %s%s', lane.queue, queue.paused_by, ': ' || queue.paused_reason);
        answer.hint := format('SELECT jobgrid.resume_queue(%L);', lane.queue);
        return next answer;
        return;
    elsif not lane.open then
        select t.* into shutter from jobgrid_engine.lane_closing c
        join jobgrid_engine.shutter_text t using (shutter_id) where c.lane_id = lane.lane_id;
        -- What has closed it may be gone, and the lane about to open.
        answer.blocker := lane.closed_reason;
        answer.object := coalesce(shutter.name, shutter.run_window, lane.queue);
        answer.since := lane.closed_since;
        answer.detail := case case when coalesce(shutter.name, shutter.run_window) is not null then lane.closed_reason end
            when 'blackout' then format('blackout "%s"%s%s', shutter.name, case when isfinite(shutter.changes_at)
                then to_char(shutter.changes_at, '" until "YYYY-MM-DD HH24:MI TZ') end, ': ' || shutter.reason)
            when 'run_window' then format('its run window, %s in %s, opens at %s', shutter.run_window, shutter.time_zone,
                                          coalesce(to_char(shutter.changes_at, 'YYYY-MM-DD HH24:MI TZ'), 'no time'))
            else format('lane %s of queue "%s" is closed', lane.lane_id, lane.queue) end;
        answer.hint := case case when coalesce(shutter.name, shutter.run_window) is not null then lane.closed_reason end
            when 'blackout' then format('UPDATE jobgrid.blackout SET ends_at = now() WHERE name = %L;', shutter.name)
            when 'run_window' then format('UPDATE jobgrid.job SET run_window = null WHERE full_name = %L;', answer.job)
            else format('SELECT * FROM jobgrid.lane WHERE lane = %s;', lane.lane_id) end;
        if lane.closed_reason = 'blackout' and shutter.schedule is not null then
            answer.hint := format('UPDATE jobgrid.blackout SET enabled = false WHERE name = %L;', shutter.name);
        end if;
        return next answer;
        return;
    end if;

    answer.since := mine.since;
    missing := jobgrid_engine.lane_missing(mine.lane_id);
    if missing is not null then
        answer.blocker := 'no_matching_executor';
        answer.object := coalesce(lane.executor, lane.pool);
        answer.detail := format('needs an executor for %s jobs%s%s%s; %s', lane.kind,
            coalesce(' named "' || lane.executor || '"', ' in pool "' || lane.pool || '"'),
            ' at site "' || lane.site || '"',
            ' with ' || nullif(array_to_string(lane.capabilities, ', '), ''), missing);
        answer.hint := 'SELECT executor, state, problem, kinds, pool, queue, site, capabilities, cpus, memory, tokens '
            'FROM jobgrid.executor;';
        return next answer;
        return;
    end if;

    select count(*) into ahead
    from (select from jobgrid_engine.ready r
          where r.lane_id = mine.lane_id and (r.rank, r.run_id) < (mine.rank, mine.run_id)
          limit 10000) before;
    answer.object := lane.queue;
    answer.hint := null;
    if lane.kind not in ('sql', 'external', 'workflow') then
        select sum(least(coalesce(s.free_slots, 0), e.slots)),
               count(*) filter (where s.suspect is false and s.problem is null)
        into free, heard
        from jobgrid_engine.lane_executor x
        join jobgrid_engine.executor e using (executor_id)
        left join jobgrid_engine.executor_stat() s using (executor_id)
        where x.lane_id = lane.lane_id;
        if coalesce(free, 0) = 0 then
            answer.blocker := 'no_free_slot';
            answer.detail := case when heard = 0 then 'every executor that could take it is silent or has a problem'
                                  else 'every executor that could take it is busy' end;
            answer.hint := 'SELECT executor, slots, free_slots, running FROM jobgrid.executor;';
            return next answer;
            return;
        end if;
        missing := jobgrid_engine.tokens_missing(lane, ' free');
        if missing is not null then
            answer.blocker := 'no_token';
            answer.detail := concat_ws('; ', missing, (
                select string_agg(v.holders, ', ' order by v.resource) from jobgrid.stat_resource v
                where lane.needs_tokens ? v.resource));
            answer.hint := 'SELECT * FROM jobgrid.stat_resource;';
            return next answer;
            return;
        end if;
        -- Of those with a free slot the one that lacks least.
        select e.name, needs.missing into nearest
        from jobgrid_engine.lane_executor x
        join jobgrid_engine.executor_stat() s on s.executor_id = x.executor_id and s.free_slots > 0
        join jobgrid_engine.executor e on e.executor_id = x.executor_id
        join jobgrid_engine.executor_room r on r.executor_id = x.executor_id
        cross join lateral jobgrid_engine.needs_missing(lane, r.cpu_milli, r.memory, r.tokens, ' free') needs (missing)
        where x.lane_id = lane.lane_id
        order by needs.missing <> '', length(needs.missing), e.name
        limit 1;
        if nearest.missing <> '' then
            answer.blocker := 'no_room';
            answer.detail := format('no executor that could take it has so much free; the nearest is "%s": %s', nearest.name,
                                    nearest.missing);
            answer.hint := format('It starts when runs end there: SELECT run_id, job FROM jobgrid.run WHERE state = %L;',
                                  'running');
            return next answer;
            return;
        end if;
    end if;
    answer.blocker := 'position';
    answer.detail := format('%s%s before it in its lane', ahead, case when ahead = 10000 then ' or more' end);
    answer.hint := case when ahead = 0 then 'SELECT * FROM jobgrid.check_install();' end;
    return next answer;
end
$$;
comment on function jobgrid_engine.why_queued(bigint) is 'Why nobody has claimed a queued run';
