-- The daemons on grid nodes, as they last said hello. What changes by the second (last seen, free slots) is in shared memory.
create table jobgrid_engine.executor (
    executor_id  integer generated always as identity,
    name         text not null,
    owner_role   text not null,
    instance     uuid not null,
    state        text not null,
    pool         text not null,
    site         text,
    queue        text,
    capabilities text[] not null default '{}',
    kinds        text[] not null,
    slots        integer not null,
    cpus         real,
    memory       bigint,
    tokens       jsonb not null default '{}',
    protocol     integer not null,
    version      text not null,
    host         text,
    info         jsonb not null default '{}',
    journal      uuid,
    registered_at timestamptz not null default now(),
    connected_at timestamptz not null,
    constraint executor_pkey primary key (executor_id),
    constraint "an executor's name is unique" unique (name),
    constraint "state is online or offline" check (state in ('online', 'offline')),
    constraint "slots is between 1 and 100000" check (slots between 1 and 100000),
    constraint "cpus is between 0.001 and 100000" check (cpus between 0.001 and 100000),
    constraint "memory is not negative" check (memory >= 0),
    constraint "tokens are names with whole numbers from 1 to 1000000"
        check (jsonb_typeof(tokens) = 'object' and pg_column_size(tokens) <= 1024 and not jsonb_path_exists(tokens,
            'strict $.keyvalue() ? (!(@.key like_regex "^[A-Za-z0-9_.-]{1,63}$") || @.value.type() != "number"'
            ' || !(@.value >= 1 && @.value <= 1000000) || @.value != @.value.floor())')),
    constraint "a name has 1 to 128 bytes, no slash, no control characters"
        check (octet_length(name) between 1 and 128 and name !~ '[/[:cntrl:]]' and name = btrim(name))
);
comment on table jobgrid_engine.executor is 'Executors as they last said hello';
comment on column jobgrid_engine.executor.queue is 'The only queue it serves; need not exist';
comment on column jobgrid_engine.executor.cpus is 'Cores it offers to jobs with needs; null: it has not said';
comment on column jobgrid_engine.executor.memory is 'Bytes it offers to jobs with needs; null: it has not said';

select pg_extension_config_dump('jobgrid_engine.executor', '');
select pg_extension_config_dump('jobgrid_engine.executor_executor_id_seq', '');
