-- The edit of a calendar, before it is written.
create or replace function jobgrid_engine.before_calendar() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    base text;
begin
    -- Loaded from a dump, in whatever order.
    if tg_op = 'INSERT' and jobgrid_engine.job_is_restored(new.created_at) then
        return new;
    end if;
    -- What a rule refers to is what the calendar is based on.
    if new.rule is not null then
        new.based_on := jobgrid_engine.calendar_rule(new.rule);
    end if;
    if exists (select from unnest(new.cycle) p (days), unnest(new.cycle) q (days) where p.days && q.days and p.days <> q.days)
       or exists (select from unnest(new.cycle) p (days)
                  where isempty(p.days) or lower_inf(p.days) or upper_inf(p.days) or upper(p.days) - lower(p.days) > 366) then
        raise exception using errcode = 'JG003',
            message = format('calendar "%s": the periods of a cycle are at most 366 days each and do not overlap', new.name),
            hint = 'For example ''{"[2026-01-01,2026-01-31]","[2026-02-01,2026-02-28]"}''.';
    end if;
    foreach base in array new.based_on loop
        perform jobgrid_engine.require_calendar(base, new.tenant, format('calendar "%s"', new.name));
        if exists (select from jobgrid_engine.calendar_bases(base) b (name)
                   where b.name = new.name or tg_op = 'UPDATE' and b.name = old.name) then
            raise exception using errcode = 'JG003',
                message = format('calendar "%s" would be based on itself', new.name),
                detail = format('Calendar "%s" is based on it.', base),
                hint = format('Take "%s" out of based_on.', base);
        end if;
    end loop;
    if exists (select from unnest(new.fiscal_years) with ordinality y (day, n)
               join unnest(new.fiscal_years) with ordinality z (day, n) on z.n = y.n + 1
               where z.day - y.day not between 350 and 380) then
        raise exception using errcode = 'JG003',
            message = format('calendar "%s": fiscal_years are first days of fiscal years, one after the other', new.name),
            hint = 'For example ''{2026-02-01,2027-01-31,2028-01-30}''; the last one only ends the year before it.';
    end if;
    if tg_op = 'UPDATE' then
        new.days_version := greatest(new.days_version, old.days_version);
    end if;
    return new;
end
$$;
comment on function jobgrid_engine.before_calendar() is 'Checks an edit of a calendar';

create or replace trigger before_calendar before insert or update on jobgrid.calendar
    for each row execute function jobgrid_engine.before_calendar();
