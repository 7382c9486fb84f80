# SQL jobs that a restart of the server interrupts: what was one transaction has done nothing and goes again, which is no
# try; only so often in a row. What runs outside of a transaction is in doubt. The same for those whose session ended
# before their first statement.
use strict;
use warnings;
use Jobgrid::Test;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('main', conf => 'jobgrid.sql_workers = 8');
sql($node, <<'EOF');
create role worker login;
create table public.gate (open text);
create table public.log (run_id bigint);
grant all on public.gate, public.log to worker;
EOF

# Writes one line, and waits until there is a word in the table.
sub job
{
	my ($name, $more) = @_;
	my $command = q{insert into public.log values (current_setting('jobgrid.run_id')::bigint);}
	  . q{do $$ begin while not exists (select from public.gate) loop perform pg_sleep(0.1); end loop; end $$};
	sql($node, "select jobgrid.define_job('$name', kind => 'sql', sql_role => 'worker', command => \$c\$$command\$c\$, $more)");
	return;
}
job('once', 'attempts => 1');
job('killed in between', q{attempts => 2, retry_delay => '0'});
job('in doubt', q{"transaction" => 'none', on_lost => 'hold'});
sql($node, <<'EOF');
select jobgrid.define_job('deaf', kind => 'sql', sql_role => 'worker', attempts => 1, cancel_grace => '5 minutes', command => $c$
	do $$ begin loop begin perform pg_sleep(60); exception when query_canceled then null; end; end loop; end $$ $c$);
EOF
my %run = map { $_ => sql($node, "select run_id from jobgrid.submit('$_')") } 'once', 'killed in between', 'in doubt', 'deaf';

sub state_of { return sql($node, "select concat_ws(' ', state, reason) from jobgrid.run where run_id = $_[0]") }

