-- A line for a running job, which it receives on its socket. Whether it listens is its own business.
create or replace function jobgrid.tell(run_id bigint, message text) returns setof jobgrid.acted
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    target bigint := jobgrid_engine.target_runs('tell', tell.run_id, null, null);
    seen   jobgrid_engine.seen_run := jobgrid_engine.find_run(target);
begin
    if coalesce(btrim(tell.message), '') = '' or octet_length(tell.message) > 8000 then
        raise exception using errcode = 'JG003', message = 'a message has 1 to 8000 bytes';
    end if;
    if seen.place is distinct from 'lease'
       or not jobgrid_engine.order_run(target, 'message', tell.message, jsonb_build_object('text', tell.message)) then
        perform jobgrid_engine.wrong_state(seen, 'tell', 'Only a job that runs on an executor can be told something.');
    end if;
    return next jobgrid_engine.acted(target, null);
end
$$;
comment on function jobgrid.tell(bigint, text) is 'Sends a message to a running job';
grant execute on function jobgrid.tell(bigint, text) to jobgrid_submitter, jobgrid_operator, jobgrid_admin;
