-- What an attempt has left for the next one of its run. Swept by the janitor when the run has ended.
create table jobgrid_engine.checkpoint (
    run_id  bigint not null,
    attempt integer not null,
    made_at timestamptz not null,
    data    bytea not null,
    constraint checkpoint_pkey primary key (run_id)
);
comment on table jobgrid_engine.checkpoint is 'Checkpoints of live runs, for their next attempt';

select pg_extension_config_dump('jobgrid_engine.checkpoint', '');
