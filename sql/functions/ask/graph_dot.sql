-- For Graphviz: a box a step, coloured by its state; what it waits for outside, and global values, are ellipses; dotted lines
-- lead from a workflow to what begins in it. Thick is the critical path.
create or replace function jobgrid_engine.graph_dot(root_job integer, root_run bigint) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        with step as materialized (
            select s.*, j.name, p.layer, p.critical
            from jobgrid_engine.plan_steps(root_job, root_run) s
            join jobgrid_engine.plan_path(root_job, root_run) p using (job_id)
            join jobgrid.job j using (job_id)),
        edge as materialized (
            select s.job_id, e.atom, e.source, s.full_name as step, coalesce(u.full_name, o.full_name, e.name) as upstream,
                   u.job_id is not null as inside, s.critical and coalesce(u.critical, false) as critical,
                   case when e.kind not in ('a', 'A') then
                       jobgrid_engine.edge_text(e) end as label
            from step s
            join jobgrid_engine.job_edge e on e.job_id = s.job_id and e.purpose = 's'
            left join step u on e.source = 'j' and e.inside and u.job_id = e.upstream_id
            left join jobgrid.job o on e.source = 'j' and o.job_id = e.upstream_id),
        line (place, nth, text) as (
            select 1, 0::bigint, format('digraph %s {', (select jobgrid_engine.dot_text(s.full_name) from step s where s.parent_id is null))
            union all
            select 2, 0, '  rankdir = LR; node [shape = box, style = filled, fillcolor = white];'
            union all
            select 3, row_number() over (order by s.layer, s.full_name), format('  %s [label = %s%s%s, fillcolor = %s];',
                   jobgrid_engine.dot_text(s.full_name), jobgrid_engine.dot_text(concat_ws(': ', s.name, s.state)),
                   case when s.kind = 'workflow' then ', shape = folder' end, case when s.critical then ', penwidth = 3' end,
                   case s.state when 'succeeded' then 'palegreen' when 'failed' then 'salmon' when 'running' then 'lightskyblue'
                                when 'starting' then 'lightskyblue' when 'queued' then 'lightyellow' when 'waiting' then 'lightyellow'
                                when 'held' then 'orange' when 'blocked' then 'orange' when 'unknown' then 'orchid'
                                when 'skipped' then 'lightgrey' when 'cancelled' then 'lightgrey' else 'white' end)
            from step s
            union all
            select 4, row_number() over (order by e.upstream), format('  %s [label = %s, shape = ellipse, style = dashed];',
                   jobgrid_engine.dot_text(e.source::text || ' ' || e.upstream), jobgrid_engine.dot_text(e.upstream))
            from (select distinct e.source, e.upstream from edge e where not e.inside) e
            union all
            select 5, row_number() over (order by e.step, e.atom), format('  %s -> %s%s;',
                   jobgrid_engine.dot_text(case when e.inside then e.upstream else e.source::text || ' ' || e.upstream end),
                   jobgrid_engine.dot_text(e.step),
                   ' [' || nullif(concat_ws(', ', 'label = ' || jobgrid_engine.dot_text(e.label), case when e.critical then 'penwidth = 3' end), '') || ']')
            from edge e
            union all
            select 6, row_number() over (order by s.layer, s.full_name), format('  %s -> %s [style = dotted];',
                   jobgrid_engine.dot_text(p.full_name), jobgrid_engine.dot_text(s.full_name))
            from step s join step p on p.job_id = s.parent_id
            where not exists (select from edge e where e.job_id = s.job_id and e.inside)
            union all
            select 7, 0, '}')
        select string_agg(l.text, E'\n' order by l.place, l.nth) from line l);
end
$$;
comment on function jobgrid_engine.graph_dot(integer, bigint) is 'A workflow in the language of Graphviz';
