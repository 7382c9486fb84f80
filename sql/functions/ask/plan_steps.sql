-- A workflow and all that lies in it, or a job alone; of a run as far as it has come. A run has the steps that there were when it
-- began: of those without a run only such as their workflow has yet to make.
create or replace function jobgrid_engine.plan_steps(root_job integer, root_run bigint default null)
returns table (job_id integer, parent_id integer, full_name text, kind text, run_id bigint, state text, reason text,
               exit_code integer, started_at timestamptz, ended_at timestamptz, due_at timestamptz,
               least_after integer, least_text integer)
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
    root jobgrid.job;
    ids  integer[];
begin
    select * into root from jobgrid.job j where j.job_id = plan_steps.root_job;
    ids := array(select j.job_id from jobgrid.job j
                 where j.tenant = root.tenant and (j.job_id = root.job_id or starts_with(j.full_name, root.full_name || '/')));
    return query
    with recursive run as materialized (
        select r.* from jobgrid_engine.plan_runs(ids, plan_steps.root_run) r where plan_steps.root_run is not null),
    step as materialized (
        select j.job_id, p.job_id as parent_id, j.enabled, r.run_id is not null as there,
               r.started_at is null and r.ended_at is null as open
        from jobgrid.job j
        join jobgrid.job p on p.tenant = j.tenant and p.full_name = j.parent
        left join run r on r.job_id = j.job_id
        where j.job_id = any (ids) and j.job_id <> root.job_id),
    tree (job_id, parent_id, open) as (
        select root.job_id, null::integer, not exists (select from run r where r.job_id = root.job_id
                                                       and (r.started_at is not null or r.ended_at is not null))
        union all
        select s.job_id, s.parent_id, s.open from tree t join step s on s.parent_id = t.job_id
        where s.there or s.enabled and t.open)
    select t.job_id, t.parent_id, j.full_name, j.kind, r.run_id, r.state, r.reason, r.exit_code, r.started_at, r.ended_at,
           r.due_at, coalesce(nullif(c.needs_least, c.needs), 0),
           case when c.text is null and c.least is not null then c.least - c.needs_least else 0 end
    from tree t
    join jobgrid.job j on j.job_id = t.job_id
    left join run r on r.job_id = t.job_id
    left join jobgrid_engine.job_condition c on c.job_id = t.job_id and c.purpose = 's'
    order by t.job_id;
end
$$;
comment on function jobgrid_engine.plan_steps(integer, bigint) is 'A workflow and all that lies in it, of a run as far as it has come';
