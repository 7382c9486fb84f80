-- What an executor would need to serve a lane and none that is online has; null when one could take its runs.
-- SQL runs are the server's own workers' business, external ones nobody's.
create or replace function jobgrid_engine.lane_missing(lane_id integer) returns text
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    lane jobgrid_engine.lane;
    best record;
begin
    select * into lane from jobgrid_engine.lane l where l.lane_id = lane_missing.lane_id;
    if not found or lane.kind in ('sql', 'external', 'workflow')
       or exists (select from jobgrid_engine.lane_executor s where s.lane_id = lane.lane_id) then
        return null;
    end if;
    if jobgrid_engine.tokens_missing(lane) is not null then
        return jobgrid_engine.tokens_missing(lane);
    end if;
    -- The executor that comes nearest: each requirement it misses, in the order in which somebody would look.
    select e.name,
           concat_ws(', ',
               case when e.name <> lane.executor then format('its name is not "%s"', lane.executor) end,
               case when e.pool <> lane.pool and lane.executor is null then format('it is in pool "%s"', e.pool) end,
               case when e.queue <> lane.queue then
                    format('it serves only queue "%s"%s', e.queue, case when not exists (
                        select from jobgrid.queue q where q.name = e.queue) then ', which does not exist' end) end,
               case when lane.site <> coalesce(e.site, '') then
                    format('its site is %s', coalesce('"' || e.site || '"', 'none')) end,
               case when lane.kind <> all (e.kinds) then format('it runs no %s jobs', lane.kind) end,
               case when not lane.capabilities <@ e.capabilities then format('it lacks %s', (
                   select string_agg(format('"%s"', c.name), ', ') from unnest(lane.capabilities) c (name)
                   where c.name <> all (e.capabilities))) end,
               nullif(needs.missing, ''),
               case when e.state <> 'online' then format('it is %s', e.state) end,
               case when d.executor_id is not null then format('it is drained by %s%s', d.by_role, ': ' || d.reason) end
           ) as misses,
           (e.name is not distinct from coalesce(lane.executor, e.name))::integer * 16
           + (e.pool = lane.pool or lane.executor is not null)::integer * 8
           + (e.queue is null or e.queue = lane.queue)::integer * 2 + (lane.kind = any (e.kinds))::integer
           + (lane.capabilities <@ e.capabilities)::integer + (lane.site is null or lane.site = e.site)::integer
           + (needs.missing = '')::integer + (e.state = 'online')::integer + (d.executor_id is null)::integer as fit
    into best
    from jobgrid_engine.executor e
    left join jobgrid_engine.executor_drain d using (executor_id)
    cross join lateral jobgrid_engine.needs_missing(
        lane, coalesce(round(e.cpus * 1000)::bigint, 0), coalesce(e.memory, 0), e.tokens) needs (missing)
    order by fit desc, e.name
    limit 1;
    if not found then
        return 'no executor has ever connected';
    elsif lane.executor is not null and best.name <> lane.executor then
        return format('there is no executor "%s"', lane.executor);
    elsif lane.executor is null
          and not exists (select from jobgrid_engine.executor e where e.pool = lane.pool) then
        return format('pool "%s" has no executor', lane.pool);
    end if;
    return format('the nearest is "%s": %s', best.name, best.misses);
end
$$;
comment on function jobgrid_engine.lane_missing(integer) is 'Why no executor could take a lane''s runs; null when one could';
grant execute on function jobgrid_engine.lane_missing(integer) to jobgrid_viewer;
