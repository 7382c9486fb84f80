-- Rows that stand for something that is not there: teams without a role, blackouts of no job, and what nothing refers to. A job is
-- what all else is for, and a team is of use by its role alone; what is shipped stays.
create or replace function jobgrid_engine.loose_ends(tenants text[]) returns setof jobgrid.problem
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
    place  record;
    used   boolean;
    config jsonb;
    name   text;
    owner  text;
begin
    return query
        select 'error', 'team', jsonb_build_object('name', t.name),
               format('team "%s": role "%s" does not exist', t.name, t.database_role),
               'Nobody belongs to the team: what it owns is edited by admins alone.', format('CREATE ROLE %I;', t.database_role)
        from jobgrid.team t
        where t.tenant = any (tenants) and not exists (select from pg_catalog.pg_roles r where r.rolname = t.database_role);
    return query
        select 'notice', 'blackout', jsonb_build_object('name', b.name), format('blackout "%s" is for no job', b.name),
               'No job fits all that it names.', format('SELECT * FROM jobgrid.blackout WHERE name = %L;', b.name)
        from jobgrid.blackout b
        where b.enabled and (b.tenant is null or b.tenant = any (tenants))
          and not exists (select from jobgrid_engine.blackout_job k where k.blackout_id = b.blackout_id);
    foreach name in array '{tenant,application,calendar,queue,pool,resource,priority_level,job_kind}'::text[] loop
        for config in execute format(
            'select to_jsonb(t) from jobgrid.%I t '
            'where t.name <> all (coalesce((select trim_array(string_to_array(encode(g.tgargs, ''escape''), ''\000''), 1) '
            '                               from pg_catalog.pg_trigger g where g.tgrelid = t.tableoid and g.tgname = ''builtin_row''), ''{}''))',
            name)
        loop
            owner := jobgrid_engine.tenant_of(name, config);
            continue when owner is not null and owner <> all (tenants);
            used := false;
            for place in select d.* from jobgrid_engine.dependants(name, config) d loop
                execute format('select exists (select from jobgrid.%I t where %s)', place.relname, place.condition) into used;
                exit when used;
            end loop;
            if not used then
                return next ('notice', name, jobgrid_engine.row_key(name, config),
                             format('nothing refers to %s', jobgrid_engine.row_name(name, config)), null,
                             format('DELETE FROM jobgrid.%I WHERE name = %L;', name, config ->> 'name'))::jobgrid.problem;
            end if;
        end loop;
    end loop;
end
$$;
comment on function jobgrid_engine.loose_ends(text[]) is 'Teams without a role, blackouts of no job, and rows that nothing refers to';
