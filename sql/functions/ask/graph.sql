-- A workflow as it is defined, or as far as a run of it has come; a job that lies in none is a graph of one. What a step waits
-- for is what the definition says now.
create or replace function jobgrid.graph(run_id bigint default null, job text default null, tenant text default null)
returns setof jobgrid.graph_step
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    target record := jobgrid_engine.plan_target('graph', graph.run_id, graph.job, graph.tenant);
begin
    return query
    select s.full_name, s.kind, s.state, s.reason, coalesce(w.texts, '{}'), p.layer, s.started_at, s.ended_at, s.run_id, p.critical
    from jobgrid_engine.plan_steps(target.root_job, target.root_run) s
    join jobgrid_engine.plan_path(target.root_job, target.root_run) p using (job_id)
    left join (
        select e.job_id, array_agg(jobgrid_engine.edge_text(e) order by e.atom) as texts
        from jobgrid_engine.job_edge e where e.purpose = 's' group by e.job_id) w using (job_id)
    order by p.layer, s.full_name;
end
$$;
comment on function jobgrid.graph(bigint, text, text) is 'The steps of a workflow or of a run of it, and what they wait for';
grant execute on function jobgrid.graph(bigint, text, text) to jobgrid_viewer;
