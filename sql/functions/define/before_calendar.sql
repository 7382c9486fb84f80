-- The edit of a calendar, before it is written.
create or replace function jobgrid_engine.before_calendar() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    base text;
begin
    if tg_op = 'DELETE' then
        select string_agg(format('"%s"', c.name), ', ' order by c.name) into base
        from jobgrid.calendar c where c.based_on @> array[old.name];
        if base is not null then
            raise exception using errcode = 'JG002',
                message = format('calendar "%s" cannot be deleted: others are based on it', old.name),
                detail = format('They are %s.', base),
                hint = 'Change their based_on first.';
        end if;
        select string_agg(format('"%s"', s.job), ', ' order by s.job) into base
        from (select distinct s.job from jobgrid.schedule s where s.calendar = old.name order by 1 limit 20) s;
        if base is not null then
            raise exception using errcode = 'JG002',
                message = format('calendar "%s" cannot be deleted: schedules use it', old.name),
                detail = format('Those of %s.', base),
                hint = format('SELECT tenant, job, name FROM jobgrid.schedule WHERE calendar = %L;', old.name);
        end if;
        select string_agg(u.who, ', ' order by u.who) into base
        from (select format('application "%s"', a.name) as who from jobgrid.application a where a.calendar = old.name
              union all
              select format('tenant "%s"', t.name) from jobgrid.tenant t where t.default_calendar = old.name
              order by 1 limit 20) u;
        if base is not null then
            raise exception using errcode = 'JG002',
                message = format('calendar "%s" cannot be deleted: business dates follow from it', old.name),
                detail = format('Those of %s.', base),
                hint = 'Give them another calendar, or none, first.';
        end if;
        return old;
    end if;
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

create or replace trigger before_calendar before insert or update or delete on jobgrid.calendar
    for each row execute function jobgrid_engine.before_calendar();
