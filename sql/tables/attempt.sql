-- One try of a run, written when it ends; while it lives it is the run's row in lease.
create table jobgrid_engine.attempt (
    run_id      bigint not null,
    fence       bigint not null,
    attempt     integer not null,
    version     integer not null,
    executor_id integer,
    exit_code   integer,
    signal      integer,
    claimed_at  timestamptz not null,
    started_at  timestamptz,
    finished_at timestamptz not null,
    cpu_us      bigint,
    max_rss_kb  bigint,
    state       text not null,
    reason      text,
    decided_by  text,
    message     text
) partition by range (run_id);
comment on table jobgrid_engine.attempt is 'Tries of runs, written when they end';
comment on column jobgrid_engine.attempt.decided_by is 'The rule that made it a success or a failure';

select pg_extension_config_dump('jobgrid_engine.attempt', '');
