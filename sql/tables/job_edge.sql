-- job waits for upstream; made from job.after, one row a name.
create table jobgrid_engine.job_edge (
    job_id      integer not null,
    upstream_id integer not null,
    constraint job_edge_pkey primary key (job_id, upstream_id)
);
create index job_edge_upstream on jobgrid_engine.job_edge (upstream_id);
comment on table jobgrid_engine.job_edge is 'Which job waits for which';

select pg_extension_config_dump('jobgrid_engine.job_edge', '');
