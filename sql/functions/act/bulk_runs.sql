-- The runs of those jobs that a verb can act on, and of these those that are meant; of all jobs where job_ids is null. A
-- submitter's own alone.
create or replace function jobgrid_engine.bulk_runs(
    verb text, job_ids integer[], state text, run_reason text, since timestamptz)
returns table (run_id bigint, job text, state_now text, reason_now text)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    caller      constant name := jobgrid_engine.actor_role();
    acts_on_all constant boolean := pg_has_role(caller, 'jobgrid_operator', 'member') or pg_has_role(caller, 'jobgrid_admin', 'member');
    ended       constant text[] := '{succeeded,failed,cancelled,skipped}';
    states      text[] := case bulk_runs.verb
        when 'cancel' then '{waiting,held,queued,starting,running,blocked,unknown}'
        when 'hold' then '{waiting,queued,blocked}'
        when 'release' then '{held}'
        when 'retry' then '{waiting,held,blocked,unknown}'
        when 'rerun' then ended
        else '{waiting,held,queued,blocked,unknown}' || ended end::text[];
begin
    if bulk_runs.state is not null and not bulk_runs.state = any (states) then
        raise exception using errcode = 'JG003',
            message = format('state: %s is nothing that %s acts on', jobgrid_engine.clip(bulk_runs.state), bulk_runs.verb),
            hint = format('It acts on runs that are %s.', array_to_string(states, ', '));
    end if;
    if bulk_runs.state is not null then
        states := array[bulk_runs.state];
    elsif bulk_runs.verb = 'rerun' then
        states := '{failed,cancelled}';
    end if;
    -- Two questions: what has ended is in partitions, and never asked for where only what lives is meant.
    return query
        select l.run_id, j.full_name, l.state, l.reason
        from jobgrid_engine.live_run l join jobgrid.job j on j.job_id = l.job_id
        join jobgrid_engine.any_run r on r.run_id = l.run_id
        where not states <@ ended and l.state = any (states)
          and (bulk_runs.job_ids is null or l.job_id = any (bulk_runs.job_ids))
          and (bulk_runs.verb <> 'retry' or l.state <> 'waiting' or l.reason = 'retry_wait')
          and (bulk_runs.run_reason is null or l.reason = bulk_runs.run_reason)
          and (bulk_runs.since is null or l.since >= bulk_runs.since)
          and r.tenant_id = any ((select jobgrid_engine.visible_tenants())::integer[])
          and (acts_on_all or caller in (coalesce(r.actor, ''), r.submitted_by))
        union all
        select r.run_id, j.full_name, r.state, r.reason
        from jobgrid_engine.any_run r join jobgrid.job j using (job_id)
        where states && ended and r.state = any (states) and r.superseded_by is null
          and (bulk_runs.job_ids is null or r.job_id = any (bulk_runs.job_ids))
          and (bulk_runs.run_reason is null or r.reason = bulk_runs.run_reason)
          and (bulk_runs.since is null or r.finished_at >= bulk_runs.since)
          and r.tenant_id = any ((select jobgrid_engine.visible_tenants())::integer[])
          and (acts_on_all or caller in (coalesce(r.actor, ''), r.submitted_by))
        order by 1;
end
$$;
comment on function jobgrid_engine.bulk_runs(text, integer[], text, text, timestamptz) is 'The runs that a bulk act is about';
