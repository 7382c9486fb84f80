-- Opens and closes lanes as what they depend on says, and lets claims see it.
create or replace function jobgrid_engine.settle_lanes() returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
    update jobgrid_engine.lane l
    set open = c.reason is null, closed_reason = c.reason,
        closed_since = case when c.reason is not null then coalesce(l.closed_since, jobgrid_engine.moment()) end
    from jobgrid_engine.lane_closing c
    where c.lane_id = l.lane_id and l.closed_reason is distinct from c.reason;
    if found then
        perform jobgrid_engine.ring('lanes');
    end if;
end
$$;
comment on function jobgrid_engine.settle_lanes() is 'Opens and closes lanes';
