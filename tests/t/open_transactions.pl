# Somebody has an open transaction that has locked a run or an executor. Everybody else's work goes on, and what was passed
# over is done when the lock is gone.
use strict;
use warnings;
use Jobgrid::Test;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);

my $node = new_node('main', conf => "jobgrid.lease = '2s'\njobgrid.grace = '1s'\nmax_prepared_transactions = 2");
sql($node, 'create role worker login');
sql($node, <<'EOF');
select jobgrid.define_job('hold', command => 'true', on_lost => 'hold');
select jobgrid.define_job('short', command => 'sleep 0.5');
select jobgrid.define_job('quick', command => 'true');
select jobgrid.define_job('noop', kind => 'noop');
select jobgrid.define_job('fails', kind => 'sql', command => 'select pg_sleep(0.5); select 1/0', sql_role => 'worker');
select jobgrid.define_job('sql', kind => 'sql', command => 'select 1', sql_role => 'worker');
EOF

# Begins a transaction and does something in it; what it returns ends it by a rollback, or by what it is given.
sub open_transaction
{
	my ($command) = @_;
	my $session = $node->background_psql('jobgrid');
	$session->query_safe("begin; $command");
	return sub {
		$session->query_safe($_[0] // 'rollback');
		$session->quit;
		return;
	};
}
sub submit { return sql($node, "select run_id from jobgrid.submit('$_[0]')") }
sub state_of { return sql($node, "select state from jobgrid.run where run_id = $_[0]") }
sub whats { return join ' ', map { "$_->{what} $_->{run_id}" } @_ }

# A report about a locked run: to be made again, as often as it is asked.
my $hand = start_session($node, name => 'hand');
$hand->hello;
my ($run, $other) = map { submit('hold') } 1 .. 2;
my ($attempt, $free) = sort { $a->{run_id} <=> $b->{run_id} } $hand->claim(2);
my $end = open_transaction("select jobgrid.cancel($run)");
my $began = time;
is(whats($hand->exchange([ report($attempt, 'started'), report($free, 'exited', exit_code => 0) ], 0)), "later $run",
	'a start of a locked run is to be told later');
cmp_ok(time - $began, '<', 2, 'nobody waits for that');
is(state_of($other), 'succeeded', 'what was told beside it is taken');
is(whats($hand->exchange([ report($attempt, 'exited', exit_code => 0) ], 0)), "later $run", 'so is its end');
$hand->{request}--;
is(whats($hand->exchange([], 0)), "later $run", 'the answer that is repeated says so again');
$end->('commit');
is(whats($hand->exchange([ report($attempt, 'exited', exit_code => 0) ], 0)), '', 'then it is taken');
is(state_of($run), 'succeeded', 'and counts');

# The same after a transaction that was rolled back, which leaves its mark on the row.
$run = submit('hold');
($attempt) = $hand->claim(1);
open_transaction("select jobgrid.cancel($run)")->();
is(whats($hand->exchange([ report($attempt, 'started') ], 0)), '', 'a start after a rollback');
is(state_of($run), 'running', 'is taken');
open_transaction("select jobgrid.cancel($run)")->();
is(whats($hand->exchange([ report($attempt, 'exited', exit_code => 0) ], 0)), '', 'an end after a rollback');
is(state_of($run), 'succeeded', 'is taken');

# The scheduler passes over a locked run of a silent executor, and a locked executor.
my ($locked, $unlocked) = map { submit('hold') } 1 .. 2;
$hand->claim(2);
my $silent = start_session($node, name => 'silent');
$silent->hello;
my $stuck = submit('hold');
$silent->claim(1);
$end = open_transaction("select jobgrid.cancel($locked)");
my $end_too = open_transaction(q{select from jobgrid_engine.executor where name = 'silent' for update});
$_->leave for $hand, $silent;
is(wait_for_run($node, $unlocked, 'unknown'), 'unknown|executor_lost', 'what is not locked is decided about');
is(join(' ', map { state_of($_) } $locked, $stuck), 'starting starting', 'what is locked is not');
my $due = sql($node, q{select run_id from jobgrid.submit('sql', delay => '1 s')});
is(wait_for_run($node, $due), 'succeeded|', 'what is due comes');
$end->();
$end_too->();
is(wait_for_run($node, $_, 'unknown'), 'unknown|executor_lost', 'then that is') for $locked, $stuck;
is(sql($node, q{select string_agg(state, ' ') from jobgrid.executor}), 'offline offline', 'both executors are offline');

# The end of a run that was given up, while somebody is deciding about it.
$hand = start_session($node, name => 'hand');
$hand->hello(known => known('ended', map { { run_id => $_, attempt => 1, fence => 4294967297 } } $locked, $unlocked));
$hand->exchange([ map { report({ run_id => $_, attempt => 1, fence => 4294967297 }, 'exited', exit_code => 0) } $locked, $unlocked ], 0);
is(state_of($locked), 'succeeded', 'the executor comes back and tells the end');
$run = submit('hold');
($attempt) = $hand->claim(1);
$hand->leave;
wait_for_run($node, $run, 'unknown');
$end = open_transaction("select jobgrid.set_outcome($run, 'failed', 'test')");
$hand = start_session($node, name => 'hand');
my @known = (known => known('ended', $attempt));
is_deeply($hand->hello(@known)->{stale_runs}, [], 'hello does not wait for who is deciding');
is(whats($hand->exchange([ report($attempt, 'exited', exit_code => 0) ], 0)), "later $run", 'nor does the report');
$end->('commit');
is(whats($hand->exchange([ report($attempt, 'exited', exit_code => 0) ], 0)), "stale $run", 'he has decided');
$hand->leave;

# The real executor, and the dispatcher with SQL and external runs.
my $executor = start_executor($node, slots => 2);
$run = submit('short');
wait_for_run($node, $run, 'running');
$end = open_transaction("select jobgrid.cancel($run)");
sleep 1;
$began = time;
is(wait_for_run($node, submit($_)), 'succeeded|', "$_ beside a run that is locked") for qw(quick quick noop);
cmp_ok(time - $began, '<', 4, 'at once');
is(state_of($run), 'running', 'its end is not told');
$end->();
is(wait_for_run($node, $run), 'succeeded|', 'then it is');
unlike(slurp_file($executor->log), qr/lost the database/, 'its executor was never cut off');
is($executor->stop, 0, 'it stops');

$run = submit('fails');
wait_for_run($node, $run, 'running');
$end = open_transaction("select jobgrid.cancel($run)");
sleep 1.5;
is(wait_for_run($node, submit('sql')), 'succeeded|', 'a SQL run beside one that is locked');
is(state_of($run), 'running', 'of which the end is not recorded');
$end->();
is(wait_for_run($node, $run), 'failed|sql_error', 'then it is');

# An edit in advance whose moment comes.
sql($node, q{set jobgrid.change_valid_from = 'SOON'; update jobgrid.job set title = 'later' where full_name = 'quick'} =~
	s/SOON/sql($node, q{select now() + interval '1 s'})/er);
$end = open_transaction(q{update jobgrid.job set title = 'mine' where full_name = 'quick'});
wait_for_value($node, q{select problem from jobgrid.change_set}, q{what it edits is locked by somebody's open transaction});
is(wait_for_run($node, sql($node, q{select run_id from jobgrid.submit('sql', delay => '10 ms')})), 'succeeded|', 'beside an edit that has to wait');
$end->();
wait_for_value($node, q{select title from jobgrid.job where full_name = 'quick'}, 'later');
is(sql($node, q{select state, problem from jobgrid.change_set}), 'applied|', 'then it is made');

# Lanes and queued runs of jobs that a blackout closes, or whose run window is edited.
sql($node, q{insert into jobgrid.queue (name) values ('slow'); select jobgrid.define_job('slow', command => 'true', queue => 'slow')});
$run = submit('slow');
wait_for_run($node, $run, 'queued');
$end = open_transaction("select jobgrid.hold($run)");
sql($node, q{update jobgrid.job set run_window = '00:00-24:00' where full_name in ('slow', 'sql')});
wait_until($node, q{select count(*) = 2 from jobgrid_engine.job_shutters});
is(wait_for_run($node, sql($node, q{select run_id from jobgrid.submit('sql', delay => '500 ms')})), 'succeeded|', 'beside a queued run that is locked and has to move');
$end->();
wait_until($node, q{select not exists (select from jobgrid_engine.shutter_edit)});
is(sql($node, "select l.shutters = x.shutters from jobgrid_engine.ready r join jobgrid_engine.lane l using (lane_id) join jobgrid_engine.job_shutters x using (job_id) where r.run_id = $run"), 't',
	'then it has moved');
$other = submit('noop');
sql($node, q{insert into jobgrid.blackout (name, queue, starts_at) select q, q, now() + interval '2 s' from unnest(array['slow', 'default']) q});
$end = open_transaction(q{select jobgrid.pause_queue('slow')});
wait_until($node, q{select count(*) = 2 from jobgrid_engine.shutter where blackout_id is not null and closed});
is(sql($node, q{select string_agg(distinct queue, ',') from jobgrid_engine.lane where closed_reason = 'blackout'}), 'default', 'a blackout closes other lanes beside one that is locked');
$end->();
wait_until($node, q{select bool_or(queue = 'slow' and closed_reason = 'blackout') from jobgrid_engine.lane});
sql($node, "delete from jobgrid.blackout; select jobgrid.cancel($_)") for $run, $other;

# Locks that outlive a crash, on what it has left behind: a SQL run without a worker, a run of an executor that does not
# come back.
sql($node, q{select jobgrid.define_job('long', kind => 'sql', command => 'select pg_sleep(300)', sql_role => 'worker')});
my $long = submit('long');
$hand = start_session($node, name => 'hand');
$hand->hello;
$run = submit('hold');
$hand->claim(1);
wait_for_run($node, $long, 'running');
sql($node, "begin; select jobgrid.cancel($_); prepare transaction 'p$_'") for $long, $run;
$node->stop('immediate');
$hand->leave;
$node->start;
is(wait_for_run($node, submit('sql')), 'succeeded|', 'SQL runs go on');
wait_for_value($node, q{select state from jobgrid.executor where executor = 'hand'}, 'offline');
is(join(' ', map { state_of($_) } $long, $run), 'running starting', 'what is locked is left as it is');
sql($node, "commit prepared 'p$_'") for $long, $run;
is(wait_for_run($node, $long), 'cancelled|operator', 'then the SQL run is cancelled');
is(wait_for_run($node, $run, 'unknown'), 'unknown|executor_lost', 'and the other given up');
is(sql($node, "select by_role || ' ' || coalesce(actor, '') from jobgrid.history where run_id = $run and action = 'lost'"), 'jobgrid ',
	'by nobody but the engine');

is(sql($node, q{select string_agg(worker || ': ' || last_error, '; ') from jobgrid.stat_scheduler
	where last_error is not null}), '', 'no worker has met an error');
$node->stop;
done_testing();
