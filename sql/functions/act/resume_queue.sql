-- The reason is for symmetry with pause_queue(): who resumes ends the pause that the row tells of.
create or replace function jobgrid.resume_queue(queue text, reason text default null) returns jobgrid.queue
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    target jobgrid.queue := jobgrid_engine.find_queue(queue);
begin
    if target.paused then
        update jobgrid.queue q set paused = false, paused_reason = null, paused_at = null, paused_by = null
        where q.name = target.name
        returning q.* into target;
    end if;
    return target;
end
$$;
comment on function jobgrid.resume_queue(text, text) is 'Hands out runs of a paused queue again';
grant execute on function jobgrid.resume_queue(text, text) to jobgrid_operator, jobgrid_admin;
