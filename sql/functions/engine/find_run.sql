-- A run the actor may see, as it is at this moment: the row of run, with state and reason from its narrow row while it
-- lives. Raises JG001. Nothing is locked: the state routine checks again.
create or replace function jobgrid_engine.find_run(run_id bigint) returns jobgrid_engine.seen_run
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    seen jobgrid_engine.seen_run;
begin
    select r.run_id, r.job_id, j.full_name, coalesce(l.state, r.state),
           case when l.state is null then r.reason else l.reason end,
           coalesce(l.since, r.finished_at, r.submitted_at), l.place, l.due_at, r.superseded_by, r.submitted_by, r.actor
    into seen
    from jobgrid_engine.any_run r
    join jobgrid.job j using (job_id)
    left join jobgrid_engine.live_run l on l.run_id = r.run_id
    where r.run_id = find_run.run_id and r.tenant_id = any ((select jobgrid_engine.visible_tenants())::integer[]);
    if not found then
        raise exception using errcode = 'JG001',
            message = format('run %s does not exist', coalesce(find_run.run_id::text, 'null')),
            hint = 'List the newest runs with: SELECT run_id, job, state FROM jobgrid.run ORDER BY run_id DESC LIMIT 20;';
    end if;
    return seen;
end
$$;
comment on function jobgrid_engine.find_run(bigint) is 'A run the actor may see; raises JG001';
