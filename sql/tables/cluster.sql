-- Which cluster this database believes to be. Written with the first run, compared at every start: a restored or cloned
-- database finds another identity here than its own and starts held, until unfreeze().
create table jobgrid_engine.cluster (
    singleton         boolean not null default true,
    system_identifier bigint not null,
    database_oid      oid not null,
    token             text,
    timeline          integer not null,
    epoch             integer not null,
    adopted_at        timestamptz not null,
    frozen_at         timestamptz,
    frozen_by         text,
    frozen_reason     text,
    constraint cluster_pkey primary key (singleton),
    constraint "there is one row" check (singleton)
);
comment on table jobgrid_engine.cluster is 'Identity and epoch of the cluster this database runs in';

select pg_extension_config_dump('jobgrid_engine.cluster', '');
