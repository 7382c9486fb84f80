-- How a job's last run of a business date ended, where somebody waits for the job. Only the scheduler writes it; the
-- janitor takes out days that nobody will ask for any more.
create table jobgrid_engine.job_day (
    job_id        integer not null,
    business_date date not null,
    run_id        bigint not null,
    ended_at      timestamptz not null,
    exit_code     integer,
    state         text not null,
    reason        text,
    constraint job_day_pkey primary key (job_id, business_date)
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0);
comment on table jobgrid_engine.job_day is 'How the last run of a job on a business date ended, where somebody waits for it';

select pg_extension_config_dump('jobgrid_engine.job_day', '');
