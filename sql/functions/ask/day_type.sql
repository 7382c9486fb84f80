-- What kind of day a business date is to a job: as many days are alike as there must be to know how such a day goes.
create or replace function jobgrid_engine.day_type(job_id integer, day date) returns text
language sql stable set search_path = pg_catalog, pg_temp
as $$
    select case when f.is_month_end and f.business_date = day_type.day then 'last business day of the month'
                when extract(isodow from day_type.day) < 6 and f.business_date = day_type.day then 'weekday'
                else 'other day' end
    from jobgrid.job j
    join jobgrid.tenant t on t.name = j.tenant
    left join jobgrid.application a on a.name = j.application
    cross join lateral jobgrid_engine.day_facts(coalesce(a.calendar, t.default_calendar), day_type.day) f
    where j.job_id = day_type.job_id
$$;
comment on function jobgrid_engine.day_type(integer, date) is 'weekday, last business day of the month or other day';
