-- Until when the days of calendars are known. A calendar that says nothing of its own knows as long as the first of those
-- it is based on does; one without any day that is different is a week, and knows for ever.
create or replace view jobgrid_engine.calendar_known as
    select c.name, c.tenant, k.known_until, k.known_until - (jobgrid_engine.moment() at time zone 'UTC')::date as days_left,
           (select count(*) from jobgrid.schedule s where s.calendar = c.name) as schedules
    from jobgrid.calendar c
    cross join lateral (
        select coalesce(c.known_until, min(coalesce(b.known_until, d.last))) as known_until
        from jobgrid_engine.calendar_bases(c.name) n (name)
        join jobgrid.calendar b on b.name = n.name
        left join lateral (select max(x.day) as last from jobgrid.calendar_day x where x.calendar = b.name) d on true) k
    where k.known_until is not null;
comment on view jobgrid_engine.calendar_known is 'Until when the days of calendars are known';
