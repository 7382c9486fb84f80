# SQL jobs whose code runs when the transaction ends: it is under the time-out, can be cancelled, and is part of the run.
use strict;
use warnings;
use Jobgrid::Test;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

my $node = new_node('main');
sql($node, <<'SQL');
create role worker login;
create table public.done (run_id bigint);
create table public.again (n int, seconds numeric);
grant all on public.done, public.again to worker;
create function public.once_more() returns trigger language plpgsql as $$
begin
	if new.n = 1 then
		set constraints all deferred;
		insert into public.again values (2, new.seconds);
	else
		raise notice 'the second';
		perform pg_sleep(new.seconds);
	end if;
	return null;
end $$;
create constraint trigger again after insert on public.again deferrable initially deferred
	for each row execute function public.once_more();
SQL
# A table elsewhere, whose trigger runs when the commit here makes the other server commit.
$node->safe_psql('postgres', <<'SQL');
create table public.far (n int);
create function public.slow() returns trigger language plpgsql as $$ begin perform pg_sleep(6); return null; end $$;
create constraint trigger slow after insert on public.far deferrable initially deferred
	for each row execute function public.slow();
SQL
my ($host, $port, $user) = ($node->host, $node->port, sql($node, 'select current_user'));
sql($node, <<"SQL");
create extension postgres_fdw;
create server other foreign data wrapper postgres_fdw options (host '$host', port '$port', dbname 'postgres');
create user mapping for worker server other options (user '$user', password_required 'false');
create foreign table public.far (n int) server other;
grant all on public.far to worker;
SQL

my $sleeping = q{select count(*) from pg_stat_activity where wait_event = 'PgSleep'};
my $mark = q{insert into public.done values (current_setting('jobgrid.run_id')::bigint)};

sub job
{
	my ($name, $command, $more) = @_;
	sql($node, "select jobgrid.define_job('$name', kind => 'sql', sql_role => 'worker', cancel_grace => '1 s',
		command => \$c\$$mark; $command\$c\$" . ($more ? ", $more" : '') . ')');
	return;
}

sub submit { return sql($node, "select run_id from jobgrid.submit('$_[0]')") }
sub work_of { return sql($node, "select count(*) from public.done where run_id = $_[0]") }

# The other server does not see that nobody waits for it any more.
sub end_sleep
{
	sql($node, q{select pg_terminate_backend(pid, 5000) from pg_stat_activity where wait_event = 'PgSleep'});
	wait_for_value($node, $sleeping, 0);
	return;
}

# How a run of the job ended, and how long that took.
sub end_and_seconds
{
	my ($name) = @_;
	my $began = time;
	my $run = submit($name);
	return (wait_for_run($node, $run), time - $began, $run);
}

job('cursor', 'declare c cursor with hold for select pg_sleep(6)', q{timeout => '3 s'});
my ($end, $seconds, $run) = end_and_seconds('cursor');
is($end, 'succeeded|', 'a cursor WITH HOLD ends with the transaction');
cmp_ok($seconds, '<', 5, 'and is not run to its end');

sql($node, <<'SQL');
create table public.opens (n int);
grant all on public.opens to worker;
create function public.open_cursor() returns trigger language plpgsql as $$
begin
	execute 'declare d cursor with hold for select pg_sleep(6)';
	return null;
end $$;
create constraint trigger opens after insert on public.opens deferrable initially deferred
	for each row execute function public.open_cursor();
SQL
job('cursor of a trigger', 'insert into public.opens values (1)', q{timeout => '3 s'});
($end, $seconds, $run) = end_and_seconds('cursor of a trigger');
is($end, 'succeeded|', 'one that a trigger opens then');
cmp_ok($seconds, '<', 5, 'neither');

job('twice', 'insert into public.again values (1, 0.3)');
($end, $seconds, $run) = end_and_seconds('twice');
is($end, 'succeeded|', 'a trigger that defers itself again');
is(sql($node, "select run_time >= interval '0.3 s' from jobgrid.run where run_id = $run"), 't', 'is part of the run time');
like(sql($node, "select convert_from(data, 'UTF8') from jobgrid.logs($run)"), qr/NOTICE:  the second/, 'what it says is output');

job('slow', 'insert into public.again values (1, 6)', q{timeout => '1 s'});
($end, $seconds, $run) = end_and_seconds('slow');
is($end, 'failed|timeout', 'and under the time-out');
cmp_ok($seconds, '<', 5, 'in time');
is(work_of($run), 0, 'with its work rolled back');

job('endless', 'insert into public.again values (1, 6)');
$run = submit('endless');
wait_for_value($node, $sleeping, 1);
my $began = time;
sql($node, "select jobgrid.cancel($run)");
cmp_ok(time - $began, '<', 3, 'a cancel does not wait for it');
is(wait_for_run($node, $run), 'cancelled|operator', 'and ends it');
is(work_of($run), 0, 'with its work rolled back');

# The commit itself: here the other server's part of it.
job('far', 'insert into public.far values (1)', q{timeout => '2 s'});
($end, $seconds, $run) = end_and_seconds('far');
is($end, 'failed|timeout', 'a commit that waits for another server is under the time-out');
cmp_ok($seconds, '<', 6, 'in time');
is(work_of($run), 0, 'end and work are rolled back together');
end_sleep();

job('far away', 'insert into public.far values (1)');
my $backend = q{from pg_stat_activity where backend_type = 'jobgrid sql'};
for (['pg_cancel_backend', 'failed|sql_error'], ['pg_terminate_backend', 'failed|killed'])
{
	my ($function, $expected) = @$_;
	$run = submit('far away');
	wait_for_value($node, $sleeping, 1);
	sql($node, "select $function(pid) $backend");
	is(wait_for_run($node, $run), $expected, "$function at the commit");
	is(work_of($run), 0, 'end and work are rolled back together');
	end_sleep();
}
is(sql($node, 'select count(*) from jobgrid_engine.lease'), 0, 'no lease is left');

unlike(slurp_file($node->logfile), qr/was terminated by signal|TRAP:|PANIC:|exited with exit code [2-9]/, 'no process died');
$node->stop;
done_testing();
