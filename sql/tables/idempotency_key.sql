-- A key seen before gives back the run it made then. Unpartitioned, with an expiry of its own.
create table jobgrid_engine.idempotency_key (
    tenant_id  integer not null,
    run_id     bigint not null,
    expires_at timestamptz not null,
    key        text not null,
    constraint idempotency_key_pkey primary key (tenant_id, key),
    constraint "an idempotency key has 1 to 256 bytes" check (octet_length(key) between 1 and 256)
);
create index idempotency_key_expiry on jobgrid_engine.idempotency_key (expires_at);
comment on table jobgrid_engine.idempotency_key is 'Keys of submissions and the runs they made';

select pg_extension_config_dump('jobgrid_engine.idempotency_key', '');
