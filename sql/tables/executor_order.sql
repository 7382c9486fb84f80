-- What executors are asked to do with a running attempt; delivered with each answer until the next request acknowledges it.
create table jobgrid_engine.executor_order (
    order_id    bigint generated always as identity,
    executor_id integer not null,
    run_id      bigint not null,
    attempt     integer not null,
    delivered   bigint,
    what        text not null,
    detail      jsonb,
    constraint executor_order_pkey primary key (executor_id, order_id),
    constraint "an order is cancel, signal, suspend, preempt, follow or message"
        check (what in ('cancel', 'signal', 'suspend', 'preempt', 'follow', 'message'))
);
comment on table jobgrid_engine.executor_order is 'Orders to executors not yet acknowledged';

select pg_extension_config_dump('jobgrid_engine.executor_order', '');
select pg_extension_config_dump('jobgrid_engine.executor_order_order_id_seq', '');
