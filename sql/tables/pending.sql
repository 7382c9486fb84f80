-- A live run that waits for anything but a moment: a condition, a lane.
create table jobgrid_engine.pending (
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
    constraint pending_pkey primary key (run_id),
    constraint "state fits the table" check (state in ('waiting'))
) with (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500,
        autovacuum_analyze_scale_factor = 0.2, autovacuum_vacuum_cost_delay = 0, vacuum_truncate = off);
create index pending_unseen on jobgrid_engine.pending (run_id) where unmet is null or unmet = 0;
create index pending_job on jobgrid_engine.pending (job_id);
comment on table jobgrid_engine.pending is 'Live runs: waits for anything but a moment: a condition, a lane';

select pg_extension_config_dump('jobgrid_engine.pending', '');
