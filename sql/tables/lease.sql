-- A live run that somebody works on: handed to an executor (starting), or at work (running). Without executor: sql, external.
create table jobgrid_engine.lease (
    run_id        bigint not null,
    rank          bigint not null,
    due_at        timestamptz,
    since         timestamptz not null,
    job_id        integer not null,
    tenant_id     integer not null,
    lane_id       integer,
    attempt       integer not null,
    tries         integer not null,
    unmet         integer,
    business_date date not null,
    state         text not null,
    reason        text,
    fence         bigint not null,
    version       integer not null,
    executor_id   integer,
    claimed_at    timestamptz not null,
    started_at    timestamptz,
    cancel_at     timestamptz,
    cancel_by     text,
    cancel_reason text,
    constraint lease_pkey primary key (run_id),
    constraint "state fits the table" check (state in ('starting', 'running'))
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500,
        autovacuum_analyze_scale_factor = 0.2, autovacuum_vacuum_cost_delay = 0, vacuum_truncate = off);
create index lease_executor on jobgrid_engine.lease (executor_id);
create index lease_job on jobgrid_engine.lease (job_id);
comment on table jobgrid_engine.lease is 'Live runs that somebody works on';

select pg_extension_config_dump('jobgrid_engine.lease', '');
