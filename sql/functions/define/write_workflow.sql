-- INSERT, UPDATE and DELETE of a workflow's steps as the caller: his column grants and row-level security decide, and the
-- triggers check. Steps that give the same columns are written by one statement. It names nothing of jobgrid_engine, where the
-- caller has no rights: the workflow itself is written by then, `wanted` are its steps, `kept` those of which runs are kept.
create or replace function jobgrid_engine.write_workflow(workflow jobgrid.job, wanted jsonb, kept text[]) returns setof jobgrid.job
language plpgsql volatile set search_path = pg_catalog, pg_temp
as $$
declare
    part record;
    gone jobgrid.job;
begin
    for part in
        select s.level, s.columns, j.job_id is not null as there, jsonb_agg(jsonb_build_object('parent', s.parent, 'full_name', s.full_name, 'given', s.given)) as steps
        from jsonb_to_recordset(coalesce(write_workflow.wanted, '[]')) s (level integer, place bigint, parent text, full_name text, given jsonb, columns text[])
        left join jobgrid.job j on j.tenant = (write_workflow.workflow).tenant and j.full_name = s.full_name
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
            using part.steps, (write_workflow.workflow).tenant;
        else
            execute format(
                'insert into jobgrid.job (tenant, parent, %1$s) select $2, s.parent, %2$s '
                'from jsonb_to_recordset($1) s (parent text, given jsonb) '
                'cross join lateral jsonb_populate_record(null::jobgrid.job, s.given) r',
                (select string_agg(format('%I', c.name), ', ') from unnest(part.columns) c (name)),
                (select string_agg(format('r.%I', c.name), ', ') from unnest(part.columns) c (name)))
            using part.steps, (write_workflow.workflow).tenant;
        end if;
    end loop;
    -- Steps that are not in the list any more; those inside others first.
    for gone in
        select j.* from jobgrid.job j
        where j.tenant = (write_workflow.workflow).tenant and starts_with(j.full_name, (write_workflow.workflow).full_name || '/')
          and j.full_name <> all (array(select w ->> 'full_name' from jsonb_array_elements(coalesce(write_workflow.wanted, '[]')) w))
        order by length(j.full_name) desc
    loop
        if gone.full_name = any (write_workflow.kept) then
            update jobgrid.job j set enabled = false, after = '{}', condition = null, skip_if = null, join_rule = 'all'
            where j.job_id = gone.job_id;
        else
            delete from jobgrid.job j where j.job_id = gone.job_id;
        end if;
    end loop;
    return query
        select j.* from jobgrid.job j
        where j.tenant = (write_workflow.workflow).tenant
          and (j.full_name = (write_workflow.workflow).full_name or starts_with(j.full_name, (write_workflow.workflow).full_name || '/'))
        order by j.job_id;
end
$$;
comment on function jobgrid_engine.write_workflow(jobgrid.job, jsonb, text[]) is 'Creates a workflow with its steps, or changes what is given, as the caller';
grant execute on function jobgrid_engine.write_workflow(jobgrid.job, jsonb, text[]) to jobgrid_business, jobgrid_author, jobgrid_admin;
