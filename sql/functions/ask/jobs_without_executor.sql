-- Jobs that no executor could take now, in words; null when there are none.
create or replace function jobgrid_engine.jobs_without_executor() returns text
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select string_agg(format('"%s"%s (%s)', n.example, ' and ' || nullif(n.jobs - 1, 0) || ' more', n.needs), ', ' order by n.needs)
    from (select u.needs, min(u.example) as example, sum(u.jobs) as jobs
          from jobgrid_engine.job_unserved u group by u.needs order by u.needs limit 5) n
$$;
comment on function jobgrid_engine.jobs_without_executor() is 'Jobs that no online executor could take; null when there are none';
