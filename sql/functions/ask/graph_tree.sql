-- A line a step: those of a workflow below it, in the order in which they can start; * is on the critical path.
create or replace function jobgrid_engine.graph_tree(root_job integer, root_run bigint) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        with recursive step as materialized (
            select s.job_id, s.parent_id, j.name, s.full_name, s.kind, s.state, s.reason, p.layer, p.critical
            from jobgrid_engine.plan_steps(root_job, root_run) s
            join jobgrid_engine.plan_path(root_job, root_run) p using (job_id)
            join jobgrid.job j using (job_id)),
        tree as (
            select s.*, 0 as depth, array[''] as place from step s where s.parent_id is null
            union all
            select s.*, t.depth + 1, t.place || (lpad(s.layer::text, 8, '0') || s.name) from tree t join step s on s.parent_id = t.job_id)
        select string_agg(concat(case when t.critical then '* ' else '  ' end, repeat('  ', t.depth),
                                 case when t.depth = 0 then t.full_name else t.name end,
                                 case when t.kind = 'workflow' and t.depth > 0 then '/' end,
                                 '  ' || t.state, ' (' || nullif(nullif(t.reason, 'workflow'), 'condition') || ')', '  <- ' || w.texts),
                          E'\n' order by t.place)
        from tree t
        left join (
            select e.job_id, string_agg(jobgrid_engine.edge_text(e), ', ' order by e.atom) as texts
            from jobgrid_engine.job_edge e where e.purpose = 's' and e.job_id in (select s.job_id from step s)
            group by e.job_id) w on w.job_id = t.job_id);
end
$$;
comment on function jobgrid_engine.graph_tree(integer, bigint) is 'A workflow as lines of text';
