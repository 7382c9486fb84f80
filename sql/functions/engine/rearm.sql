-- What these schedules say from now on is another matter than what they said before. The scheduler computes the next
-- fire; those that were due already are not lost, as what decides about them is kept. Called at COMMIT, so that nothing that
-- lies before it counts. A cursor that a clock has left ahead stays there, for what it has passed has fired; but not by more
-- than a day, as in scheduler_fire.c.
create or replace function jobgrid_engine.rearm(schedule_ids integer[]) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    at constant timestamptz := jobgrid_engine.moment();
begin
    perform from jobgrid_engine.fire_cursor c where c.schedule_id = any (schedule_ids) order by c.schedule_id for update;
    if exists (select from jobgrid_engine.fire_cursor c where c.schedule_id = any (schedule_ids) and (c.edited or c.next_at <= at)) then
        perform jobgrid_engine.keep_before(schedule_ids, at);
    end if;
    update jobgrid_engine.fire_cursor c
    set edited = true, from_at = case when c.from_at > at + interval '1 day' then at else greatest(c.from_at, at) end
    where c.schedule_id = any (schedule_ids);
    if found then
        perform jobgrid_engine.ring('scheduler');
    end if;
end
$$;
comment on function jobgrid_engine.rearm(integer[]) is 'Has the scheduler compute the next fires of schedules anew, from now on';
