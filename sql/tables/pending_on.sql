-- What a pending run waits for, one row an upstream job; pending.unmet counts those not met. Only the scheduler writes.
create table jobgrid_engine.pending_on (
    upstream_id   integer not null,
    run_id        bigint not null,
    business_date date not null,
    met           boolean not null,
    constraint pending_on_pkey primary key (upstream_id, business_date, run_id)
);
create index pending_on_run on jobgrid_engine.pending_on (run_id);
comment on table jobgrid_engine.pending_on is 'What pending runs wait for';

select pg_extension_config_dump('jobgrid_engine.pending_on', '');
