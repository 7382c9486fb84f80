-- A job's latch: how its last run ended. Only jobs somebody waits for have a row; only the scheduler writes it,
-- but for the row's birth, which seeds it in the commit that first names the job. A seed may miss a run that was ending
-- at that moment, so the scheduler seeds once more when every transaction older than seed_xid has ended.
create table jobgrid_engine.job_status (
    job_id        integer not null,
    state         text,
    reason        text,
    run_id        bigint,
    business_date date,
    exit_code     integer,
    ended_at      timestamptz,
    seed_xid      xid8,
    constraint job_status_pkey primary key (job_id)
);
create index job_status_unseeded on jobgrid_engine.job_status (job_id) where seed_xid is not null;
comment on table jobgrid_engine.job_status is 'How the last run of a job ended, where somebody waits for it';

select pg_extension_config_dump('jobgrid_engine.job_status', '');
