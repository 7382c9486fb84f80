-- The last answer each executor got, ids only, so that a repeated request gets the same one.
create table jobgrid_engine.executor_request (
    executor_id    integer not null,
    request        bigint not null,
    run_ids        bigint[] not null,
    stale_runs     bigint[] not null,
    stale_attempts integer[] not null,
    stale_fences   bigint[] not null,
    later_runs     bigint[] not null,
    later_attempts integer[] not null,
    later_fences   bigint[] not null,
    constraint executor_request_pkey primary key (executor_id)
) with (fillfactor = 50);
comment on table jobgrid_engine.executor_request is 'The last answer each executor got';

select pg_extension_config_dump('jobgrid_engine.executor_request', '');
