-- INSERT, UPDATE and DELETE of a workflow's steps as the caller: his column grants and row-level security decide, and the
-- triggers check. Steps that give the same columns are written by one statement.
create or replace function jobgrid_engine.write_workflow(tenant text, name text, steps jsonb, given jsonb) returns setof jobgrid.job
language plpgsql volatile set search_path = pg_catalog, pg_temp
as $$
declare
    wanted jsonb;
    twice  text;
    part   record;
    gone   jobgrid.job;
begin
    select jsonb_agg(to_jsonb(s)), min(s.full_name) filter (where s.n > 1) into wanted, twice
    from (select s.*, count(*) over (partition by lower(s.full_name)) as n
          from jobgrid_engine.workflow_steps(write_workflow.name, write_workflow.steps) s) s;
    if twice is not null then
        raise exception using errcode = 'JG003',
            message = format('workflow "%s" has two steps "%s"', jobgrid_engine.clip(write_workflow.name), jobgrid_engine.clip(twice)),
            hint = 'Each step has a name of its own, regardless of case.';
    end if;
    -- Steps are read as the workflow is.
    if write_workflow.given ? 'semantics' then
        wanted := (select jsonb_agg(w || jsonb_build_object(
                              'given', jsonb_build_object('semantics', write_workflow.given -> 'semantics') || (w -> 'given'),
                              'columns', (select jsonb_agg(distinct c.name) from (select jsonb_array_elements_text(w -> 'columns') union select 'semantics') c (name))))
                   from jsonb_array_elements(wanted) w);
    end if;
    perform jobgrid_engine.write_job(write_workflow.tenant, write_workflow.name, write_workflow.given || '{"kind": "workflow"}');
    for part in
        select s.level, s.columns, j.job_id is not null as there, jsonb_agg(jsonb_build_object('parent', s.parent, 'full_name', s.full_name, 'given', s.given)) as steps
        from jsonb_to_recordset(coalesce(wanted, '[]')) s (level integer, place bigint, parent text, full_name text, given jsonb, columns text[])
        left join jobgrid.job j on j.tenant = write_workflow.tenant and j.full_name = s.full_name
        group by s.level, s.columns, j.job_id is not null
        order by s.level, min(s.place)
    loop
        if part.there then
            execute format(
                'update jobgrid.job j set (%1$s) = row(%2$s) from jsonb_to_recordset($1) s (full_name text, given jsonb) '
                'cross join lateral jsonb_populate_record(null::jobgrid.job, s.given) r '
                'where j.tenant = $2 and j.full_name = s.full_name',
                (select string_agg(format('%I', c.name), ', ') from unnest(part.columns) c (name)),
                (select string_agg(format('r.%I', c.name), ', ') from unnest(part.columns) c (name)))
            using part.steps, write_workflow.tenant;
        else
            execute format(
                'insert into jobgrid.job (tenant, parent, %1$s) select $2, s.parent, %2$s '
                'from jsonb_to_recordset($1) s (parent text, given jsonb) '
                'cross join lateral jsonb_populate_record(null::jobgrid.job, s.given) r',
                (select string_agg(format('%I', c.name), ', ') from unnest(part.columns) c (name)),
                (select string_agg(format('r.%I', c.name), ', ') from unnest(part.columns) c (name)))
            using part.steps, write_workflow.tenant;
        end if;
    end loop;
    -- Steps that are not in the list any more; those inside others first.
    for gone in
        select j.* from jobgrid.job j
        where j.tenant = write_workflow.tenant and starts_with(j.full_name, write_workflow.name || '/')
          and j.full_name <> all (array(select w ->> 'full_name' from jsonb_array_elements(coalesce(wanted, '[]')) w))
        order by length(j.full_name) desc
    loop
        if jobgrid_engine.job_has_runs(gone.job_id) then
            update jobgrid.job j set enabled = false, after = '{}', condition = null, skip_if = null, join_rule = 'all'
            where j.job_id = gone.job_id;
        else
            delete from jobgrid.job j where j.job_id = gone.job_id;
        end if;
    end loop;
    return query
        select j.* from jobgrid.job j
        where j.tenant = write_workflow.tenant
          and (j.full_name = write_workflow.name or starts_with(j.full_name, write_workflow.name || '/'))
        order by j.job_id;
end
$$;
comment on function jobgrid_engine.write_workflow(text, text, jsonb, jsonb) is 'Creates a workflow with its steps, or changes what is given, as the caller';
grant execute on function jobgrid_engine.write_workflow(text, text, jsonb, jsonb) to jobgrid_business, jobgrid_author, jobgrid_admin;
