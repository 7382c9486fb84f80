-- What the end of a job may be of importance to: the workflow that it lies in with all its steps, and jobs outside that wait for any
-- of these, or for one that does; of which only some have to do with it. A job outside is known by its run that waits on that business date.
create or replace function jobgrid_engine.impact_nodes(root_job integer, root_run bigint, day date)
returns table (job_id integer, parent_id integer, inside boolean, workflow boolean, run_id bigint, state text, reason text,
               exit_code integer, begun boolean, stops boolean, ignored boolean, needs integer, needs_least integer,
               all_least integer, text text, autosys boolean)
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    with recursive plan as materialized (
        select s.* from jobgrid_engine.plan_steps(impact_nodes.root_job, impact_nodes.root_run) s),
    reach (job_id) as (
        select p.job_id from plan p
        union
        select e.job_id from reach r join jobgrid_engine.job_edge e on e.upstream_id = r.job_id and e.source = 'j' and e.purpose = 's'),
    node as (
        select p.job_id, p.parent_id, true as inside, p.run_id, p.state, p.reason, p.exit_code,
               p.started_at is not null or p.state not in ('waiting', 'held') or p.reason = 'retry_wait' as begun
        from plan p
        union all
        select r.job_id, null, false, w.run_id, 'waiting', null, null, false
        from reach r
        left join lateral (select p.run_id from jobgrid_engine.pending p
                           where p.job_id = r.job_id and p.business_date = coalesce(impact_nodes.day, p.business_date)
                           order by p.run_id desc limit 1) w on true
        where r.job_id not in (select p.job_id from plan p))
    select n.job_id, n.parent_id, n.inside, j.kind = 'workflow', n.run_id, n.state, n.reason, n.exit_code,
           coalesce(n.begun, false) or impact_nodes.root_run is null and n.job_id = impact_nodes.root_job, j.on_failure <> 'continue',
           j.when_failed = 'ignore', c.needs, c.needs_least, c.least, c.text, coalesce(c.autosys, false)
    from node n
    join jobgrid.job j on j.job_id = n.job_id
    left join jobgrid_engine.job_condition c on c.job_id = n.job_id and c.purpose = 's'
    order by n.job_id;
end
$$;
comment on function jobgrid_engine.impact_nodes(integer, bigint, date) is 'What the end of a job may be of importance to';
