-- A live run of a workflow, and what it knows of its steps. Only the scheduler writes it.
create table jobgrid_engine.workflow_run (
    run_id     bigint not null,
    scope      bigint not null,
    root_run   bigint not null,
    deadline   timestamptz,
    moved_at   timestamptz not null,
    job_id     integer not null,
    members    integer not null,
    unfinished integer not null,
    on_failure text not null,
    autosys    boolean not null,
    succeeds_if text,
    fails_if   text,
    stopping   text,
    hung       text,
    stopped    boolean not null default false,
    constraint workflow_run_pkey primary key (run_id)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0, vacuum_truncate = off);
create index workflow_run_judged on jobgrid_engine.workflow_run (scope) where succeeds_if is not null or fails_if is not null;
create index workflow_run_deadline on jobgrid_engine.workflow_run (deadline) where deadline is not null;
comment on table jobgrid_engine.workflow_run is 'Live runs of workflows';
comment on column jobgrid_engine.workflow_run.scope is 'In which run the names of its steps are looked up: its own, or that of the workflow it is a step of';
comment on column jobgrid_engine.workflow_run.unfinished is 'Steps that have not ended';
comment on column jobgrid_engine.workflow_run.stopping is
    'Why nothing more of it starts: finish, stop, timeout, cancel, terminator, succeeds_if, fails_if';
comment on column jobgrid_engine.workflow_run.succeeds_if is 'As its job''s, when it began; its atoms are in pending_on, those of fails_if behind them';
comment on column jobgrid_engine.workflow_run.moved_at is 'When a step has last ended, or it began';
comment on column jobgrid_engine.workflow_run.hung is 'Who waits for what, where nothing that comes by itself lets it go on';
comment on column jobgrid_engine.workflow_run.stopped is 'That has been done';

select pg_extension_config_dump('jobgrid_engine.workflow_run', '');
