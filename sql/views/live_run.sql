-- The five tables of live runs as one, for the engine. Each arm carries a constant and its CHECK on state, so that the
-- planner leaves out the tables that a question cannot mean.
create or replace view jobgrid_engine.live_run as
    select 'due' as place, run_id, rank, due_at, since, job_id, tenant_id, lane_id, attempt, tries, unmet,
           business_date, state, reason, null::bigint as fence, null::integer as version, null::integer as executor_id,
           null::timestamptz as claimed_at, null::timestamptz as started_at, null::timestamptz as cancel_at,
           null::text as cancel_by, null::text as cancel_reason
    from jobgrid_engine.due
    union all
    select 'pending', run_id, rank, due_at, since, job_id, tenant_id, lane_id, attempt, tries, unmet,
           business_date, state, reason, null, null, null, null, null, null, null, null
    from jobgrid_engine.pending
    union all
    select 'ready', run_id, rank, due_at, since, job_id, tenant_id, lane_id, attempt, tries, unmet,
           business_date, state, reason, null, null, null, null, null, null, null, null
    from jobgrid_engine.ready
    union all
    select 'lease', run_id, rank, due_at, since, job_id, tenant_id, lane_id, attempt, tries, unmet,
           business_date, state, reason, fence, version, executor_id, claimed_at, started_at, cancel_at, cancel_by,
           cancel_reason
    from jobgrid_engine.lease
    union all
    select 'parked', run_id, rank, due_at, since, job_id, tenant_id, lane_id, attempt, tries, unmet,
           business_date, state, reason, fence, version, executor_id, claimed_at, started_at, cancel_at, cancel_by,
           cancel_reason
    from jobgrid_engine.parked;
comment on view jobgrid_engine.live_run is 'All live runs: due, pending, ready, lease, parked';
