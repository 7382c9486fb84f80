-- Runs that were released and have not ended, of jobs that a notrunning() asks for. Only the scheduler writes it, one release
-- after the other, so that of two jobs that exclude each other one starts.
create table jobgrid_engine.watched_run (
    run_id bigint not null,
    job_id integer not null,
    constraint watched_run_pkey primary key (job_id, run_id)
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0, vacuum_truncate = off);
comment on table jobgrid_engine.watched_run is 'Runs that are on their way, of jobs that a notrunning() asks for';

select pg_extension_config_dump('jobgrid_engine.watched_run', '');
