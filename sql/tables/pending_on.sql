-- What a pending run waits for, one row an atom. Only the scheduler writes, and takes it all out when the run is released.
-- An atom is as it was when the run was first looked at: edits of the job make a new set.
create table jobgrid_engine.pending_on (
    scope         bigint not null default 0,
    run_id        bigint not null,
    since         timestamptz,
    until         timestamptz,
    upstream_id   integer not null,
    business_date date not null,
    atom          integer not null default -1,
    minutes       integer,
    number        integer,
    met           boolean not null,
    final         boolean not null default false,
    autosys       boolean not null default false,
    source        "char" not null default 'j',
    kind          "char" not null default 's',
    lookback      "char" not null default 'd',
    compare       "char",
    name          text,
    value         text,
    path          text,
    constraint pending_on_pkey primary key (upstream_id, scope, business_date, run_id, atom)
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500,
        autovacuum_vacuum_cost_delay = 0, vacuum_truncate = off);
create index pending_on_run on jobgrid_engine.pending_on (run_id);
create index pending_on_until on jobgrid_engine.pending_on (until) where until is not null;
comment on table jobgrid_engine.pending_on is 'What pending runs wait for';
comment on column jobgrid_engine.pending_on.scope is 'The run of a workflow in which the upstream run is; 0: its last end counts';
comment on column jobgrid_engine.pending_on.business_date is 'infinity: whatever its date; -infinity: other runs of the same job';
comment on column jobgrid_engine.pending_on.atom is 'Its number in the condition; -1: other runs of the same job';
comment on column jobgrid_engine.pending_on.until is 'When a true atom becomes false by its age alone';
comment on column jobgrid_engine.pending_on.final is 'Not met and never will be; or met only because the step was passed over';
comment on column jobgrid_engine.pending_on.name is 'Of a global value, or a job that does not exist';

select pg_extension_config_dump('jobgrid_engine.pending_on', '');
