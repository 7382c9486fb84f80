-- Days of a calendar have changed, and with them those of all that are based on it: schedules that use one of them are
-- computed anew. Once a transaction, however many days it changes: nobody sees them before its COMMIT.
-- The lock makes a schedule that is just being given the calendar wait, or be seen here: it refers to the row.
create or replace function jobgrid_engine.touch_calendar() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    changed text;
    users   text[];
begin
    if tg_op = 'INSERT' and jobgrid_engine.job_is_restored(new.created_at) then
        return null;
    end if;
    changed := case when tg_table_name = 'calendar' then to_jsonb(new) ->> 'name'
                    else coalesce(to_jsonb(new), to_jsonb(old)) ->> 'calendar' end;
    if exists (select from jobgrid.calendar c where c.name = changed and c.touched_by = pg_current_xact_id()) then
        return null;
    end if;
    users := array(select c.name from jobgrid.calendar c
                   where c.name in (select jobgrid_engine.calendar_users(changed)) order by c.name for update);
    update jobgrid.calendar c set days_version = c.days_version + 1, touched_by = pg_current_xact_id()
    where c.name = any (users);
    perform jobgrid_engine.rearm(array(select s.schedule_id from jobgrid.schedule s where s.calendar = any (users)));
    return null;
end
$$;
comment on function jobgrid_engine.touch_calendar() is 'Has next fires computed anew when days of a calendar change';

create constraint trigger touch_calendar after update on jobgrid.calendar
    deferrable initially deferred for each row
    when ((new.name, new.workdays, new.based_on, new.combine, new.rule, new.cycle, new.time_zone, new.fiscal_years, new.fiscal_weeks)
          is distinct from
          (old.name, old.workdays, old.based_on, old.combine, old.rule, old.cycle, old.time_zone, old.fiscal_years, old.fiscal_weeks))
    execute function jobgrid_engine.touch_calendar();
create constraint trigger touch_calendar after insert or update or delete on jobgrid.calendar_day
    deferrable initially deferred for each row execute function jobgrid_engine.touch_calendar();
