-- Inside a run of a workflow there is one end to ask for: how far back is no question there.
create or replace function jobgrid_engine.edge_text(edge jobgrid_engine.job_edge) returns text
language sql immutable set search_path = pg_catalog, pg_temp
as $$
    select jobgrid_engine.atom_text(edge.kind, edge.name, case when edge.inside then 'd' else edge.lookback end, edge.minutes,
                                    edge.compare, edge.number, edge.value, edge.path)
$$;
comment on function jobgrid_engine.edge_text(jobgrid_engine.job_edge) is 'What a job waits for, as a condition says it';
