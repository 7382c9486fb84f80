-- Opens and closes lanes as what they depend on says, and lets claims see it. An edit waits for who else is at a lane, so that
-- what it closes is closed when it is committed. Workers wait for nobody: false, some are locked by somebody's open transaction.
create or replace function jobgrid_engine.settle_lanes(waits boolean) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    wrong integer[] := array(select l.lane_id from jobgrid_engine.lane_closing c join jobgrid_engine.lane l using (lane_id)
                             where l.closed_reason is distinct from c.reason);
    free  integer[] := wrong;
begin
    if wrong = '{}' then
        return true;
    end if;
    if not waits then
        free := array(select l.lane_id from jobgrid_engine.lane l where l.lane_id = any (wrong) for no key update skip locked);
    end if;
    update jobgrid_engine.lane l
    set open = c.reason is null, closed_reason = c.reason,
        closed_since = case when c.reason is not null then coalesce(l.closed_since, jobgrid_engine.moment()) end
    from jobgrid_engine.lane_closing c
    where l.lane_id = any (free) and c.lane_id = l.lane_id and l.closed_reason is distinct from c.reason;
    if found then
        perform jobgrid_engine.ring('lanes');
    end if;
    return cardinality(free) = cardinality(wrong);
end
$$;
comment on function jobgrid_engine.settle_lanes(boolean) is 'Opens and closes lanes';
