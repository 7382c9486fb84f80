-- What these schedules say from now on is another matter than what they said before. The scheduler computes the next
-- fire; one that was due already is not lost. Called at COMMIT, so that nothing that lies before it counts. A cursor that
-- a clock has left ahead stays there, for what it has passed has fired; but not by more than a day, as in scheduler_fire.c.
create or replace function jobgrid_engine.rearm(schedule_ids integer[]) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
    perform from jobgrid_engine.fire_cursor c where c.schedule_id = any (schedule_ids) order by c.schedule_id for update;
    update jobgrid_engine.fire_cursor c
    set edited = true, from_at = case when c.from_at > m.at + interval '1 day' then m.at else greatest(c.from_at, m.at) end
    from jobgrid_engine.moment() m (at)
    where c.schedule_id = any (schedule_ids);
    if found then
        perform jobgrid_engine.ring('scheduler');
    end if;
end
$$;
comment on function jobgrid_engine.rearm(integer[]) is 'Has the scheduler compute the next fires of schedules anew, from now on';
