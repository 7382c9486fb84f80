-- What a calendar can be wrong about, beyond its constraints. Where it is renamed others are based on it by its former name.
create or replace function jobgrid_engine.check_calendar(calendar jobgrid.calendar, former_name text) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
    base text;
begin
    if exists (select from unnest(calendar.cycle) p (days), unnest(calendar.cycle) q (days) where p.days && q.days and p.days <> q.days)
       or exists (select from unnest(calendar.cycle) p (days)
                  where isempty(p.days) or lower_inf(p.days) or upper_inf(p.days) or upper(p.days) - lower(p.days) > 366) then
        raise exception using errcode = 'JG003',
            message = format('calendar "%s": the periods of a cycle are at most 366 days each and do not overlap', calendar.name),
            hint = 'For example ''{"[2026-01-01,2026-01-31]","[2026-02-01,2026-02-28]"}''.';
    end if;
    foreach base in array calendar.based_on loop
        perform jobgrid_engine.require_calendar(base, calendar.tenant, format('calendar "%s"', calendar.name));
        if exists (select from jobgrid_engine.calendar_bases(base) b (name)
                   where b.name in (calendar.name, former_name)) then
            raise exception using errcode = 'JG003',
                message = format('calendar "%s" would be based on itself', calendar.name),
                detail = format('Calendar "%s" is based on it.', base),
                hint = format('Take "%s" out of based_on.', base);
        end if;
    end loop;
    if exists (select from unnest(calendar.fiscal_years) with ordinality y (day, n)
               join unnest(calendar.fiscal_years) with ordinality z (day, n) on z.n = y.n + 1
               where z.day - y.day not between 350 and 380) then
        raise exception using errcode = 'JG003',
            message = format('calendar "%s": fiscal_years are first days of fiscal years, one after the other', calendar.name),
            hint = 'For example ''{2026-02-01,2027-01-31,2028-01-30}''; the last one only ends the year before it.';
    end if;
end
$$;
comment on function jobgrid_engine.check_calendar(jobgrid.calendar, text) is 'Raises JG001 or JG003 for a calendar that cannot be';
