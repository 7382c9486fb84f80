-- What a run that becomes waiting again waits for: its moment, its conditions where they are not met or were never looked
-- at, or just the scheduler.
create or replace function jobgrid_engine.waiting_reason(run_id bigint, at_once boolean) returns text
language sql volatile security definer set search_path = pg_catalog, pg_temp
as $$
    select case when not at_once and l.due_at > now() then 'not_before' when l.unmet <> 0 then 'condition'
                else 'placement' end
    from jobgrid_engine.live_run l where l.run_id = waiting_reason.run_id
$$;
comment on function jobgrid_engine.waiting_reason(bigint, boolean) is 'Why a run that is released or tried again still waits';
