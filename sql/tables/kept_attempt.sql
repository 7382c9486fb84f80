-- The twin of attempt for runs in kept_run.
create table jobgrid_engine.kept_attempt (
    keep_until date not null,
    like jobgrid_engine.attempt including defaults including constraints
) partition by list (keep_until);
comment on table jobgrid_engine.kept_attempt is 'Attempts of kept runs';

select pg_extension_config_dump('jobgrid_engine.kept_attempt', '');
