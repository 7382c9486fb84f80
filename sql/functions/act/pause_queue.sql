create or replace function jobgrid.pause_queue(queue text, reason text default null) returns jobgrid.queue
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    target jobgrid.queue := jobgrid_engine.find_queue(queue);
begin
    if not target.paused then
        update jobgrid.queue q
        set paused = true, paused_reason = pause_queue.reason, paused_at = now(), paused_by = jobgrid_engine.actor_role()
        where q.name = target.name
        returning q.* into target;
    end if;
    return target;
end
$$;
comment on function jobgrid.pause_queue(text, text) is 'Hands out nothing more of a queue; its runs stay queued';
grant execute on function jobgrid.pause_queue(text, text) to jobgrid_operator, jobgrid_admin;
