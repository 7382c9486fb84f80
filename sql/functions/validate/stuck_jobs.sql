-- Jobs that are as they may be, and whose runs would wait all the same: for an executor, or for a job that does not run.
create or replace function jobgrid_engine.stuck_jobs(tenants text[]) returns setof jobgrid.problem
language sql stable set search_path = pg_catalog, pg_temp
as $$
    select 'warning', 'job', jsonb_build_object('tenant', u.tenant, 'full_name', u.example),
           format('no connected executor could run job "%s"%s', u.example, ' and ' || nullif(u.jobs - 1, 0) || ' more'),
           format('What runs it has: %s.', u.needs), 'SELECT executor, state, pool, site, capabilities, kinds FROM jobgrid.executor;'
    from jobgrid_engine.job_unserved u
    where u.tenant = any (tenants)
    union all
    select 'warning', 'job', jsonb_build_object('tenant', j.tenant, 'full_name', j.full_name),
           format('job "%s" waits for job "%s", which is disabled', j.full_name, u.full_name),
           'Its runs wait until that job has succeeded on their business date.',
           format('UPDATE jobgrid.job SET enabled = true WHERE tenant = %L AND full_name = %L;', u.tenant, u.full_name)
    from jobgrid_engine.job_edge e
    join jobgrid.job u on u.job_id = e.upstream_id and not u.enabled
    join jobgrid.job j on j.job_id = e.job_id and j.enabled
    where j.tenant = any (tenants)
$$;
comment on function jobgrid_engine.stuck_jobs(text[]) is 'Jobs whose runs would wait for an executor or a job that is not there';
