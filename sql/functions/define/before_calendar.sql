-- The edit of a calendar, before it is written.
create or replace function jobgrid_engine.before_calendar() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    -- Loaded from a dump, in whatever order.
    if tg_op = 'INSERT' and jobgrid_engine.job_is_restored(new.created_at) then
        return new;
    end if;
    -- What a rule refers to is what the calendar is based on.
    if new.rule is not null then
        new.based_on := jobgrid_engine.calendar_rule(new.rule);
    end if;
    perform jobgrid_engine.check_calendar(new, case when tg_op = 'UPDATE' then old.name end);
    if tg_op = 'UPDATE' then
        new.days_version := greatest(new.days_version, old.days_version);
    end if;
    return new;
end
$$;
comment on function jobgrid_engine.before_calendar() is 'Checks an edit of a calendar';

create or replace trigger before_calendar before insert or update on jobgrid.calendar
    for each row execute function jobgrid_engine.before_calendar();
