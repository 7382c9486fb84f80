-- Runs that have to be kept longer than the range of ids they were written in: live ones, and those of jobs with a longer
-- retention. The janitor copies them here before it drops the range. It makes the partitions, one for each first of a
-- month from which on something may go (keep_until) and one for what lives (infinity), and drops those of months whole.
-- Columns are those of the table that this one is the twin of.
create table jobgrid_engine.kept_run (
    keep_until date not null,
    like jobgrid_engine.run including defaults including constraints
) partition by list (keep_until);
comment on table jobgrid_engine.kept_run is 'Runs kept longer than their range, by the day from which on they may go; infinity: live';

select pg_extension_config_dump('jobgrid_engine.kept_run', '');
