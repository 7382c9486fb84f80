-- Ends the scheduler has not consumed yet, of jobs that somebody waits for. Appended in the commit that ends the run.
create table jobgrid_engine.ended (
    run_id        bigint not null,
    job_id        integer not null,
    exit_code     integer,
    business_date date not null,
    at            timestamptz not null,
    state         text not null,
    reason        text,
    parent_run    bigint
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0, vacuum_truncate = off);
comment on table jobgrid_engine.ended is 'Ends not yet consumed by the scheduler';

select pg_extension_config_dump('jobgrid_engine.ended', '');
