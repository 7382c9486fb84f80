-- Limits of jobs that an online executor which may serve them does not hold them to; null when there are none.
create or replace function jobgrid_engine.limits_not_enforced() returns text
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    result text;
begin
    select string_agg(format('%s on %s (%s)', w.columns, w.executors, w.examples), '; ' order by w.columns) into result
    from (select l.columns,
                 string_agg(distinct format('"%s"', l.executor), ', ') as executors,
                 case when count(distinct l.job) = 1 then format('"%s"', min(l.job))
                      else format('"%s" and %s more', min(l.job), count(distinct l.job) - 1) end as examples
          from (select n.columns, e.executor, j.full_name as job
                from jobgrid.job j
                cross join lateral (values
                    ('limit.cpu', 'cpus, cpu_weight', num_nonnulls(j.cpus, j.cpu_weight) > 0),
                    ('limit.memory', 'memory', j.memory is not null),
                    ('limit.processes', 'processes', j.processes is not null),
                    ('limit.io', 'io_weight', j.io_weight is not null),
                    ('limit.network', 'network', not j.network)) n (word, columns, wanted)
                join jobgrid.executor e
                  on e.state in ('online', 'busy') and j.kind = any (e.kinds) and j.capabilities <@ e.capabilities
                 and (j.executor is null and e.pool = j.pool or j.executor = e.executor)
                 and (j.site is null or j.site = e.site) and (e.queue is null or e.queue = j.queue)
                where j.enabled and j.kind not in ('sql', 'noop', 'workflow') and j.run_by = 'jobgrid'
                  and n.wanted and n.word <> all (e.capabilities)) l
          group by l.columns
          limit 5) w;
    return result;
end
$$;
comment on function jobgrid_engine.limits_not_enforced() is 'Limits of jobs that online executors do not hold them to; null when there are none';
