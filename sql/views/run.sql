-- Runs as people see them: finished, finished and kept, live, live and kept. Arms instead of outer joins: a question
-- about live states touches only the narrow tables (the CHECK on run.state excludes the other arms), and a look-up by
-- run_id is one index scan a table. any_run would not do here: as one, table and twin lose the order of the partitions.
-- The planner plans a security_barrier view as if all of it were wanted, whatever LIMIT stands outside. ORDER BY inside
-- makes the index on run_id the cheapest way to all of it, and so the newest 20 are 20 rows read.
create or replace view jobgrid.run with (security_barrier) as
    (select r.run_id, j.full_name as job, t.name as tenant, r.state, r.reason, r.queue, r.priority, r.business_date,
            r.source, r.submitted_at, r.submitted_by, null::timestamptz as due_at, r.finished_at as since, r.started_at,
            r.finished_at, r.finished_at - r.started_at as run_time, r.attempts as attempt,
            j.attempts as attempts_allowed, e.name as executor, r.exit_code, r.signal, r.message, r.result, r.parameters,
            r.labels, r.root_run, r.parent_run, r.rerun_of, r.superseded_by,
            null::timestamptz as cancel_requested_at, j.kind, r.version, r.traceparent, r.scheduled_for
     from jobgrid_engine.run r
     join jobgrid.job j on j.job_id = r.job_id
     join jobgrid.tenant t on t.tenant_id = r.tenant_id
     left join jobgrid_engine.executor e on e.executor_id = r.executor_id
     where r.state <> 'live' and r.tenant_id = any ((select jobgrid_engine.visible_tenants())::integer[])
     order by r.run_id desc)
    union all
    (select r.run_id, j.full_name, t.name, r.state, r.reason, r.queue, r.priority, r.business_date,
            r.source, r.submitted_at, r.submitted_by, null, r.finished_at, r.started_at,
            r.finished_at, r.finished_at - r.started_at, r.attempts,
            j.attempts, e.name, r.exit_code, r.signal, r.message, r.result, r.parameters,
            r.labels, r.root_run, r.parent_run, r.rerun_of, r.superseded_by,
            null, j.kind, r.version, r.traceparent, r.scheduled_for
     from jobgrid_engine.kept_run r
     join jobgrid.job j on j.job_id = r.job_id
     join jobgrid.tenant t on t.tenant_id = r.tenant_id
     left join jobgrid_engine.executor e on e.executor_id = r.executor_id
     where r.state <> 'live' and r.tenant_id = any ((select jobgrid_engine.visible_tenants())::integer[])
     order by r.run_id desc)
    union all
    (select r.run_id, j.full_name, t.name, l.state, l.reason, r.queue, r.priority, r.business_date,
            r.source, r.submitted_at, r.submitted_by, l.due_at, l.since, l.started_at,
            null, clock_timestamp() - l.started_at, l.attempt,
            j.attempts, e.name, null, null, r.message, r.result, r.parameters,
            r.labels, r.root_run, r.parent_run, r.rerun_of, r.superseded_by,
            l.cancel_at, j.kind, coalesce(l.version, r.version), r.traceparent, r.scheduled_for
     from jobgrid_engine.live_run l
     join jobgrid_engine.run r on r.run_id = l.run_id
     join jobgrid.job j on j.job_id = l.job_id
     join jobgrid.tenant t on t.tenant_id = l.tenant_id
     left join jobgrid_engine.executor e on e.executor_id = l.executor_id
     where l.tenant_id = any ((select jobgrid_engine.visible_tenants())::integer[])
     order by l.run_id desc)
    union all
    (select r.run_id, j.full_name, t.name, l.state, l.reason, r.queue, r.priority, r.business_date,
            r.source, r.submitted_at, r.submitted_by, l.due_at, l.since, l.started_at,
            null, clock_timestamp() - l.started_at, l.attempt,
            j.attempts, e.name, null, null, r.message, r.result, r.parameters,
            r.labels, r.root_run, r.parent_run, r.rerun_of, r.superseded_by,
            l.cancel_at, j.kind, coalesce(l.version, r.version), r.traceparent, r.scheduled_for
     from jobgrid_engine.live_run l
     join jobgrid_engine.kept_run r on r.keep_until = 'infinity' and r.run_id = l.run_id
     join jobgrid.job j on j.job_id = l.job_id
     join jobgrid.tenant t on t.tenant_id = l.tenant_id
     left join jobgrid_engine.executor e on e.executor_id = l.executor_id
     where l.tenant_id = any ((select jobgrid_engine.visible_tenants())::integer[])
     order by l.run_id desc)
    order by run_id desc;
comment on view jobgrid.run is 'Runs, live and finished';
