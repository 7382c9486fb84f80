-- Jobs that no executor which is online could take, by what they have in common. An executor that is suspect or has a problem
-- takes nothing now.
create or replace view jobgrid_engine.job_unserved as
    select n.tenant, n.example, n.jobs,
           concat_ws(', ', 'kind ' || n.kind, coalesce('executor "' || n.executor || '"', 'pool "' || n.pool || '"'),
                     'site "' || n.site || '"', 'capabilities ' || nullif(array_to_string(n.capabilities, '+'), ''),
                     n.needs_cpus || ' cpus', n.needs_memory, 'tokens ' || nullif(n.needs_tokens::text, '{}')) as needs
    from (select j.tenant, j.kind, j.pool, j.site, j.executor, j.capabilities, j.needs_cpus, j.needs_memory, j.needs_tokens, j.queue,
                 min(j.full_name) as example, count(*) as jobs
          from jobgrid.job j
          where j.enabled and j.kind not in ('sql', 'workflow') and j.run_by = 'jobgrid'
          group by j.tenant, j.kind, j.pool, j.site, j.executor, j.capabilities, j.needs_cpus, j.needs_memory, j.needs_tokens, j.queue) n
    where not exists (
        select from jobgrid.executor e
        where e.state in ('online', 'busy') and n.kind = any (e.kinds) and n.capabilities <@ e.capabilities
          and (n.executor is null and e.pool = n.pool or n.executor = e.executor)
          and (n.site is null or n.site = e.site) and (e.queue is null or e.queue = n.queue)
          and coalesce(n.needs_cpus, 0) <= coalesce(e.cpus, 0)
          and coalesce(pg_size_bytes(n.needs_memory), 0) <= coalesce(e.memory, 0)
          and not exists (select from jsonb_each(n.needs_tokens) t
                          left join jobgrid.resource r on r.name = t.key
                          where coalesce(r.amount, (e.tokens -> t.key)::bigint, 0) < t.value::bigint));
comment on view jobgrid_engine.job_unserved is 'Jobs that no online executor could take, by what they need';
