-- An interned combination of everything that decides who may claim a run. Only the scheduler makes lanes, so that no
-- user's transaction ever waits for another's. Closing a lane is one row; why() reads it.
create table jobgrid_engine.lane (
    lane_id         integer generated always as identity,
    queue           text not null,
    tenant_id       integer not null,
    kind            text not null,
    pool            text not null,
    capabilities    text[] not null default '{}',
    site            text,
    executor        text,
    needs_cpu_milli integer not null default 0,
    needs_memory    bigint not null default 0,
    needs_tokens    jsonb not null default '{}',
    shutters        integer[] not null default '{}',
    open            boolean not null default true,
    closed_reason   text,
    closed_since    timestamptz,
    constraint lane_pkey primary key (lane_id),
    constraint "a lane is unique"
        unique nulls not distinct (queue, tenant_id, kind, pool, capabilities, site, executor, needs_cpu_milli, needs_memory,
                                   needs_tokens, shutters)
);
comment on table jobgrid_engine.lane is 'Interned combinations of queue, tenant and placement; open or closed with a reason';
comment on column jobgrid_engine.lane.needs_cpu_milli is 'Thousandths of a core; 0 = none';
comment on column jobgrid_engine.lane.needs_memory is 'Bytes; 0 = none';
comment on column jobgrid_engine.lane.shutters is 'What its jobs are behind; one of them that is closed closes the lane';

select pg_extension_config_dump('jobgrid_engine.lane', '');
select pg_extension_config_dump('jobgrid_engine.lane_lane_id_seq', '');
