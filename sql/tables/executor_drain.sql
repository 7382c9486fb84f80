-- Orders to drain. Not columns of executor: an operator's open transaction must hold up neither that executor's hello nor
-- the scheduler's judgement of it.
create table jobgrid_engine.executor_drain (
    executor_id integer not null,
    since       timestamptz not null,
    by_role     text not null,
    reason      text,
    deadline    timestamptz,
    constraint executor_drain_pkey primary key (executor_id)
);
comment on table jobgrid_engine.executor_drain is 'Executors that are to claim nothing more';
comment on column jobgrid_engine.executor_drain.deadline is 'When runs that are left are asked to end; null: never';

select pg_extension_config_dump('jobgrid_engine.executor_drain', '');
