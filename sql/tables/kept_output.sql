-- The twin of output for runs in kept_run.
create table jobgrid_engine.kept_output (
    keep_until date not null,
    like jobgrid_engine.output including defaults including constraints
) partition by list (keep_until);
comment on table jobgrid_engine.kept_output is 'Output of kept runs';

select pg_extension_config_dump('jobgrid_engine.kept_output', '');
