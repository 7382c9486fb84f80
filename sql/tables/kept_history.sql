-- The twin of history for runs in kept_run.
create table jobgrid_engine.kept_history (
    keep_until date not null,
    like jobgrid_engine.history including defaults including constraints
) partition by list (keep_until);
comment on table jobgrid_engine.kept_history is 'History of kept runs';

select pg_extension_config_dump('jobgrid_engine.kept_history', '');
