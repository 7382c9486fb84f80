-- The tenant because of whose rules another person has to approve an edit; null: nobody has to.
create or replace function jobgrid_engine.needs_approval(table_name text, old jsonb, new jsonb) returns integer
language sql stable set search_path = pg_catalog, pg_temp
as $$
    with edited as (select v.config from (values (needs_approval.old), (needs_approval.new)) v (config) where v.config is not null),
    calendars as (
        -- Those whose days it makes.
        select c.name from edited e
        cross join lateral jobgrid_engine.calendar_users(e.config ->> case needs_approval.table_name when 'calendar' then 'name' else 'calendar' end) c (name)
        where needs_approval.table_name in ('calendar', 'calendar_day')),
    users as materialized (
        select s.tenant, s.job from calendars c join jobgrid.schedule s on s.calendar = c.name
        -- Whoever approves a schedule with this calendar has seen these days.
        union select p.key ->> 'tenant', p.key ->> 'job' from calendars c
              join jobgrid_engine.proposal p on p.table_name = 'schedule' and p.new ->> 'calendar' = c.name
              join jobgrid_engine.change_set s on s.change_set = p.change_set and s.approval and s.state in ('proposed', 'scheduled')
        union select b.tenant, b.job from calendars c join jobgrid.blackout b on b.calendar = c.name
        union select a.tenant, null from calendars c join jobgrid.application a on a.calendar = c.name
        union select t.name, null from calendars c join jobgrid.tenant t on t.default_calendar = c.name
        union select e.config ->> 'tenant', null from edited e where needs_approval.table_name = 'blackout'),
    owner as (
        select jobgrid_engine.tenant_of(needs_approval.table_name, e.config) as tenant from edited e
        -- A blackout without a tenant is for all of them.
        union select t.name from users u join jobgrid.tenant t on u.tenant is null or u.tenant = t.name)
    select t.tenant_id
    from jobgrid.tenant t
    join owner o on o.tenant = t.name
    where t.approval = 'all'
       or t.approval = 'critical' and case needs_approval.table_name
           when 'job' then exists (
               select from edited e
               where coalesce(e.config ->> 'criticality',
                              (select d.value from jobgrid.job_default d where d.setting = 'criticality'))::integer <= 2)
           when 'schedule' then exists (
               select from edited e left join jobgrid.job j on j.tenant = e.config ->> 'tenant' and j.full_name = e.config ->> 'job'
               where j.criticality <= 2 or j.job_id is null and jobgrid_engine.proposes_job(e.config))
           when 'blackout' then exists (
               select from edited e left join jobgrid.job j on j.tenant = e.config ->> 'tenant' and j.full_name = e.config ->> 'job'
               where e.config ->> 'job' is null or j.criticality <= 2
                  or j.job_id is null and jobgrid_engine.proposes_job(e.config))
           else needs_approval.table_name not in ('calendar', 'calendar_day') or exists (
               select from users u left join jobgrid.job j on j.tenant = u.tenant and j.full_name = u.job
               where (u.tenant is null or u.tenant = t.name) and (u.job is null or j.criticality <= 2)) end
    order by t.tenant_id limit 1
$$;
comment on function jobgrid_engine.needs_approval(text, jsonb, jsonb) is 'Whose rules want an edit approved; null: nobody''s';
