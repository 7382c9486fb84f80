-- Where the rows are that refer to a config row: a table and a condition each. Known from the foreign keys that delete nothing
-- along, and listed here where no key can say it. What is part of a row (a job's schedules and blackouts, a calendar's days)
-- does not refer to it.
create or replace function jobgrid_engine.dependants(table_name text, config jsonb) returns table (relname name, condition text)
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
    return query
        select r.relname, string_agg(format('%I = %L', mine.attname, dependants.config ->> its.attname), ' and ')
        from pg_catalog.pg_constraint f
        join pg_catalog.pg_class r on r.oid = f.conrelid
        cross join lateral unnest(f.conkey, f.confkey) k (mine, its)
        join pg_catalog.pg_attribute mine on mine.attrelid = f.conrelid and mine.attnum = k.mine
        join pg_catalog.pg_attribute its on its.attrelid = f.confrelid and its.attnum = k.its
        where f.contype = 'f' and f.confdeltype = 'a' and f.confrelid = format('jobgrid.%I', dependants.table_name)::regclass
        group by f.oid, r.relname
        union all
        select v.relname::name, v.condition
        from (values
            ('job', 'job', format('tenant = %L and parent = %L', dependants.config ->> 'tenant', dependants.config ->> 'full_name')),
            ('job', 'job', format('job_id in (select e.job_id from jobgrid_engine.job_edge e where e.upstream_id = %L)',
                                  dependants.config ->> 'job_id')),
            ('calendar', 'calendar', format('based_on @> array[%L]', dependants.config ->> 'name')),
            ('calendar', 'tenant', format('default_calendar = %L', dependants.config ->> 'name')),
            ('resource', 'job', format('needs_tokens ? %L', dependants.config ->> 'name')),
            ('queue', 'job_default', format('setting = ''queue'' and value = %L', dependants.config ->> 'name')),
            ('pool', 'job_default', format('setting = ''pool'' and value = %L', dependants.config ->> 'name')),
            ('priority_level', 'job_default', format('setting = ''priority'' and value = %L', dependants.config ->> 'name')))
            v (table_name, relname, condition)
        where v.table_name = dependants.table_name
        order by 1, 2;
end
$$;
comment on function jobgrid_engine.dependants(text, jsonb) is 'Where the rows are that refer to a config row';
