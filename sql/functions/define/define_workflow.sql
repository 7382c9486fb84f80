-- A workflow and its steps from a list, as edits of jobgrid.job by the caller: his grants decide, and the triggers check.
-- It names nothing of jobgrid_engine but what he may call.
create or replace function jobgrid.define_workflow(
    name text, steps jsonb, tenant text default null, owner_team text default null,
    application text default null, title text default null, description text default null, parameters jsonb default null,
    on_failure text default null, timeout interval default null, after text[] default null, condition text default null,
    succeeds_if text default null, fails_if text default null, semantics text default null)
returns setof jobgrid.job
language plpgsql volatile set search_path = pg_catalog, pg_temp
as $$
begin
    return query select w.* from jobgrid_engine.write_workflow(
        jobgrid_engine.tenant_for(define_workflow.tenant), define_workflow.name, define_workflow.steps,
        jsonb_strip_nulls(jsonb_build_object(
            'owner_team', define_workflow.owner_team, 'application', define_workflow.application,
            'title', define_workflow.title, 'description', define_workflow.description,
            'on_failure', define_workflow.on_failure, 'timeout', define_workflow.timeout,
            'after', define_workflow.after, 'condition', define_workflow.condition,
            'succeeds_if', define_workflow.succeeds_if, 'fails_if', define_workflow.fails_if,
            'semantics', define_workflow.semantics))
        || case when define_workflow.parameters is null then '{}'
                else jsonb_build_object('parameters', define_workflow.parameters) end) w;
end
$$;
comment on function jobgrid.define_workflow(text, jsonb, text, text, text, text, text, jsonb, text, interval, text[], text, text, text, text)
    is 'Creates a workflow with its steps, or changes what is given';
grant execute on function jobgrid.define_workflow(text, jsonb, text, text, text, text, text, jsonb, text, interval, text[], text, text, text, text)
    to jobgrid_business, jobgrid_author, jobgrid_admin;
