-- A workflow and its steps from a list, as edits of jobgrid.job by the caller: his grants decide, and the triggers check. A body
-- that is parsed now needs no rights on jobgrid_engine when it is called.
create or replace function jobgrid.define_workflow(
    name text, steps jsonb, tenant text default null, owner_team text default null,
    application text default null, title text default null, description text default null, parameters jsonb default null,
    on_failure text default null, timeout interval default null, after text[] default null, condition text default null,
    succeeds_if text default null, fails_if text default null, semantics text default null)
returns setof jobgrid.job
language sql volatile set search_path = pg_catalog, pg_temp
begin atomic
    with wanted as materialized (
        select jobgrid_engine.tenant_for(define_workflow.tenant) as tenant,
               (select jsonb_agg(to_jsonb(s)) from jobgrid_engine.workflow_steps(
                    define_workflow.name, define_workflow.steps, define_workflow.semantics) s) as steps),
    workflow as materialized (
        select w.steps, jobgrid_engine.write_job(w.tenant, define_workflow.name,
            jsonb_strip_nulls(jsonb_build_object(
                'kind', 'workflow', 'owner_team', define_workflow.owner_team, 'application', define_workflow.application,
                'title', define_workflow.title, 'description', define_workflow.description,
                'on_failure', define_workflow.on_failure, 'timeout', define_workflow.timeout,
                'after', define_workflow.after, 'condition', define_workflow.condition,
                'succeeds_if', define_workflow.succeeds_if, 'fails_if', define_workflow.fails_if,
                'semantics', define_workflow.semantics))
            || case when define_workflow.parameters is null then '{}'
                    else jsonb_build_object('parameters', define_workflow.parameters) end) as job,
            array(select j.full_name from jobgrid.job j
                  where j.tenant = w.tenant and starts_with(j.full_name, define_workflow.name || '/')
                    and jobgrid_engine.job_has_runs(j.job_id)) as kept
        from wanted w)
    select s.* from workflow w cross join lateral jobgrid_engine.write_workflow(w.job, w.steps, w.kept) s;
end;
comment on function jobgrid.define_workflow(text, jsonb, text, text, text, text, text, jsonb, text, interval, text[], text, text, text, text)
    is 'Creates a workflow with its steps, or changes what is given';
grant execute on function jobgrid.define_workflow(text, jsonb, text, text, text, text, text, jsonb, text, interval, text[], text, text, text, text)
    to jobgrid_business, jobgrid_author, jobgrid_admin;
