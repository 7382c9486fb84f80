-- What became of attempts that an executor showed and this database had never heard of; by the names that the executor
-- has for them. What it is to be believed, and when these rows go, is decided in extension/src/ghost.c. Those of which a
-- run was parked need no row here.
create table jobgrid_engine.ghost (
    executor_id     integer not null,
    run_id          bigint not null,
    attempt         integer not null,
    fence           bigint not null,
    what            text not null,
    became          bigint,
    seen_at         timestamptz not null,
    tenant          text,
    job             text,
    detail          text,
    ended_at        timestamptz,
    outcome         text,
    acknowledged_at timestamptz,
    acknowledged_by text,
    acknowledgement text,
    constraint ghost_pkey primary key (executor_id, run_id, attempt, fence),
    constraint "a ghost was made a run, had none, or repeated one"
        check (what in ('made', 'nowhere', 'repeated') and (what = 'nowhere') = (became is null))
);
comment on table jobgrid_engine.ghost is 'Attempts of executors that this database had never heard of';
comment on column jobgrid_engine.ghost.became is 'The run that stands for it, or that may have run twice';
comment on column jobgrid_engine.ghost.tenant is 'As the executor names it, as job';
comment on column jobgrid_engine.ghost.detail is 'Why there could be no run';
comment on column jobgrid_engine.ghost.outcome is 'How it ended where there is no run to say so';

select pg_extension_config_dump('jobgrid_engine.ghost', '');
