create or replace function jobgrid.graph_text(
    run_id bigint default null, job text default null, format text default 'text', tenant text default null)
returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    target record;
begin
    if graph_text.format is null or graph_text.format not in ('text', 'dot') then
        raise exception using errcode = 'JG003',
            message = format('format "%s" is not known', jobgrid_engine.clip(coalesce(graph_text.format, 'null'))),
            hint = 'Formats are text and dot.';
    end if;
    target := jobgrid_engine.plan_target('graph_text', graph_text.run_id, graph_text.job, graph_text.tenant);
    return case graph_text.format when 'dot' then jobgrid_engine.graph_dot(target.root_job, target.root_run)
           else jobgrid_engine.graph_tree(target.root_job, target.root_run) end;
end
$$;
comment on function jobgrid.graph_text(bigint, text, text, text) is 'A workflow or a run of it to be read (text) or drawn (dot)';
grant execute on function jobgrid.graph_text(bigint, text, text, text) to jobgrid_viewer;
