-- The tenant because of whose rules another person has to approve an edit; null: nobody has to.
create or replace function jobgrid_engine.needs_approval(table_name text, old jsonb, new jsonb) returns integer
language sql stable set search_path = pg_catalog, pg_temp
as $$
    with edited as (select v.config from (values (needs_approval.old), (needs_approval.new)) v (config) where v.config is not null),
    schedule_of as materialized (
        -- Schedules whose calendar it is, or is based on it.
        select s.tenant, s.job from edited e
        cross join lateral jobgrid_engine.calendar_users(e.config ->> case needs_approval.table_name when 'calendar' then 'name' else 'calendar' end) c (name)
        join jobgrid.schedule s on s.calendar = c.name
        where needs_approval.table_name in ('calendar', 'calendar_day')),
    owner as (
        select jobgrid_engine.tenant_of(needs_approval.table_name, e.config) as tenant from edited e
        union select s.tenant from schedule_of s)
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
           when 'calendar' then exists (select from schedule_of s join jobgrid.job j on j.tenant = s.tenant and j.full_name = s.job
                                        where j.criticality <= 2)
           when 'calendar_day' then exists (select from schedule_of s join jobgrid.job j on j.tenant = s.tenant and j.full_name = s.job
                                            where j.criticality <= 2)
           else true end
    order by t.tenant_id limit 1
$$;
comment on function jobgrid_engine.needs_approval(text, jsonb, jsonb) is 'Whose rules want an edit approved; null: nobody''s';
