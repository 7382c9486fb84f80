# Executors and jobs that stand still, executors of one name, and clocks that leap.
use strict;
use warnings;
use Jobgrid::Ledger;
use Jobgrid::Test;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('main', conf => <<'EOF');
jobgrid.lease = '2s'
jobgrid.heartbeat = '300ms'
jobgrid.grace = '1s'
jobgrid.poll_interval = '200ms'
EOF
my $ledger = new_ledger($node);
my $faults = PostgreSQL::Test::Utils::tempdir();

for my $name (qw(stopped slept agent))
{
	sql($node, sprintf q{select jobgrid.define_job('%s %s', command => '%s', success_codes => '7', on_lost => '%2$s',
		repeatable => '%2$s' = 'retry', attempts => 2, retry_delay => '0 s')}, $name, $_,
		$ledger->command('wait', "FOLDER/$name", 'exit', 7))
	  for qw(hold retry);
}
sql($node, sprintf q{select jobgrid.define_job('short', command => '%s')}, $ledger->command);
sql($node, sprintf q{select jobgrid.define_job('halted', command => '%s', timeout => '1 s', cancel_grace => '200 ms')},
	$ledger->command('hang'));

sub start
{
	my ($job) = @_;
	my $run = sql($node, "select run_id from jobgrid.submit('$job')");
	wait_for_run($node, $run, 'running');
	$ledger->wait_until_booked($run, '1 began');
	return $run;
}

sub fault { my ($name, $text) = @_; unlink "$faults/$name"; append_to_file("$faults/$name", $text) if defined $text; return }

sub is_alive
{
	my ($run, $attempt) = @_;
	my ($execution) = grep { $_->{run} == $run && $_->{attempt} == $attempt } $ledger->executions;
	return scalar grep { $_ == $execution->{process} } $ledger->processes;
}

sub wait_for_death
{
	my ($run, $attempt) = @_;
	my $guard = 20 * $PostgreSQL::Test::Utils::timeout_default;
	select undef, undef, undef, 0.05 while is_alive($run, $attempt) && $guard-- > 0;
	return $guard > 0;
}

