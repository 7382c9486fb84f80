-- Which steps decide when a workflow is over, in their order: at real times what has happened, else after what each usually takes.
create or replace function jobgrid.critical_path(
    run_id bigint default null, job text default null, all_steps boolean default false, tenant text default null)
returns setof jobgrid.path_step
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    target record := jobgrid_engine.plan_target('critical_path', critical_path.run_id, critical_path.job, critical_path.tenant);
begin
    return query
    with step as materialized (
        select p.*, s.full_name, s.kind, s.state, s.run_id, count(*) over () as steps
        from jobgrid_engine.plan_path(target.root_job, target.root_run) p
        join jobgrid_engine.plan_steps(target.root_job, target.root_run) s using (job_id)),
    -- A workflow is no step of the way but what is in it; one that has nothing in it is.
    path as materialized (
        select s.* from step s
        where (s.critical or coalesce(critical_path.all_steps, false)) and (s.kind <> 'workflow' or s.steps = 1))
    select p.full_name, p.state, p.usual, p.starts_at, p.ends_at, p.starts_after, p.ends_after, p.slack, p.critical, p.run_id
    from path p
    order by p.starts_after, p.ends_after, p.full_name;
end
$$;
comment on function jobgrid.critical_path(bigint, text, boolean, text) is 'The steps that decide when a workflow is over';
grant execute on function jobgrid.critical_path(bigint, text, boolean, text) to jobgrid_viewer;
