-- The steps of a workflow as they were given, those of nested workflows too: each with its place and the columns it gives.
create or replace function jobgrid_engine.workflow_steps(name text, steps jsonb, semantics text)
returns table (level integer, place bigint, parent text, full_name text, given jsonb, columns text[])
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    known constant text[] := array(
        select a.attname::text from pg_catalog.pg_attribute a
        where a.attrelid = 'jobgrid.job'::regclass and a.attnum > 0 and not a.attisdropped
          and a.attname <> all ('{job_id,tenant,parent,full_name,version,row_version,created_at,created_by,updated_at,updated_by}'))
        || '{needs,steps}';
    bad   record;
    twice text;
begin
    if jsonb_typeof(workflow_steps.steps) is distinct from 'array' then
        raise exception using errcode = 'JG003', message = 'steps are a JSON array of objects',
            hint = 'For example ''[{"name": "load", "command": "load.sh"}, {"name": "sum", "command": "sum.sh", "needs": ["load"]}]''.';
    end if;
    return query
    with recursive flat (level, parent, step) as (
        select 1, workflow_steps.name, s.step from jsonb_array_elements(workflow_steps.steps) s (step)
        union all
        select f.level + 1, f.parent || '/' || (f.step ->> 'name'), s.step
        from flat f
        cross join lateral jsonb_array_elements(
            case when jsonb_typeof(f.step) = 'object' and jsonb_typeof(f.step -> 'steps') = 'array' then f.step -> 'steps' else '[]' end) s (step))
    select f.level, row_number() over (), f.parent, f.parent || '/' || (f.step ->> 'name'), g.given,
           array(select k.key from jsonb_object_keys(g.given) k (key) order by k.key)
    from flat f
    cross join lateral (
        -- Steps are read as the workflow is.
        select case when jsonb_typeof(f.step) = 'object'
                    then jsonb_strip_nulls(jsonb_build_object('semantics', workflow_steps.semantics)) || (f.step - '{needs,steps}'::text[])
                    else f.step end
               || case when jsonb_typeof(f.step) = 'object' and f.step ? 'needs' then jsonb_build_object('after', f.step -> 'needs') else '{}' end
               || case when jsonb_typeof(f.step) = 'object' and f.step ? 'steps' and not f.step ? 'kind' then '{"kind": "workflow"}'::jsonb else '{}' end as given) g;
    -- What is wrong with the list as such; what is wrong with a step as a job its triggers say.
    select s.step, k.key, case
               when jsonb_typeof(s.step) <> 'object' then 'a step is a JSON object'
               when s.step ->> 'name' is null then 'a step needs a name'
               else format('a step has no "%s"', jobgrid_engine.clip(k.key)) end as message into bad
    from (with recursive flat (step) as (
              select s.step from jsonb_array_elements(workflow_steps.steps) s (step)
              union all
              select s.step from flat f
              cross join lateral jsonb_array_elements(
                  case when jsonb_typeof(f.step) = 'object' and jsonb_typeof(f.step -> 'steps') = 'array' then f.step -> 'steps' else '[]' end) s (step))
          select f.step from flat f) s
    left join lateral jsonb_object_keys(case when jsonb_typeof(s.step) = 'object' then s.step else '{}' end) k (key)
        on k.key <> all (known)
    where jsonb_typeof(s.step) <> 'object' or s.step ->> 'name' is null or k.key is not null
    limit 1;
    if found then
        raise exception using errcode = 'JG003',
            message = format('workflow "%s": %s', jobgrid_engine.clip(workflow_steps.name), bad.message),
            detail = format('The step is %s.', left(bad.step::text, 200)),
            hint = coalesce(format('Did you mean "%s"?', jobgrid_engine.closest(bad.key, known)),
                            'For example {"name": "load", "command": "load.sh"}; its keys are columns of jobgrid.job.');
    end if;
    with recursive flat (parent, step) as (
        select workflow_steps.name, s.step from jsonb_array_elements(workflow_steps.steps) s (step)
        union all
        select f.parent || '/' || (f.step ->> 'name'), s.step
        from flat f
        cross join lateral jsonb_array_elements(case when jsonb_typeof(f.step -> 'steps') = 'array' then f.step -> 'steps' else '[]' end) s (step))
    select min(f.parent || '/' || (f.step ->> 'name')) into twice
    from flat f group by lower(f.parent || '/' || (f.step ->> 'name')) having count(*) > 1 limit 1;
    if found then
        raise exception using errcode = 'JG003',
            message = format('workflow "%s" has two steps "%s"', jobgrid_engine.clip(workflow_steps.name), jobgrid_engine.clip(twice)),
            hint = 'Each step has a name of its own, regardless of case.';
    end if;
end
$$;
comment on function jobgrid_engine.workflow_steps(text, jsonb, text) is 'The steps of a workflow as they were given to define_workflow()';
grant execute on function jobgrid_engine.workflow_steps(text, jsonb, text) to jobgrid_business, jobgrid_author, jobgrid_admin;
