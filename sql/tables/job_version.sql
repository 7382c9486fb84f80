-- The versions of a job that are no longer current, as the row itself, so that a run can be repeated as it was. The
-- current one is the job: loading a dump's jobs then writes nothing here, and the dump's rows find their place free.
create table jobgrid_engine.job_version (
    job_id     integer not null,
    version    integer not null,
    definition jsonb not null,
    changed_at timestamptz not null,
    changed_by text not null,
    constraint job_version_pkey primary key (job_id, version)
);
comment on table jobgrid_engine.job_version is 'Superseded versions of jobs; the current one is the row of jobgrid.job';

select pg_extension_config_dump('jobgrid_engine.job_version', '');
