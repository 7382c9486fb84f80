-- What steps wait for inside their workflow. Group 0: so many of after; group 1: what the condition names.
create or replace function jobgrid_engine.plan_waits(job_ids integer[])
returns table (job_id integer, upstream_id integer, part integer)
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    select e.job_id, e.upstream_id, case when e.kind in ('a', 'A') then 0 else 1 end
    from jobgrid_engine.job_edge e
    where e.job_id = any (plan_waits.job_ids) and e.upstream_id = any (plan_waits.job_ids)
      and e.inside and e.purpose = 's' and e.source = 'j' and e.kind <> 'n'
    order by e.job_id, e.atom;
end
$$;
comment on function jobgrid_engine.plan_waits(integer[]) is 'What steps wait for inside their workflow';
