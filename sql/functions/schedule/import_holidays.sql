-- As the caller: his grants and row-level security decide which calendar he may write. Days that are there keep their
-- row, with the label and kind of the file.
create or replace function jobgrid.import_holidays(
    calendar text, ics text, since date default '1970-01-01', until date default null, kind text default 'holiday',
    dry_run boolean default false)
returns table (day date, label text, change text)
language sql volatile set search_path = pg_catalog, pg_temp
begin atomic
    with found as (
        select distinct on (d.day) d.day, nullif(d.label, '') as label
        from jobgrid_engine.ics_days(
            import_holidays.ics, import_holidays.since,
            coalesce(import_holidays.until, (current_date + interval '5 years')::date)) d
        -- Raises where there is no such calendar.
        cross join (select count(*) from jobgrid.calendar_days(import_holidays.calendar, current_date, current_date)) known
        order by d.day, d.line),
    written as (
        insert into jobgrid.calendar_day as c (calendar, day, kind, label)
        select import_holidays.calendar, f.day, import_holidays.kind, f.label from found f
        where not import_holidays.dry_run
        on conflict on constraint calendar_day_pkey do update set kind = excluded.kind, label = excluded.label
        where (c.kind, c.label) is distinct from (excluded.kind, excluded.label))
    select f.day, f.label,
           case when c.day is null then 'added'
                when (c.kind, c.label) is distinct from (import_holidays.kind, f.label) then 'changed' else 'kept' end
    from found f left join jobgrid.calendar_day c on c.calendar = import_holidays.calendar and c.day = f.day
    order by f.day;
end;
comment on function jobgrid.import_holidays(text, text, date, date, text, boolean)
    is 'Writes the days of an iCalendar file into a calendar; with dry_run only says what would be written';
grant execute on function jobgrid.import_holidays(text, text, date, date, text, boolean)
    to jobgrid_business, jobgrid_admin;
