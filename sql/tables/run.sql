-- One execution of a job: written at submit, once more at the end. Partitioned by id; the janitor builds the partitions
-- (never here, and the parent has no index or key: DROP EXTENSION and restore fail otherwise).
create sequence jobgrid_engine.run_id_seq as bigint;

create table jobgrid_engine.run (
    run_id        bigint not null,
    job_id        integer not null,
    tenant_id     integer not null,
    version       integer,
    attempts      integer not null default 0,
    submitted_at  timestamptz not null,
    started_at    timestamptz,
    finished_at   timestamptz,
    root_run      bigint,
    parent_run    bigint,
    rerun_of      bigint,
    superseded_by bigint,
    business_date date not null,
    chunk         integer,
    executor_id   integer,
    exit_code     integer,
    signal        integer,
    state         text not null default 'live',
    reason        text,
    source        text not null,
    queue         text not null,
    priority      text not null,
    submitted_by  text not null,
    actor         text,
    pin           text,
    parameters    jsonb,
    labels        jsonb,
    traceparent   text,
    message       text,
    result        jsonb,
    schedule_id   integer,
    scheduled_for timestamptz,
    constraint "state is live or final"
        check (state in ('live', 'succeeded', 'failed', 'cancelled', 'skipped'))
) partition by range (run_id);
comment on table jobgrid_engine.run is 'Runs: written at submit and at the end; a live run has one row in a narrow table';

select pg_extension_config_dump('jobgrid_engine.run_id_seq', '');
select pg_extension_config_dump('jobgrid_engine.run', '');
