create or replace function jobgrid.calendar_days(calendar text, since date, until date)
returns table (day date, working boolean, kind text, label text)
language sql volatile security definer set search_path = pg_catalog, pg_temp
begin atomic
    select w.day, w.working,
           coalesce(d.kind, case when w.working then 'working' else 'free' end),
           d.label
    from jobgrid_engine.calendar_working(calendar_days.calendar, calendar_days.since, calendar_days.until) w
    left join lateral (
        select c.kind, c.label from jobgrid.calendar_day c
        where c.calendar in (select jobgrid_engine.calendar_bases(calendar_days.calendar)) and c.day = w.day
          and (c.kind <> 'holiday') = w.working
        order by c.calendar <> calendar_days.calendar, c.calendar limit 1) d on true
    order by w.day;
end;
comment on function jobgrid.calendar_days(text, date, date) is 'Each day of a calendar: whether it is worked, and why not';
grant execute on function jobgrid.calendar_days(text, date, date) to jobgrid_viewer;
