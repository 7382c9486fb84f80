# Executors that come and go: what becomes of their attempts, of what they say about them when they are back, and who
# wins where a person has decided meanwhile. Sessions act as executors.
use strict;
use warnings;
use Jobgrid::Test;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('main', conf => "jobgrid.lease = '1h'\njobgrid.grace = '0'");
sql($node, <<'EOF');
select jobgrid.define_job(name, command => 'true', on_lost => lost, attempts => tries, repeatable => tries > 1, retry_delay => '0')
from (values ('hold', 'hold', 1), ('hold twice', 'hold', 2), ('retry', 'retry', 2), ('fail', 'fail', 1)) j (name, lost, tries);
EOF

# Most questions go through one session: a program for each of them would take most of the test's time.
my $asking;
sub ask
{
	my ($query) = @_;
	$asking //= $node->background_psql('jobgrid');
	return $asking->query_safe($query);
}
sub stop_asking { $asking->quit; undef $asking; return }

my $names = 0;
my $journal = '11111111-1111-1111-1111-111111111111';

sub state_of { return ask("select state, reason from jobgrid.run where run_id = $_[0]{run_id}") }

# All that the view knows of the attempts of a run: number, state, reason.
sub attempts_of
{
	return ask("select string_agg(concat_ws(' ', attempt, state, reason), ', ' order by attempt)
		from jobgrid.attempt where run_id = $_[0]{run_id}");
}

sub history_of
{
	return ask("select string_agg(concat_ws(' ', action, from_state, to_state, reason), ', ' order by at)
		from jobgrid.history where run_id = $_[0]{run_id}");
}

# A fresh executor that has taken one run of each of the jobs. Its attempts come in their order.
sub executor_with
{
	my ($options, @jobs) = @_;
	my $session = start_session($node, name => 'node' . ++$names);
	$session->hello(%$options);
	ask("select jobgrid.submit(job) from unnest(array['" . join("', '", @jobs) . "']) job");
	my @attempts = sort { $a->{run_id} <=> $b->{run_id} } $session->claim(scalar @jobs);
	return ($session, @attempts);
}

# The same executor, or another process of it, in a new session.
sub again
{
	my ($session, %options) = @_;
	my $other = start_session($node, name => $session->{name});
	$other->{instance} = $session->{instance} if $options{same};
	return $other;
}

# The executor vanishes for longer than its lease.
sub lose
{
	my ($session) = @_;
	$session->leave;
	sql($node, q{alter system set jobgrid.lease = '1s'});
	$node->reload;
	wait_for_value($node, "select state || ' ' || running from jobgrid.executor where executor = '$session->{name}'",
		'offline 0');
	sql($node, 'alter system reset jobgrid.lease');
	$node->reload;
	wait_for_value($node, 'show jobgrid.lease', '1h');
	return;
}

sub suspect
{
	my ($session) = @_;
	$session->leave;
	wait_for_value($node, "select state from jobgrid.executor where executor = '$session->{name}'", 'suspect');
	return;
}

sub started { return map { report($_, 'started') } @_ }
sub orders { return scalar(grep { $_->{what} eq 'order' } @_) }
sub stale { return join ',', map { $_->{run_id} } sort { $a->{run_id} <=> $b->{run_id} } grep { $_->{what} eq 'stale' } @_ }
sub chunk { return "row($_[0]{run_id}, $_[0]{attempt}, $_[0]{fence}, 1, 'o', 0, 'said')::jobgrid_engine.chunk" }
sub output_of { return ask("select string_agg(convert_from(data, 'UTF8'), '') from jobgrid.logs($_[0]{run_id})") }

# A session that is lost and comes back in time
my ($session, $kept) = executor_with({}, 'hold');
$session->exchange([ started($kept) ], 0);
suspect($session);
pass('a lost session makes its executor suspect at once');
my $back = again($session, same => 1);
my $welcome = $back->hello(known => known('running', $kept));
is_deeply($welcome->{stale_runs}, [], 'back in time, nothing is stale');
is(state_of($kept), 'running|', 'and everything is as it was');
is(history_of($kept), '', 'nothing has happened to it');
$back->exchange([ report($kept, 'exited', exit_code => 0) ], 0);
is(state_of($kept), 'succeeded|', 'its end is taken');
$back->leave;

# One that comes back too late, as itself and as another process: what runs goes on, what has ended is told
for my $same (1, 0)
{
	my $how = $same ? 'the same instance' : 'another instance';
	($session, my ($running, $ended, $decided)) = executor_with({}, ('hold') x 3);
	$session->exchange([ started($running, $ended, $decided) ], 0);
	lose($session);
	is(join(' ', map { state_of($_) } $running, $ended), 'unknown|executor_lost unknown|executor_lost', "$how: lost");
	is(attempts_of($running), '1 unknown executor_lost', "$how: one attempt, of which nobody knows");
	is(ask("select executor from jobgrid.run where run_id = $running->{run_id}"), $session->{name}, "$how: of whom");
	ask("select jobgrid.retry($decided->{run_id}, reason => 'it did nothing')");
	is(attempts_of($decided), '1 unknown executor_lost', "$how: decided by a person, it stays so");
	wait_for_value($node, "select state from jobgrid.run where run_id = $decided->{run_id}", 'queued');

	$back = again($session, same => $same);
	$welcome = $back->hello(known => known('running', $running, $decided, { %$ended, state => 'ended' }));
	is_deeply($welcome->{stale_runs}, [ $decided->{run_id} ], "$how: stale is what was decided");
	is(state_of($running), 'running|', "$how: what runs has its lease back");
	is(attempts_of($running), '1 running', "$how: and is one attempt");
	is(history_of($running), 'lost running unknown executor_lost, back unknown running', "$how: which is said");
	is(state_of($ended), 'unknown|executor_lost', "$how: what has ended waits for its report");
	$welcome = $back->hello(known => known('running', $running, { %$ended, state => 'ended' }));
	is_deeply($welcome->{stale_runs}, [], "$how: hello once more changes nothing");
	is(history_of($running), 'lost running unknown executor_lost, back unknown running', "$how: nor writes anything");

	my $refused = $back->rows(
		'select * from jobgrid_engine.write_output(array[' . join(', ', map { chunk($_) } $ended, $decided) . '])');
	is(join(',', map { $_->{run_id} } @$refused), $decided->{run_id}, "$how: output of what was decided is not taken");
	is(output_of($ended), 'said', "$how: of what is unknown it is");
	my @answers = $back->exchange([ report($decided, 'exited', exit_code => 0),
			report($ended, 'exited', exit_code => 0, run_us => 5_000_000, age_us => 1_000_000) ], 0);
	is(stale(@answers), $decided->{run_id}, "$how: so are reports");
	is(state_of($ended), 'succeeded|', "$how: the end ends the run as what it was");
	is(ask("select concat_ws('|', attempt, state, decided_by, executor) from jobgrid.attempt
		where run_id = $ended->{run_id}"), "1|succeeded|exit code 0 is success|$session->{name}", "$how: in one attempt");
	is(history_of($ended), 'lost running unknown executor_lost, late_report unknown succeeded', "$how: which is said");
	@answers = $back->exchange([ report($ended, 'exited', exit_code => 0) ], 0);
	is(stale(@answers), '', "$how: told again it is no news");
	is(state_of($decided), 'queued|', "$how: what was decided stays decided");
	$back->exchange([ report($running, 'signalled', signal => 9) ], 0);
	is(state_of($running), 'failed|signal', "$how: and what ran on ends");
	$back->leave;
	ask("select jobgrid.cancel($decided->{run_id})");
}

# What is not said at hello is still taken when it is reported, with its retries; a start brings the lease back
($session, my ($fails, $starts, $batch, $outcome, $cancelled)) = executor_with({}, 'hold twice', ('hold') x 4);
lose($session);
ask("select jobgrid.set_outcome($outcome->{run_id}, 'skipped', 'looked at it'), jobgrid.cancel($cancelled->{run_id})");
is(attempts_of($outcome), '1 unknown executor_lost', 'an outcome by hand leaves the attempt unknown');
$back = again($session, same => 1);
$back->hello;
my @answers = $back->exchange([ report($fails, 'exited', exit_code => 3), started($starts, $batch),
		report($batch, 'exited', exit_code => 0), started($outcome), report($cancelled, 'cancelled', signal => 15) ], 0);
is(stale(@answers), "$outcome->{run_id},$cancelled->{run_id}", 'stale is what a person has ended');
is(state_of($outcome), 'skipped|operator', 'as what he said');
is(state_of($cancelled), 'cancelled|operator', 'or cancelled');
is(attempts_of($fails), '1 failed exit_code', 'a late failure is one');
is(state_of($starts), 'running|', 'a late start gives the lease back');
is(state_of($batch), 'succeeded|', 'start and end in one request are taken together');
wait_for_value($node, "select state || ' ' || attempt from jobgrid.run where run_id = $fails->{run_id}", 'queued 1');
pass('and tried again');
$back->exchange([ report($starts, 'exited', exit_code => 0) ], 0);
$back->leave;
ask(q{select jobgrid.cancel(job => 'hold twice')});

# A cancel that was ordered before is ordered again, and its attempt does not retry
($session, $cancelled) = executor_with({}, 'hold twice');
$session->exchange([ started($cancelled) ], 0);
ask("select jobgrid.cancel($cancelled->{run_id}, reason => 'too long')");
lose($session);
is(state_of($cancelled), 'unknown|executor_lost', 'a run that was to be cancelled is lost');
$back = again($session);
$back->hello(known => known('running', $cancelled));
my ($order) = grep { $_->{what} eq 'order' } $back->exchange([], 0);
is($order->{run_id}, $cancelled->{run_id}, 'the executor that is back is told again');
like($order->{detail}, qr/"order": "cancel"/, 'to cancel');
is(ask("select cancel_requested_at is not null from jobgrid.run where run_id = $cancelled->{run_id}"), 't', 'and people see it');
$back->exchange([ report($cancelled, 'exited', exit_code => 1) ], 0);
is(state_of($cancelled), 'failed|exit_code', 'it does not try again');
$back->leave;

# An order that a former process had not carried out is given to the next one
($session, $cancelled) = executor_with({}, 'hold');
$session->exchange([ started($cancelled) ], 0);
ask("select jobgrid.cancel($cancelled->{run_id})");
is(orders($session->exchange([], 0)), 1, 'an order is delivered');
suspect($session);
$back = again($session);
$back->hello(known => known('running', $cancelled));
is(orders($back->exchange([], 0)), 1, 'and to the process that takes over once more');
is(orders($back->exchange([], 0)), 0, 'until it has arrived');
$back->exchange([ report($cancelled, 'cancelled', signal => 15) ], 0);
is(state_of($cancelled), 'cancelled|operator', 'it is cancelled');
$back->leave;

# Ends that are none
($session, my ($oom, $fenced, $hold, $retry, $fail, $stuck, $dead)) =
  executor_with({}, 'retry', 'retry', 'hold', 'retry', 'fail', 'retry', 'hold');
$session->exchange([ started($oom, $fenced, $hold, $retry, $fail, $stuck, $dead) ], 0);
my @reports = (
	report($oom, 'oom_killed', signal => 9), report($fenced, 'fenced', signal => 9), report($hold, 'lost', message => 'no pid'),
	report($retry, 'lost'), report($fail, 'lost'), report($stuck, 'unkillable', message => 'waits for a disk'));
is(stale($session->exchange(\@reports, 0)), '', 'every one of them is taken');
is(attempts_of($oom), '1 failed oom_killed', 'out of memory is a failure of its own');
is(attempts_of($fenced), '1 failed executor_lost', 'killed by its node is as lost');
is(ask("select bool_and(state in ('waiting', 'queued')) from jobgrid.run where run_id in ($oom->{run_id}, $fenced->{run_id})"), 't',
	'and both try again');
is(state_of($hold), 'unknown|no_outcome', 'lost by its executor: on_lost = hold');
is(attempts_of($retry), '1 unknown no_outcome', 'on_lost = retry');
is(ask("select state in ('waiting', 'queued') from jobgrid.run where run_id = $retry->{run_id}"), 't', 'tries again');
is(state_of($fail), 'failed|no_outcome', 'on_lost = fail');
is(ask("select decided_by from jobgrid.attempt where run_id = $fail->{run_id}"), 'on_lost = fail', 'which its attempt says');
is(state_of($stuck), 'unknown|unkillable', 'what cannot be killed is unknown, whatever on_lost says');
is(ask("select running from jobgrid.executor where executor = '$session->{name}'"), 1, 'it has no lease');
my $before = history_of($hold) . history_of($stuck);
is(stale($session->exchange(\@reports, 0)), '', 'told again nothing is stale');
is(history_of($hold) . history_of($stuck), $before, 'and nothing happens');
like(ask("select detail from jobgrid.why($hold->{run_id})"), qr/^executor "$session->{name}" does not know how attempt 1 ended: no pid$/,
	'why: nobody knows');
like(ask("select detail || ' ' || hint from jobgrid.why($stuck->{run_id})"),
	qr/^attempt 1 cannot be killed by executor "$session->{name}": waits for a disk It ends when its process does.*retry.*set_outcome/,
	'why: cannot be killed');
is(ask("select string_agg(reason, ',' order by run_id) from jobgrid.attention where run_id in ($hold->{run_id}, $stuck->{run_id})"),
	'no_outcome,unkillable', 'both are on the attention list');
is_deeply($session->hello(known => known('running', $stuck, $dead))->{stale_runs}, [], 'it is still its executor\'s');
is(state_of($stuck), 'unknown|unkillable', 'and not running because its executor has it');
is(stale($session->exchange([ started($stuck) ], 0)), '', 'nor because it says so');
is(state_of($stuck), 'unknown|unkillable', 'it stays');
is(stale($session->exchange([ report($stuck, 'signalled', signal => 9) ], 0)), '', 'its end is taken when it comes');
is(attempts_of($stuck), '1 failed signal', 'as what it was');
lose($session);
$back = again($session, same => 1);
$back->hello;
$back->exchange([ report($dead, 'unkillable') ], 0);
is(state_of($dead), 'unknown|unkillable', 'what was given up may turn out not to be killed');
$back->exchange([ report($dead, 'exited', exit_code => 0) ], 0);
is(state_of($dead), 'succeeded|', 'and still end well');
ask("select jobgrid.cancel(job => 'retry'), jobgrid.set_outcome($hold->{run_id}, 'failed', 'test')");
$back->leave;

# Fenced at its last try, and one that was to be cancelled
($session, my ($last, $stopped)) = executor_with({}, 'hold', 'retry');
$session->exchange([ started($last, $stopped) ], 0);
ask("select jobgrid.cancel($stopped->{run_id})");
$session->exchange([ report($last, 'fenced'), report($stopped, 'fenced') ], 0);
is(state_of($last), 'failed|executor_lost', 'fenced at its last try: failed');
is(state_of($stopped), 'cancelled|executor_lost', 'fenced when it was to be cancelled: cancelled');
$session->leave;

# What another process with the same journal does not know was never started
sub with_journal
{
	my ($old, $new) = map { defined $_ ? "'$_'" : 'null' } @_;
	my ($one, @attempts) = executor_with({ journal => $old }, ('hold') x 3);
	$one->exchange([ started($attempts[1], $attempts[2]) ], 0);
	suspect($one);
	my $two = again($one);
	$two->hello(journal => $new, known => known('running', $attempts[2]));
	return ($two, @attempts);
}
my $other = '22222222-2222-2222-2222-222222222222';
for ([ $journal, $other, 'another journal' ], [ undef, undef, 'no journal' ], [ $journal, undef, 'none any more' ])
{
	my ($old, $new, $how) = @$_;
	my ($two, @attempts) = with_journal($old, $new);
	is(join(' ', map { state_of($_) } @attempts), 'unknown|executor_lost unknown|executor_lost running|',
		"$how: nobody knows what became of what is missing");
	$two->exchange([ report($attempts[2], 'exited', exit_code => 0) ], 0);
	ask("select jobgrid.set_outcome($_->{run_id}, 'failed', 'test')") for @attempts[ 0, 1 ];
	$two->leave;
}
($session, my ($unstarted, $missing, $known)) = with_journal($journal, $journal);
is(state_of($unstarted), 'queued|', 'the same journal: what was only handed out is queued again');
is(state_of($missing), 'unknown|executor_lost', 'what was started is lost');
is(state_of($known), 'running|', 'what is known goes on');
is(attempts_of($unstarted), '', 'it has had no attempt');
like(ask("select detail from jobgrid.history where run_id = $unstarted->{run_id} and action = 'returned'"),
	qr/^executor "$session->{name}" came back with its journal.*never started/, 'its history says why');
my ($next) = $session->claim(1);
is("$next->{run_id} $next->{attempt}", "$unstarted->{run_id} 2", 'it is handed out again under another name');
like($next->{detail}, qr/"try": 1\b/, 'as its first try');
$session->exchange([ report($next, 'exited', exit_code => 0), report($known, 'exited', exit_code => 0) ], 0);
is(state_of($next), 'succeeded|', 'and runs');
is(stale($session->exchange([ report($unstarted, 'exited', exit_code => 0) ], 0)), $unstarted->{run_id}, 'its old name is nobody\'s');
$session->leave;

# The same when the lease was over before
($session, $unstarted, my $to_stop, $missing) = executor_with({ journal => "'$journal'" }, ('hold') x 3);
$session->exchange([ started($missing) ], 0);
ask("select jobgrid.cancel($to_stop->{run_id})");
lose($session);
$back = again($session, same => 1);
$back->hello(journal => "'$journal'");
wait_for_value($node, "select state from jobgrid.run where run_id = $unstarted->{run_id}", 'queued');
pass('given up before it was started: queued again');
is(state_of($to_stop), 'cancelled|operator', 'or cancelled, where that was ordered');
is(state_of($missing), 'unknown|executor_lost', 'what was started stays unknown');
$back->leave;
ask(q{select jobgrid.cancel(job => 'hold')});

# A server that restarts judges nobody before their time; executors say what they have
for my $mode ('fast', 'immediate')
{
	($session, my ($runs, $gone)) = executor_with({}, 'hold', 'hold');
	$session->exchange([ started($runs, $gone) ], 0);
	$session->leave;
	stop_asking();
	$node->stop($mode);
	$node->start;
	$back = again($session);
	my $hello = "select jobgrid_engine.hello('$back->{name}', '$session->{instance}', 1, 10, '{shell}', known => "
	  . known('running', $runs, $gone) . ')';
	my (undef, $error) = $back->query($hello);
	# In the first moment the server does not know its own epoch, and says so.
	for (1 .. 600)
	{
		last if ($error->{sqlstate} // '') ne 'JG006';
		select undef, undef, undef, 0.1;
		(undef, $error) = $back->query($hello);
	}
	is($error->{sqlstate}, undef, "$mode: an executor is welcome after a restart");
	is(join(' ', map { state_of($_) } $runs, $gone), 'running| running|', "$mode: with all it has");
	suspect($back);
	$back = again($session);
	$back->hello(known => known('running', $runs));
	is(state_of($gone), 'unknown|executor_lost', "$mode: another process that does not know one has lost it");
	$back->exchange([ report($runs, 'exited', exit_code => 0) ], 0);
	is(state_of($runs), 'succeeded|', "$mode: the other one ends");
	$back->leave;
}

is(ask(q{select count(*) from jobgrid_engine.lease}), 0, 'no lease is left');
is(ask(q{select count(*) from (select run_id, attempt from jobgrid.attempt group by 1, 2 having count(*) > 1) twice}), 0,
	'no attempt is there twice');
is(ask(q{select string_agg(worker || ': ' || last_error, '; ') from jobgrid.stat_scheduler where last_error is not null}), '',
	'no worker has met an error');
stop_asking();
unlike(slurp_file($node->logfile), qr/PANIC:|TRAP:|was terminated by signal|deadlock detected/, 'no process crashed');
$node->stop;
done_testing();
