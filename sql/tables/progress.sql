-- How far attempts are, as their jobs say themselves and their executors measure. One row a run, overwritten; what is
-- left of ended runs is swept by the janitor, because a delete in every report would cost all runs what few have.
create table jobgrid_engine.progress (
    run_id     bigint not null,
    attempt    integer not null,
    percent    real,
    step       text,
    cpu_us     bigint,
    rss_kb     bigint,
    updated_at timestamptz not null,
    constraint progress_pkey primary key (run_id),
    constraint "percent is between 0 and 100" check (percent between 0 and 100)
) with (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.1, autovacuum_vacuum_cost_delay = 0);
comment on table jobgrid_engine.progress is 'How far running attempts are';

select pg_extension_config_dump('jobgrid_engine.progress', '');
