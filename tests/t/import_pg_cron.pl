# Jobs of pg_cron, taken over from the real extension.
use strict;
use warnings;
use Jobgrid::Test;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('main', conf => "shared_preload_libraries = 'jobgrid,pg_cron'\ncron.database_name = 'jobgrid'\nmax_worker_processes = 20");
my $error = error_of($node, 'select * from jobgrid.import_pg_cron()');
is($error->{message}, 'pg_cron has no jobs in this database', 'without pg_cron there is nothing to import');
like($error->{detail}, qr/database "jobgrid", if anywhere/, 'which says where it may be');

sql($node, <<'SQL');
create extension pg_cron;
create role etl login;
create table public.seen (at timestamptz default clock_timestamp());
grant insert on public.seen to etl;
select cron.schedule('vacuum', '0 3 * * *', 'VACUUM public.seen');
select cron.schedule('purge', '*/15 * * * *', 'delete from public.seen');
select cron.schedule('weekdays', '30 7 * * 1-5', 'insert into public.seen default values');
select cron.schedule('13 or friday', '0 0 13 * fri', 'select 1');
select cron.schedule('gone', '0 0 * * *', 'select 1');
select cron.schedule('a/b', '5 4 * * sun', 'select 1');
select cron.schedule('elsewhere', '0 1 * * *', 'select 1');
select cron.schedule('sleeps', '0 2 * * *', 'select 1');
insert into cron.job (schedule, command, nodename, nodeport, database, username)
values ('0 6 1 * *', 'select 1', 'localhost', 5432, current_database(), 'etl');
update cron.job set username = 'etl' where jobname in ('purge', 'weekdays');
update cron.job set username = 'nobody' where jobname = 'gone';
update cron.job set database = 'postgres' where jobname = 'elsewhere';
update cron.job set active = false where jobname = 'sleeps';
select jobgrid.define_job('13 or friday', kind => 'noop');
SQL

my $list = q{select job, in_words, coalesce(doubt, '') from jobgrid.import_pg_cron(%s)};
my $expected = <<'LIST' =~ s/\n\z//r;
vacuum|every day at 03:00 in GMT|transaction = none: its command cannot run, or commits, inside a transaction
purge|every 15 minutes in GMT|
weekdays|every weekday at 07:30 in GMT|
13 or friday|every fri and on the 13th at 00:00 in GMT|left alone: job "13 or friday" is there already
gone|every day at 00:00 in GMT|not imported: job "gone": role nobody does not exist
a-b|every sun at 04:05 in GMT|
elsewhere|every day at 01:00 in GMT|database "postgres": not exactly once
sleeps|every day at 02:00 in GMT|inactive in pg_cron
cron 9|on the 1st at 06:00 in GMT|
LIST
is(sql($node, sprintf $list, ''), $expected, 'first it says what it would do');
is(sql($node, 'select count(*) from jobgrid.schedule'), 0, 'and does nothing');
is(sql($node, 'select bool_and(next_run > now()) from jobgrid.import_pg_cron()'), 't', 'next runs lie ahead');
is(sql($node, sprintf $list, 'dry_run => false'), $expected, 'then it does it');
is(sql($node, q{select string_agg(name, ', ' order by job_id) from jobgrid.job where 'pg_cron' = any (tags) and not enabled}),
	'vacuum, purge, weekdays, a-b, elsewhere, sleeps, cron 9', 'what is imported is disabled');
is(sql($node, q{select distinct (time_zone, when_missed, on_overlap)::text from jobgrid.schedule}), '(GMT,none,wait)',
	'and does what pg_cron does');
is(sql($node, q{select name, database, transaction, sql_role from jobgrid.job where name in ('vacuum', 'purge', 'elsewhere') order by name}),
	"elsewhere|postgres|none|" . sql($node, 'select session_user') . "\npurge|jobgrid|one|etl\nvacuum|jobgrid|none|" . sql($node, 'select session_user'),
	'as whom, where and how');
like(sql($node, sprintf $list, 'dry_run => false'), qr/^purge\|every 15 minutes in GMT\|left alone: job "purge" is there already$/m,
	'a second time it leaves them alone');
sql($node, q{update jobgrid.job set enabled = true where name = 'weekdays'; update jobgrid.schedule set schedule = 'every second' where job = 'weekdays'});
wait_until($node, 'select count(*) > 0 from public.seen');
pass('an enabled one runs');

done_testing();
