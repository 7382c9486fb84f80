-- The daemons on grid nodes, as they last said hello. What changes by the second (last seen, free slots) is in shared memory.
create table jobgrid_engine.executor (
    executor_id  integer generated always as identity,
    name         text not null,
    owner_role   text not null,
    instance     uuid not null,
    state        text not null,
    pool         text not null,
    site         text,
    capabilities text[] not null default '{}',
    kinds        text[] not null,
    slots        integer not null,
    protocol     integer not null,
    version      text not null,
    host         text,
    info         jsonb not null default '{}',
    journal      uuid,
    registered_at timestamptz not null default now(),
    connected_at timestamptz not null,
    constraint executor_pkey primary key (executor_id),
    constraint "an executor's name is unique" unique (name),
    constraint "state is online, draining or offline" check (state in ('online', 'draining', 'offline')),
    constraint "slots is between 1 and 100000" check (slots between 1 and 100000),
    constraint "a name has 1 to 128 bytes, no slash, no control characters"
        check (octet_length(name) between 1 and 128 and name !~ '[/[:cntrl:]]' and name = btrim(name))
);
comment on table jobgrid_engine.executor is 'Executors as they last said hello';

select pg_extension_config_dump('jobgrid_engine.executor', '');
select pg_extension_config_dump('jobgrid_engine.executor_executor_id_seq', '');
