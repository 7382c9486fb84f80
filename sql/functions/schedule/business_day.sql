create or replace function jobgrid.business_day(
    application text default null, at timestamptz default null, tenant text default null,
    out business_date date, out previous_business_date date, out is_month_end boolean, out is_quarter_end boolean)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    asked jobgrid.application;
    owner jobgrid.tenant;
    known text[];
    near  text;
begin
    if business_day.application is null then
        select * into owner from jobgrid.tenant t where t.name = jobgrid_engine.tenant_for(business_day.tenant);
    else
        select * into asked from jobgrid.application a
        where a.name = business_day.application and a.tenant = any (jobgrid_engine.visible_tenant_names())
          and (business_day.tenant is null or a.tenant = business_day.tenant);
        if not found then
            known := array(select a.name from jobgrid.application a
                           where a.tenant = any (jobgrid_engine.visible_tenant_names()));
            near := jobgrid_engine.closest(business_day.application, known);
            raise exception using errcode = 'JG001',
                message = format('application "%s" does not exist', jobgrid_engine.clip(business_day.application)),
                hint = case when near is null then 'SELECT name, tenant FROM jobgrid.application;'
                            else format('Did you mean "%s"?', near) end;
        end if;
        select * into owner from jobgrid.tenant t where t.name = asked.tenant;
    end if;
    if not isfinite(coalesce(business_day.at, now())) then
        raise exception using errcode = 'JG003',
            message = 'at must be a moment', hint = 'For example at => now().';
    end if;
    select f.* into business_date, previous_business_date, is_month_end, is_quarter_end
    from jobgrid_engine.day_facts(
        coalesce(asked.calendar, owner.default_calendar),
        ((coalesce(business_day.at, jobgrid_engine.moment())
            at time zone coalesce(asked.time_zone, owner.time_zone, current_setting('jobgrid.time_zone')))
         - coalesce(asked.roll_time, '00:00'))::date) f;
end
$$;
comment on function jobgrid.business_day(text, timestamptz, text) is
    'The business day that is open, of an application or a tenant: what a run that is submitted then belongs to';
grant execute on function jobgrid.business_day(text, timestamptz, text) to jobgrid_viewer;
