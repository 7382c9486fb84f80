-- A live run that waits for a person or the recovery: held, blocked, unknown. Of an unknown one the last attempt is here
-- too, as it was in lease: whoever has it may still tell how it ended.
create table jobgrid_engine.parked (
    run_id        bigint not null,
    rank          bigint not null,
    due_at        timestamptz,
    since         timestamptz not null,
    job_id        integer not null,
    tenant_id     integer not null,
    lane_id       integer,
    attempt       integer not null default 0,
    tries         integer not null default 0,
    unmet         integer,
    business_date date not null,
    state         text not null,
    reason        text,
    fence         bigint,
    version       integer,
    executor_id   integer,
    claimed_at    timestamptz,
    started_at    timestamptz,
    cancel_at     timestamptz,
    cancel_by     text,
    cancel_reason text,
    constraint parked_pkey primary key (run_id),
    constraint "state fits the table" check (state in ('held', 'blocked', 'unknown')),
    constraint "only an unknown run has an attempt here" check (fence is null or state = 'unknown' and version is not null)
) with (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500,
        autovacuum_analyze_scale_factor = 0.2, autovacuum_vacuum_cost_delay = 0, vacuum_truncate = off);
create index parked_job on jobgrid_engine.parked (job_id);
create index parked_executor on jobgrid_engine.parked (executor_id) where executor_id is not null;
comment on table jobgrid_engine.parked is 'Live runs: waits for a person or the recovery: held, blocked, unknown';

select pg_extension_config_dump('jobgrid_engine.parked', '');
