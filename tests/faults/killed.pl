# Whatever of an executor is killed, and whenever: a job that may have run never runs again unseen, one that has not runs
# once, and an end that was written down is told.
use strict;
use warnings;
use Jobgrid::Ledger;
use Jobgrid::Test;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('main', conf => <<'EOF');
jobgrid.lease = '3s'
jobgrid.heartbeat = '300ms'
jobgrid.grace = '2s'
jobgrid.poll_interval = '200ms'
EOF
my $ledger = new_ledger($node);
my $faults = PostgreSQL::Test::Utils::tempdir();
my %options = (slots => 8, faults => $faults);

# Jobs that run until there is a file of their name, and then end with 7; by what happens when nobody knows how they ended.
my @scenes = qw(agent both unread forked gate end keeper boot);
for my $lost (qw(hold retry fail))
{
	sql($node, sprintf q{select jobgrid.define_job('%s %s', command => '%s', success_codes => '7', on_lost => '%2$s',
		repeatable => '%2$s' = 'retry', attempts => 2, retry_delay => '0 s')}, $_, $lost,
		$ledger->command('wait', "FOLDER/$_", 'exit', 7))
	  for @scenes;
}

sub submit { my ($job) = @_; return sql($node, "select run_id from jobgrid.submit('$job')") }

sub start
{
	my ($job) = @_;
	my $run = submit($job);
	wait_for_run($node, $run, 'running');
	$ledger->wait_until_booked($run, '1 began');
	return $run;
}

sub fault { my ($name, $text) = @_; unlink "$faults/$name"; append_to_file("$faults/$name", $text) if defined $text; return }

sub attempts
{
	my ($run) = @_;
	return sql($node, "select string_agg(concat_ws(' ', attempt, state, reason, exit_code), ',' order by attempt)
		from jobgrid.attempt where run_id = $run");
}

my $executor = start_executor($node, %options);
my $work = $executor->folder;
sub restart { $executor = start_executor($node, %options, folder => $work); return }

# A1: the agent, while a job runs
my $run = start('agent hold');
my $agent = $executor->agent;
kill 'KILL', $agent;
$ledger->go('agent');
is(wait_for_run($node, $run), 'succeeded|', 'agent killed: the job ends as it did');
is(attempts($run), '1 succeeded 7', 'with its own exit code, in one attempt');
isnt($executor->agent, $agent, 'a new agent has told it');

# A2: both, between the claim and the fork: the keeper has not read that it is to start something
kill 'STOP', $executor->pid;
$run = submit('unread hold');
wait_for_run($node, $run, 'starting');
$executor->crash;
$ledger->go('unread');
restart();
is(wait_for_run($node, $run), 'succeeded|', 'both killed before the start was read: the run is queued again');
is($ledger->booked($run), '2 ended 7', 'and runs once, in a second attempt');
is(attempts($run), '2 succeeded 7', 'the first was none');

# A3: the keeper, with START on the disk and the process at its gate; before its number is on record, and right after
my %at_gate = (forked => [ '2', 'queued again', 'hold', '2 ended 7' ], gate => [ '2+', 'in doubt', 'hold', '' ]);
for my $scene (qw(forked gate))
{
	my ($when, $what, $lost, $ran) = @{ $at_gate{$scene} };
	fault('fault.die', $when);
	$run = submit("$scene $lost");
	$executor->wait_for_end;
	fault('fault.die');
	is($ledger->booked($run), '', "keeper killed between START and exec ($when): nothing has run");
	$ledger->go($scene);
	restart();
	if ($scene eq 'gate')
	{
		is(wait_for_run($node, $run, 'unknown'), 'unknown|no_outcome', "the run is $what");
		is($ledger->booked($run), '', 'and is not tried again');
		is(sql($node, "select count(*) from jobgrid.attention where run_id = $run"), 1, 'somebody is to look at it');
		sql($node, "select jobgrid.retry($run, reason => 'it has not run')");
		is(wait_for_run($node, $run), 'succeeded|', 'somebody decides, and it runs');
	}
	else
	{
		is(wait_for_run($node, $run), 'succeeded|', "the run is $what");
		is($ledger->booked($run), $ran, 'and runs once');
	}
}

# A4: both, with the end on the disk and told to nobody
$run = start('end hold');
kill 'STOP', $executor->agent;
$ledger->go('end');
$executor->wait_for_record($run);
is(sql($node, "select state from jobgrid.run where run_id = $run"), 'running', 'a job has ended, and nobody was told');
$executor->crash;
restart();
is(wait_for_run($node, $run), 'succeeded|', 'both killed: the end is told by the next ones');
is(attempts($run), '1 succeeded 7', 'with its exit code');

# A5: the keeper, while jobs run. They run on; their end is seen, but not how; what another node may run is killed.
my %run = map { $_ => start("keeper $_") } qw(hold fail retry);
my ($killed) = grep { $_->{run} == $run{retry} } $ledger->executions;
$executor->kill('KILL');
restart();
wait_until($node, "select state = 'running' and attempt = 2 from jobgrid.run where run_id = $run{retry}");
ok(!(grep { $_ == $killed->{process} } $ledger->processes), 'keeper killed: a job that may run elsewhere is killed before it does');
is(sql($node, "select state from jobgrid.run where run_id = $run{hold}"), 'running', 'another one runs on');
$ledger->go('keeper');
is(wait_for_run($node, $run{retry}), 'succeeded|', 'the one that may be repeated succeeds');
is(attempts($run{retry}), '1 unknown no_outcome,2 succeeded 7', 'in its second attempt');
is(wait_for_run($node, $run{hold}, 'unknown'), 'unknown|no_outcome', 'of the others nobody has seen the exit code: held');
is(wait_for_run($node, $run{fail}), 'failed|no_outcome', 'or failed, as the job says');
is($ledger->booked($run{hold}), '1 ended 7', 'and not run again');

# A6: everything, and the machine starts anew
%run = map { $_ => start("boot $_") } qw(hold fail retry);
my @processes = map { $_->{process} } grep { my $r = $_->{run}; grep { $_ == $r } values %run } $ledger->executions;
my $agent_before = $executor->agent;
kill 'STOP', $executor->pid, $agent_before;
kill 'KILL', $agent_before, @processes;
$executor->kill('KILL');
fault('boot', 'another boot id!');
my $began = time;
restart();
wait_until($node, "select state = 'running' and attempt = 2 from jobgrid.run where run_id = $run{retry}");
is(wait_for_run($node, $run{hold}, 'unknown'), 'unknown|no_outcome', 'the machine restarted: unknown and held');
is(wait_for_run($node, $run{fail}), 'failed|no_outcome', 'or failed');
cmp_ok(time - $began, '<=', 5, 'within lease and grace');
$ledger->go('boot');
is(wait_for_run($node, $run{retry}), 'succeeded|', 'or run again');

is($executor->stop, 0, 'the executor stops');
is_deeply([ $ledger->processes ], [], 'and leaves no process behind');
is_deeply([ $ledger->complaints ], [], 'what ran is what the database says');
unlike(slurp_file($node->logfile), qr/PANIC:|was terminated by signal/, 'no process of the server crashed');
done_testing();
