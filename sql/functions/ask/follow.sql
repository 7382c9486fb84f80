-- Somebody watches: until then the run's executor ships its output at once instead of once a second. No history: looking
-- is no act.
create or replace function jobgrid.follow(run_id bigint, seconds integer default 60) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    seen jobgrid_engine.seen_run := jobgrid_engine.find_run(follow.run_id);
begin
    if follow.seconds is null or follow.seconds not between 1 and 3600 then
        raise exception using errcode = 'JG003', message = 'seconds is between 1 and 3600';
    end if;
    if exists (select from jobgrid_engine.executor_order o where o.run_id = seen.run_id and o.what = 'follow') then
        return true; -- the executor is about to be told already
    end if;
    return coalesce(seen.place = 'lease', false)
       and jobgrid_engine.order_run(seen.run_id, 'follow', null, jsonb_build_object('seconds', follow.seconds));
end
$$;
comment on function jobgrid.follow(bigint, integer) is 'Asks for a running job''s output without delay; false: it does not run';
grant execute on function jobgrid.follow(bigint, integer) to jobgrid_viewer;
