-- Which shutters a job is behind; most have none. Part of what makes its lanes. Only the scheduler writes.
create table jobgrid_engine.job_shutters (
    job_id   integer not null,
    shutters integer[] not null,
    constraint job_shutters_pkey primary key (job_id),
    constraint "none is no row" check (shutters <> '{}')
);
comment on table jobgrid_engine.job_shutters is 'Jobs behind shutters';

select pg_extension_config_dump('jobgrid_engine.job_shutters', '');
