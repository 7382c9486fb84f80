-- What cannot be derived from the rows of run and attempt: actions by people and decisions of the engine.
create table jobgrid_engine.history (
    run_id     bigint not null,
    xid        xid8 not null,
    at         timestamptz not null,
    action     text not null,
    from_state text,
    to_state   text,
    reason     text,
    by_role    text not null,
    actor      text,
    detail     text
) partition by range (run_id);
comment on table jobgrid_engine.history is 'State changes and actions: by whom, when, why';

select pg_extension_config_dump('jobgrid_engine.history', '');
