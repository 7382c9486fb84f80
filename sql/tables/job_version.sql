-- Every version a job ever had, as the row itself, so that a run can be repeated as it was.
create table jobgrid_engine.job_version (
    job_id     integer not null,
    version    integer not null,
    definition jsonb not null,
    changed_at timestamptz not null,
    changed_by text not null,
    constraint job_version_pkey primary key (job_id, version)
);
comment on table jobgrid_engine.job_version is 'Every version of every job';

select pg_extension_config_dump('jobgrid_engine.job_version', '');
