-- The edit of jobs, after a statement has written them all, so that jobs defined together may name each other in any order:
-- names that have changed, and the atoms of conditions. What the names mean in the end is checked at COMMIT (check_edges).
create or replace function jobgrid_engine.after_job() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp set plan_cache_mode = auto
as $$
declare
    edited  integer[];
    named   text[];
    other   integer[];
    renamed record;
    orphan  record;
begin
    -- A plan that was kept from a few jobs would compare each with each of many.
    if (select count(*) from new_jobs) > 20 then
        set local plan_cache_mode = force_custom_plan;
    end if;
    if tg_op = 'INSERT' then
        edited := array(select n.job_id from new_jobs n where not jobgrid_engine.job_is_restored(n.created_at));
        named := array(select n.full_name from new_jobs n where n.job_id = any (edited));
        if cardinality(edited) = 0 then
            return null;
        end if;
    else
        named := '{}';
        for renamed in
            select n.job_id, n.tenant, n.full_name, n.name, o.full_name as old_full_name, o.name as old_name
            from new_jobs n join old_jobs o using (job_id)
            where n.full_name <> o.full_name
        loop
            named := named || array[renamed.full_name, renamed.old_full_name];
            update jobgrid.job j set parent = renamed.full_name
            where j.tenant = renamed.tenant and j.parent = renamed.old_full_name;
            -- Who waits for this job goes on waiting for it under its new name.
            update jobgrid.job j
            set after = array_replace(array_replace(j.after, renamed.old_full_name, renamed.full_name),
                                      renamed.old_name, renamed.name),
                condition = jobgrid_engine.rename_in_condition(j.condition, j.semantics, renamed.old_full_name,
                                                               renamed.full_name, renamed.old_name, renamed.name),
                skip_if = jobgrid_engine.rename_in_condition(j.skip_if, j.semantics, renamed.old_full_name,
                                                             renamed.full_name, renamed.old_name, renamed.name),
                succeeds_if = jobgrid_engine.rename_in_condition(j.succeeds_if, j.semantics, renamed.old_full_name,
                                                                 renamed.full_name, renamed.old_name, renamed.name),
                fails_if = jobgrid_engine.rename_in_condition(j.fails_if, j.semantics, renamed.old_full_name,
                                                              renamed.full_name, renamed.old_name, renamed.name)
            from (select distinct e.job_id from jobgrid_engine.job_edge e
                  where e.upstream_id = renamed.job_id and e.source = 'j') e
            where e.job_id = j.job_id and j.job_id <> renamed.job_id;
        end loop;
        edited := array(
            select n.job_id from new_jobs n join old_jobs o using (job_id)
            where (n.after, n.join_rule, n.condition, n.skip_if, n.succeeds_if, n.fails_if, n.semantics, n.parent, n.unknown_names)
                  is distinct from (o.after, o.join_rule, o.condition, o.skip_if, o.succeeds_if, o.fails_if, o.semantics, o.parent, o.unknown_names));
    end if;
    if tg_op = 'UPDATE' then
        -- What a flag means for runs that are there, and for those that wait for the job.
        insert into jobgrid_engine.condition_news (what, id)
        select 'f', n.job_id from new_jobs n join old_jobs o using (job_id)
        where (n.taken_out, n.bypassed) <> (o.taken_out, o.bypassed);
    end if;
    if exists (select from new_jobs n where n.flag_until is not null) then
        perform jobgrid_engine.ring('changes');
    end if;
    perform jobgrid_engine.ring('scheduler');
    select n.parent, n.name into orphan from new_jobs n
    where n.job_id = any (edited) and n.parent is not null
      and not exists (select from jobgrid.job j where j.tenant = n.tenant and j.full_name = n.parent)
    limit 1;
    if found then
        raise exception using errcode = 'JG001',
            message = format('job "%s" does not exist', orphan.parent),
            detail = format('Job "%s" is to be a member of it.', orphan.name),
            hint = 'Define the parent first, or in the same statement.';
    end if;
    -- A new or renamed job may be nearer than what a name has meant so far, or what it was meant to mean; inside of a workflow
    -- only to what lies in that.
    other := array(
        with place as materialized (
            select distinct array_to_string(s.steps[n.n:], '/') as name, array_to_string(s.steps[:n.n - 1], '/') as inside
            from unnest(named) f (full_name)
            cross join lateral string_to_array(f.full_name, '/') s (steps)
            cross join lateral generate_series(1, cardinality(s.steps)) n (n)),
        candidate as materialized (
            select j.job_id, j.tenant, j.parent, j.semantics, e.name, e.upstream_id
            from place p
            join jobgrid_engine.job_edge e on e.name = p.name and e.source = 'j'
            join jobgrid.job j on j.job_id = e.job_id
            where (p.inside = '' or j.parent = p.inside or starts_with(j.parent, p.inside || '/') or j.semantics = 'autosys')
              and j.job_id <> all (edited))
        select distinct c.job_id from candidate c
        where c.upstream_id is distinct from jobgrid_engine.resolve_job(c.tenant, c.parent, c.name, c.semantics));
    edited := edited || other;
    edited := array(select j.job_id from jobgrid.job j
                    where j.job_id = any (edited)
                      and (cardinality(j.after) > 0 or j.condition is not null or j.skip_if is not null
                           or j.succeeds_if is not null or j.fails_if is not null
                           or j.parent is not null
                           or exists (select from jobgrid_engine.job_edge e where e.job_id = j.job_id)));
    if cardinality(edited) = 0 then
        return null;
    end if;
    perform jobgrid_engine.write_edges(edited);
    insert into jobgrid_engine.edge_edit (job_ids) values (edited);
    -- Runs that wait already go by the new condition.
    if tg_op = 'UPDATE' or cardinality(other) > 0 then
        insert into jobgrid_engine.condition_news (what, id)
        select 'c', p.job_id from (select distinct p.job_id from jobgrid_engine.pending p where p.job_id = any (edited)) p;
    end if;
    return null;
end
$$;
comment on function jobgrid_engine.after_job() is 'Follows names, writes the atoms of conditions, and has them checked at COMMIT';

create or replace trigger after_job_insert after insert on jobgrid.job
    referencing new table as new_jobs for each statement execute function jobgrid_engine.after_job();
create or replace trigger after_job_update after update on jobgrid.job
    referencing old table as old_jobs new table as new_jobs
    for each statement execute function jobgrid_engine.after_job();
