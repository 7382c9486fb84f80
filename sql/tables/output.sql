-- What attempts printed, in chunks as read.
create table jobgrid_engine.output (
    run_id  bigint not null,
    attempt integer not null,
    chunk   integer not null,
    at      timestamptz not null,
    stream  "char" not null,
    data    bytea not null
) partition by range (run_id);
comment on table jobgrid_engine.output is 'Output of attempts: stream o (stdout), e (stderr), j (jobgrid itself)';

select pg_extension_config_dump('jobgrid_engine.output', '');