sub attempts
{
	my ($run) = @_;
	return sql($node, "select string_agg(concat_ws(' ', attempt, state, reason, executor, exit_code), ',' order by attempt)
		from jobgrid.attempt where run_id = $run");
}

# A7, A8: an executor stands still for longer than its leases last
my $first = start_executor($node, name => 'first', faults => $faults);
my %run = map { $_ => start("stopped $_") } qw(hold retry);
my $second = start_executor($node, name => 'second');
my @stopped = ($first->pid, $first->agent);
kill 'STOP', @stopped;
wait_until($node, "select state = 'running' and attempt = 2 from jobgrid.run where run_id = $run{retry}");
is(wait_for_run($node, $run{hold}, 'unknown'), 'unknown|executor_lost', 'stopped beyond its lease: what may not be repeated is held');
is(sql($node, q{select state from jobgrid.executor where executor = 'first'}), 'offline', 'the executor is offline');
ok(is_alive($run{retry}, 1), 'nobody is there to stop the first attempt of what may be repeated');
kill 'CONT', @stopped;
ok(wait_for_death($run{retry}, 1), 'it is stopped as soon as its node goes on');
ok(is_alive($run{retry}, 2), 'and not the second');
is(wait_for_run($node, $run{hold}, 'running'), 'running|', 'what was held is taken up again');
$ledger->go('stopped');
is(wait_for_run($node, $run{$_}), 'succeeded|', "$_: ends as it did") for qw(hold retry);
is(attempts($run{hold}), '1 succeeded first 7', 'in its only attempt');
is(attempts($run{retry}), '1 unknown executor_lost first,2 succeeded second 7', 'in its second, and the first is on record');
$second->stop;

# The agent alone stands still: the keeper stops what may be repeated before the database gives it away
%run = map { $_ => start("agent $_") } qw(hold retry);
my $agent = $first->agent;
kill 'STOP', $agent;
ok(wait_for_death($run{retry}, 1), 'agent stopped: what may be repeated is stopped');
is(sql($node, "select state from jobgrid.run where run_id = $run{retry}"), 'running', 'while the database still holds it to be at work');
ok(is_alive($run{hold}, 1), 'what may not, runs on');
kill 'KILL', $agent;
wait_until($node, "select state = 'running' and attempt = 2 from jobgrid.run where run_id = $run{retry}");
$ledger->go('agent');
is(wait_for_run($node, $run{$_}), 'succeeded|', "$_: succeeds") for qw(hold retry);
is(attempts($run{hold}), '1 succeeded first 7', 'in its only attempt');

# A13: the node has slept for ten minutes
%run = map { $_ => start("slept $_") } qw(hold retry);
fault('fault.boottime', 600);
ok(wait_for_death($run{retry}, 1), 'a node that has slept stops what may be repeated');
wait_until($node, "select state = 'running' and attempt = 2 from jobgrid.run where run_id = $run{retry}");
is(sql($node, "select state from jobgrid.run where run_id = $run{hold}"), 'running', 'and keeps what may not');
$ledger->go('slept');
is(wait_for_run($node, $run{$_}), 'succeeded|', "$_: succeeds") for qw(hold retry);

# A12: the node's clock is wrong, and set
for my $seconds (3600, -3600, 315_360_000, -315_360_000)
{
	fault('fault.realtime', $seconds);
	my $run = sql($node, q{select run_id from jobgrid.submit('short')});
	is(wait_for_run($node, $run), 'succeeded|', "the node's clock is $seconds s off: a run succeeds");
	is(sql($node, "select started_at between submitted_at and now() and finished_at between started_at and now()
		from jobgrid.run where run_id = $run"), 't', 'with the times of the database');
	# Clocks are compared where an agent comes to the database.
	my $log_size = -s $first->log;
	kill 'KILL', $first->agent;
	my $guard = 20 * $PostgreSQL::Test::Utils::timeout_default;
	select undef, undef, undef, 0.05 while slurp_file($first->log, $log_size) !~ /executor "first" is online/ && $guard-- > 0;
	my ($off, $way) = slurp_file($first->log, $log_size) =~ /this node's clock is (\d+) s (ahead of|behind) the database's/;
	cmp_ok(abs(($off // 0) - abs $seconds), '<=', 2, 'which the log says');
	is($way, $seconds > 0 ? 'ahead of' : 'behind', 'and how');
}
fault('fault.realtime');
is(sql($node, q{select state from jobgrid.executor where executor = 'first'}), 'online', 'and the executor is online');

# A9: a job that stands still is no reason not to end it
my $run = start('halted');
my ($halted) = grep { $_->{run} == $run } $ledger->executions;
kill 'STOP', $halted->{process};
is(wait_for_run($node, $run), 'failed|timeout', 'a stopped job ends when its time is over');
is_deeply([ $ledger->processes ], [], 'and is gone');

# A10: another one of the same name. It may be the next one, come before the first has gone: it waits, and says so.
my $other = start_executor($node, name => 'first', wait => 0);
my $guard = 20 * $PostgreSQL::Test::Utils::timeout_default;
my $refusal = qr/executor "first" is in use by another live session/;
select undef, undef, undef, 0.05 while slurp_file($other->log) !~ $refusal && $guard-- > 0;
like(slurp_file($other->log), $refusal, 'a second executor of a name that is taken is told so');
is(wait_for_run($node, sql($node, q{select run_id from jobgrid.submit('short')})), 'succeeded|', 'the first one goes on');
is(sql($node, q{select count(*) from jobgrid.executor where executor = 'first'}), 1, 'and is the only one');
is($first->stop, 0, 'the executor stops');
wait_until($node, q{select state = 'online' from jobgrid.executor where executor = 'first'});
pass('then the second takes its place');
is($other->stop, 0, 'and stops');
is_deeply([ $ledger->complaints ], [], 'what ran is what the database says');
unlike(slurp_file($node->logfile), qr/PANIC:|was terminated by signal/, 'no process of the server crashed');
done_testing();
