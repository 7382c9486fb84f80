-- Lanes and live runs name the queue as text: without its row nobody could pause or resume what is left in it. Its lanes
-- stay, because a run may be on its way to them, and open.
create or replace function jobgrid_engine.before_queue_delete() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    live   bigint;
    newest bigint;
begin
    -- A shipped row that gives way to a dump's is not gone.
    if pg_trigger_depth() > 1 then
        return old;
    end if;
    select count(*), max(l.run_id) into live, newest
    from jobgrid_engine.live_run l
    left join jobgrid_engine.lane n on n.lane_id = l.lane_id
    left join jobgrid_engine.any_run r on r.run_id = l.run_id and l.lane_id is null
    where old.name in (n.queue, r.queue);
    if live > 0 then
        raise exception using errcode = 'JG002',
            message = format('queue "%s" cannot be deleted while runs of it live', old.name),
            detail = format('There are %s, the newest is run %s.', live, newest),
            hint = format('SELECT run_id, job, state FROM jobgrid.run WHERE queue = %L AND finished_at IS NULL; '
                          'let them end or cancel them.', old.name);
    end if;
    return old;
end
$$;
comment on function jobgrid_engine.before_queue_delete() is 'Refuses to delete a queue with live runs';

create or replace trigger before_queue_delete before delete on jobgrid.queue
    for each row execute function jobgrid_engine.before_queue_delete();