sub attempts_of
{
	return sql($node, "select string_agg(concat_ws(' ', attempt, state, reason), ', ' order by attempt) from jobgrid.attempt
		where run_id = $_[0]");
}

sub works_as
{
	my ($run, $attempt) = @_;
	wait_for_value($node, "select state || ' ' || attempt from jobgrid.run where run_id = $run", "running $attempt");
	# Running is said when the worker is told to go; that it has begun is seen by what it does.
	wait_for_value($node, "select count(*) from pg_stat_activity where backend_type = 'jobgrid sql' and query like '%public.gate%'
		and application_name = 'jobgrid run $run'", 1);
	return;
}

sub restart
{
	my ($mode) = @_;
	$node->stop($mode);
	$node->start;
	wait_for_value($node, q{select count(*) from jobgrid.stat_scheduler where state = 'idle'}, 3);
	return;
}

works_as($run{$_}, 1) for 'once', 'killed in between', 'in doubt';
wait_for_run($node, $run{deaf}, 'running');
sql($node, "select jobgrid.cancel($run{deaf})");

restart('fast');
works_as($run{$_}, 2) for 'once', 'killed in between';
is(attempts_of($run{once}), '1 returned server_restart, 2 running', 'a restart: what had done nothing goes again');
is(sql($node, "select concat_ws(' ', action, from_state, to_state, reason, detail) from jobgrid.history where run_id = $run{once}"),
	'restarted running waiting server_restart its transaction was rolled back: 1 of 3 in a row that count as no try', 'its history says why');
is(state_of($run{'in doubt'}), 'unknown executor_lost', 'what may have done something is in doubt');
is(sql($node, "select count(*) from public.log where run_id = $run{'in doubt'}"), 1, 'and has done something');
like(sql($node, "select detail from jobgrid.why($run{'in doubt'})"), qr/^nobody is there to tell about attempt 1/, 'why() says so');
is(wait_for_run($node, $run{deaf}), 'cancelled|operator', 'what was to be cancelled is');

restart('immediate');
works_as($run{$_}, 3) for 'once', 'killed in between';
sql($node, "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'jobgrid run $run{'killed in between'}'");
works_as($run{'killed in between'}, 4);
is(attempts_of($run{'killed in between'}), '1 returned server_restart, 2 returned server_restart, 3 failed killed, 4 running',
	'killed by a person is a try that failed');

restart('fast');
works_as($run{once}, 4);
works_as($run{'killed in between'}, 5);
restart('immediate');
is(wait_for_run($node, $run{once}), 'failed|killed', 'the fourth restart in a row is one too many');
is(attempts_of($run{once}), '1 returned server_restart, 2 returned server_restart, 3 returned server_restart, 4 failed killed',
	'and its attempt the only one that counts');
works_as($run{'killed in between'}, 6);
pass('with another end in between it is not in a row');

sql($node, q{insert into public.gate values ('open')});
is(wait_for_run($node, $run{'killed in between'}), 'succeeded|', 'it ends well at last');
is(sql($node, "select count(*) from public.log where run_id = $run{'killed in between'}"), 1, 'having done its work once');
is(sql($node, "select count(*) from public.log where run_id = $run{once}"), 0, 'and the other one not at all');

# The dispatcher ends between registering a worker and its start: what the worker is to do has gone with it. While the
# postmaster stands still, nothing is started.
sql($node, q{select jobgrid.define_job('light', kind => 'sql', sql_role => 'worker', attempts => 1, command => 'select 1')});
my ($postmaster) = slurp_file($node->data_dir . '/postmaster.pid') =~ /^(\d+)/;
my $session = $node->background_psql('jobgrid', on_error_stop => 1);
$session->query_safe(q{set statement_timeout = '30 s'});
kill 'STOP', $postmaster;
my $light = eval { $session->query_safe(<<'SQL') };
select run_id from jobgrid.submit('light');
do $$ begin while not exists (select from jobgrid_engine.lease) loop perform pg_sleep(0.05); end loop; end $$;
do $$ begin
	perform pg_sleep(0.5);
	perform pg_terminate_backend(pid) from jobgrid.stat_scheduler where worker = 'dispatcher';
	while exists (select from pg_stat_activity where backend_type = 'jobgrid dispatcher') loop
		perform pg_sleep(0.05), pg_stat_clear_snapshot();
	end loop;
end $$;
SQL
my $problem = $@;
kill 'CONT', $postmaster;
die $problem if $problem;
$session->quit;
is(wait_for_run($node, $light), 'succeeded|', 'the run goes again');
like(attempts_of($light), qr/^1 returned (?:not_started|server_restart), 2 succeeded$/, 'and that was no try');

# Killed while it waits to be let into its database.
$node->safe_psql('postgres', 'create database elsewhere');
sql($node, q{select jobgrid.define_job('elsewhere', kind => 'sql', sql_role => 'worker', attempts => 1, command => 'select 1',
	"transaction" => 'none', database => 'elsewhere')});
my $knock = q{select pid from pg_locks where locktype = 'object' and not granted};
my $door = $node->background_psql('jobgrid', on_error_stop => 1);

# Keeps it out and kills it for so many times; gives back the run.
sub kept_out
{
	my ($times) = @_;
	$door->query_safe('begin; alter database elsewhere rename to closed');
	my $run = sql($node, q{select run_id from jobgrid.submit('elsewhere')});
	for my $attempt (1 .. $times)
	{
		wait_for_value($node, "select count(*) from ($knock) k, jobgrid.run r where r.run_id = $run and r.attempt = $attempt", 1);
		sql($node, "select pg_terminate_backend(pid, 10000) from ($knock) k");
	}
	return $run;
}

my $once = kept_out(1);
$door->query_safe('rollback');
is(wait_for_run($node, $once), 'succeeded|', 'a session that is killed before it begins');
is(attempts_of($once), '1 returned not_started, 2 succeeded', 'was no try, in transaction none too');
my $often = kept_out(4);
is(wait_for_run($node, $often), 'failed|setup_failed', 'the fourth time in a row is one too many');
like(sql($node, "select message from jobgrid.run where run_id = $often"), qr/before its first statement, 4 times in a row/, 'its message says so');
$door->query_safe('rollback');
my $cancelled = kept_out(0);
wait_for_value($node, "select count(*) from ($knock) k", 1);
sql($node, "select jobgrid.cancel($cancelled)");
is(wait_for_run($node, $cancelled), 'cancelled|operator', 'a cancel ends it there');
$door->query_safe('rollback');

# A server that says no is something else.
my $refused = kept_out(0);
wait_for_value($node, "select count(*) from ($knock) k", 1);
$door->query_safe('revoke connect on database closed from public; alter database closed rename to elsewhere; commit');
$door->quit;
is(wait_for_run($node, $refused), 'failed|setup_failed', 'a session that is refused fails the run');
is(sql($node, "select message from jobgrid.run where run_id = $refused"), '42501: permission denied for database "elsewhere"', 'which says why');
is(sql($node, 'select count(*) from jobgrid_engine.lease'), 0, 'no lease is left');

is(sql($node, q{select string_agg(worker || ': ' || last_error, '; ') from jobgrid.stat_scheduler where last_error is not null}), '',
	'no worker has met an error');
$node->stop;
done_testing();
