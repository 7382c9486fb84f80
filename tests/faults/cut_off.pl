# The server goes and comes, sessions are cut off, an executor leaves, or comes back without its journal.
use strict;
use warnings;
use Jobgrid::Ledger;
use Jobgrid::Test;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('main', conf => <<'EOF');
jobgrid.lease = '4s'
jobgrid.heartbeat = '500ms'
jobgrid.grace = '1s'
jobgrid.poll_interval = '200ms'
EOF
my $ledger = new_ledger($node);

sql($node, sprintf q{select jobgrid.define_job('short', command => '%s')}, $ledger->command('sleep', 20));
sql($node, sprintf q{select jobgrid.define_job('%s %s', command => '%s', success_codes => '7', on_lost => '%2$s',
	repeatable => '%2$s' = 'retry', attempts => 2, retry_delay => '0 s')}, @$_, $ledger->command('wait', "FOLDER/$_->[0]", 'exit', 7))
  for map({ [ $_, 'hold' ] } qw(fast immediate journal drain)), [ 'journal', 'retry' ], [ 'journal', 'fail' ];

sub start
{
	my ($job) = @_;
	my $run = sql($node, "select run_id from jobgrid.submit('$job')");
	wait_for_run($node, $run, 'running');
	$ledger->wait_until_booked($run, '1 began');
	return $run;
}

my $executor = start_executor($node, slots => 8);
my $run;

# The server goes while a job runs, and comes when it has ended
for my $mode ('fast', 'immediate')
{
	$run = start("$mode hold");
	$node->stop($mode);
	$ledger->go($mode);
	$ledger->wait_until_booked($run, '1 ended 7');
	$node->start;
	is(wait_for_run($node, $run), 'succeeded|', "the server restarted ($mode): the end that it missed is told");
	is(sql($node, "select attempt || ' ' || exit_code from jobgrid.run where run_id = $run"), '1 7', 'in one attempt');
}

# Its sessions are cut off 20 times under load
my $many = 300;
sql($node, "select count(*) from jobgrid.submit_many('short', count => $many)");
for my $cut (1 .. 20)
{
	wait_until($node, sprintf q{select count(*) >= %d from jobgrid.run where job = 'short' and state <> 'queued'},
		$cut * $many / 25);
	sql($node, q{select pg_terminate_backend(pid) from pg_stat_activity where usename = 'executor_node1'});
}
wait_until($node, q{select count(*) = 0 from jobgrid.run where job = 'short' and finished_at is null});
is(sql($node, q{select string_agg(distinct state || ' ' || attempt, ',') from jobgrid.run where job = 'short'}),
	'succeeded 1', 'sessions cut off: every run succeeds in one attempt');

# The keeper dies, and the next one has no journal: nobody can know how jobs ended
my %run = map { $_ => start("journal $_") } qw(hold retry fail);
$executor->kill('KILL');
$executor = start_executor($node, slots => 8);
is(wait_for_run($node, $run{hold}, 'unknown'), 'unknown|executor_lost', 'keeper and journal lost: the run is unknown and held');
is(wait_for_run($node, $run{fail}), 'failed|executor_lost', 'or has failed, where the job says so');
wait_until($node, "select state = 'running' and attempt = 2 from jobgrid.run where run_id = $run{retry}");
pass('or runs again, where the job says so');
$ledger->go('journal');
is(wait_for_run($node, $run{retry}), 'succeeded|', 'and ends');
is(sql($node, "select string_agg(concat_ws(' ', attempt, state, reason), ',' order by attempt) from jobgrid.attempt
	where run_id = $run{retry}"), '1 unknown executor_lost,2 succeeded', 'both attempts are on record');
$ledger->wait_until_booked($run{hold}, '1 ended 7');
is(sql($node, "select state from jobgrid.run where run_id = $run{hold}"), 'unknown', 'what is unknown stays so until somebody decides');
is(sql($node, "select count(*) from jobgrid.attention where run_id = $run{hold} and state = 'unknown'"), 1,
	'and is on the attention list');
sql($node, "select jobgrid.retry($run{hold}, reason => 'looked at it')");
is(wait_for_run($node, $run{hold}), 'succeeded|', 'somebody decides to try again');

# A clean end
$run = start('drain hold');
kill 'TERM', $executor->pid;
wait_for_value($node, q{select free_slots from jobgrid.executor where executor = 'node1'}, 0);
my $late = sql($node, q{select run_id from jobgrid.submit('short')});
is(sql($node, "select state from jobgrid.run where run_id = $run"), 'running', 'told to stop, the executor lets its job run on');
$ledger->go('drain');
is(wait_for_run($node, $run), 'succeeded|', 'and reports its end');
is($executor->stop, 0, 'then it is gone');
wait_for_value($node, q{select state from jobgrid.executor where executor = 'node1'}, 'offline');
is(sql($node, "select state from jobgrid.run where run_id = $late"), 'queued', 'it has taken nothing more');
$executor = start_executor($node);
is(wait_for_run($node, $late), 'succeeded|', 'the next one does that');

is($executor->stop, 0, 'it stops cleanly without work');
is_deeply([ $ledger->complaints ], [], 'what ran is what the database says');
is(sql($node, q{select string_agg(worker || ': ' || last_error, '; ') from jobgrid.stat_scheduler
	where last_error is not null}), '', 'no worker has met an error');
unlike(slurp_file($node->logfile), qr/PANIC:|was terminated by signal/, 'no process crashed');
done_testing();
