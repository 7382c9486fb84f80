-- Rows of the config tables that would be refused today: what they name is gone, or the rules have changed. Schedules are many
-- and costly to judge: those that differ in nothing that is judged are judged once.
create or replace function jobgrid_engine.refused_rows(tenants text[]) returns setof jobgrid.problem
language plpgsql volatile set search_path = pg_catalog, pg_temp
as $$
declare
    not_judged constant text[] := '{schedule_id,job,name,parameters,missed_limit,jitter,enabled,note,row_version,created_at,'
                                  'updated_at,updated_by}';
begin
    return query
        select p.* from jobgrid.job r cross join lateral jobgrid_engine.row_problem('job', r) p where r.tenant = any (tenants);
    return query
        with alike as materialized (
            select min(s.schedule_id) as one, array_agg(s.schedule_id) as all_of_them
            from jobgrid.schedule s
            left join jobgrid.job j on j.tenant = s.tenant and j.full_name = s.job
            where s.tenant = any (tenants)
            group by to_jsonb(s) - not_judged, j.time_zone,
                     case when j.job_id is null or j.parameter_schema <> '{}' then s.schedule_id end),
        wrong as materialized (
            select a.all_of_them
            from alike a join jobgrid.schedule r on r.schedule_id = a.one
            cross join lateral jobgrid_engine.row_problem('schedule', r))
        select p.*
        from wrong w cross join lateral unnest(w.all_of_them) s (schedule_id)
        join jobgrid.schedule r using (schedule_id)
        cross join lateral jobgrid_engine.row_problem('schedule', r) p;
    return query
        select p.* from jobgrid.blackout r cross join lateral jobgrid_engine.row_problem('blackout', r) p
        where r.tenant is null or r.tenant = any (tenants);
    return query
        select p.* from jobgrid.calendar r cross join lateral jobgrid_engine.row_problem('calendar', r) p
        where r.tenant is null or r.tenant = any (tenants);
    return query
        select p.* from jobgrid.tenant r cross join lateral jobgrid_engine.row_problem('tenant', r) p where r.name = any (tenants);
    return query
        select p.* from jobgrid.application r cross join lateral jobgrid_engine.row_problem('application', r) p
        where r.tenant = any (tenants);
    return query
        select p.* from jobgrid.global_value r cross join lateral jobgrid_engine.row_problem('global_value', r) p
        where r.tenant = any (tenants);
    return query
        select p.* from jobgrid.job_default r cross join lateral jobgrid_engine.row_problem('job_default', r) p;
end
$$;
comment on function jobgrid_engine.refused_rows(text[]) is 'Config rows that would be refused today';
