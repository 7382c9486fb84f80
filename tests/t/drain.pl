# Emptying a node: nothing new, what runs goes on, at the deadline it is stopped; through restarts of node and server.
use strict;
use warnings;
use Jobgrid::Test;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('main', conf => "jobgrid.poll_interval = '300ms'");

sub submit { return sql($node, "select run_id from jobgrid.submit('$_[0]')") }

sub executor
{
	my ($name, $fields) = @_;
	return sql($node, "select $fields from jobgrid.executor where executor = '$name'");
}
sub attempts
{
	return sql($node, "select string_agg(concat_ws(' ', executor, state, reason), ', ' order by attempt)
		from jobgrid.attempt where run_id = $_[0]");
}
sub history
{
	return sql($node, "select string_agg(concat_ws('|', action, reason, by_role, detail), ';')
		from jobgrid.history where run_id = $_[0] and action = 'cancel'");
}

# Jobs that run until a file of theirs is there, or until they are stopped; one takes its time for that
my $folder = PostgreSQL::Test::Utils::tempdir('drain');
chmod 0777, $folder;
sub finish { PostgreSQL::Test::Utils::append_to_file("$folder/$_[0]", '') }
sql($node, qq{select jobgrid.define_job('$_->[0]', command => '$_->[2] until [ -e $folder/$_->[0] ]; do sleep 0.05; done', on_lost => '$_->[1]', attempts => 1, cancel_grace => '3 s')})
  for [ 'patient', 'hold', '' ], [ 'fixed', 'hold', '' ], [ 'mobile', 'retry', '' ], [ 'wanted', 'retry', q{trap "" TERM;} ];
sql($node, q{select jobgrid.define_job('quick', command => 'true')});

my $one = start_executor($node, name => 'one');
is(executor('one', 'state, drained_since, drain_reason'), 'online||', 'an executor is not drained');

# Without a deadline
my $patient = submit('patient');
wait_for_run($node, $patient, 'running');
is(sql($node, q{select state, running, drain_reason, drain_deadline from jobgrid.drain_executor('one', reason => 'new kernel')}),
	'draining|1|new kernel|', 'told to drain with a run');
my $quick = submit('quick');
wait_for_run($node, $quick, 'queued');
is(sql($node, "select blocker, detail from jobgrid.why($quick)"),
	'no_matching_executor|needs an executor for shell jobs in pool "default"; the nearest is "one": '
	  . 'it is drained by ' . sql($node, 'select session_user') . ': new kernel', 'why says who drains it');
is(sql($node, "select reason from jobgrid.attention where run_id = $quick"), 'no_matching_executor', 'and it is listed');
finish('patient');
is(wait_for_run($node, $patient), 'succeeded|', 'what ran has run to its end');
wait_for_value($node, q{select state from jobgrid.executor where executor = 'one'}, 'maintenance');
is(history($patient), '', 'and nobody asked it to stop');

# Restarts: of the executor, of the server
is($one->stop, 0, 'the executor stops');
is(executor('one', 'state'), 'maintenance', 'a node in maintenance may be down');
$one = start_executor($node, name => 'one', folder => $one->folder);
$node->restart;
wait_until($node, q{select not s.suspect from jobgrid_engine.executor e join jobgrid_engine.executor_stat() s using (executor_id)
	where e.name = 'one'});
is(executor('one', 'state, drain_reason'), 'maintenance|new kernel', 'it is drained when both are back');
sleep 1;
is(sql($node, "select state from jobgrid.run where run_id = $quick"), 'queued', 'and takes nothing');
is(sql($node, q{select state, drained_since from jobgrid.resume_executor('one')}), 'online|', 'until it is resumed');
is(wait_for_run($node, $quick), 'succeeded|', 'which brings what waited');

# With a deadline
my ($fixed, $mobile, $wanted) = map { submit($_) } qw(fixed mobile wanted);
wait_for_run($node, $_, 'running') for $fixed, $mobile, $wanted;
like(sql($node, q{select state, drain_deadline > now() from jobgrid.drain_executor('one', deadline => '1 hour')}), qr/draining\|t/,
	'a deadline lies ahead');
sleep 1;
is(executor('one', 'state, running'), 'draining|3', 'before it everything goes on');
# One is to go on elsewhere by its job, and ends all the same, because a person says so.
sql($node, qq{select jobgrid.drain_executor('one', deadline => '0', reason => 'fire')});
wait_until($node, "select cancel_at is not null from jobgrid_engine.lease where run_id = $wanted");
sql($node, "select jobgrid.cancel($wanted, reason => 'not any more')");
is(wait_for_run($node, $fixed), 'cancelled|drained', 'at the deadline a run that may not be repeated is cancelled');
is(sql($node, "select state, reason from jobgrid.attention where run_id = $fixed"), 'cancelled|drained', 'which is listed');
like(history($fixed), qr/^cancel\|drained\|jobgrid\|executor "one" is drained, and its deadline is over: fire$/, 'its history says why');
like(sql($node, "select detail from jobgrid.why($fixed)"), qr/is drained, and its deadline is over: fire/, 'and so does why');
wait_for_value($node, q{select state, running from jobgrid.executor where executor = 'one'}, 'maintenance|0');
is(wait_for_run($node, $mobile, 'queued'), 'queued|', 'one that may be repeated waits for another node');
is(attempts($mobile), 'one cancelled drained', 'its attempt says why it ended');
my $two = start_executor($node, name => 'two');
wait_for_run($node, $mobile, 'running');
finish('mobile');
is(wait_for_run($node, $mobile), 'succeeded|', 'where it ends, although it has one attempt: that was none');
is(attempts($mobile), 'one cancelled drained, two succeeded', 'the second of two');
is(wait_for_run($node, $wanted), 'cancelled|operator', 'a cancel by a person stays one');

# An attempt that was handed out and not started; one whose node dies while it is asked to stop
my $hand = start_session($node, name => 'hand');
sql($node, q{select jobgrid.define_job('pinned', command => 'x', executor => 'hand', on_lost => 'retry', attempts => 1)});
$hand->hello(kinds => q{'{shell}'});
my @runs = map { submit('pinned') } 1 .. 2;
wait_for_run($node, $_, 'queued') for @runs;
my %claimed = map { $_->{run_id} => $_ } $hand->claim(2);
is(scalar keys %claimed, 2, 'two are handed out');
$hand->exchange([ report($claimed{ $runs[1] }, 'started') ], 0);
sql($node, q{select jobgrid.drain_executor('hand', deadline => '0')});
wait_for_value($node, q{select count(*) from jobgrid_engine.executor_order join jobgrid_engine.executor using (executor_id) where name = 'hand'}, '2');
my @answers = $hand->exchange([ report($claimed{ $runs[0] }, 'returned'), report($claimed{ $runs[1] }, 'lost') ], 10);
is(join(',', map { $_->{what} } @answers), '', 'a drained executor gets nothing back');
is(sql($node, "select state, attempt from jobgrid.run where run_id = $runs[0]"), 'queued|1', 'what never started is queued again');
is(wait_for_run($node, $runs[1]), 'failed|no_outcome', 'what is lost is lost: that was a try');
sql($node, q{select jobgrid.resume_executor('hand')});
is(join(',', map { $_->{run_id} } $hand->claim(1)), $runs[0], 'resumed, it gets what waits for it');

# What cannot be killed is still there, although nobody waits for it
sql($node, q{select jobgrid.drain_executor('hand')});
my %again = (%{ $claimed{ $runs[0] } }, attempt => 2, fence => $claimed{ $runs[0] }{fence} + 1);
$hand->exchange([ report(\%again, 'unkillable') ], 0);
is(sql($node, "select state, reason from jobgrid.run where run_id = $runs[0]"), 'unknown|unkillable', 'a process that does not die');
is(executor('hand', 'state, running'), 'draining|0', 'keeps its node from being empty');
$hand->exchange([ report(\%again, 'signalled', signal => 9) ], 0);
is(executor('hand', 'state'), 'maintenance', 'until it has died');
sql($node, q{select jobgrid.resume_executor('hand')});

# Shut down on its own node, which is nobody's cancel
my $three = start_executor($node, name => 'three', arguments => [ '--drain-timeout', '0' ]);
sql($node, "select jobgrid.define_job('$_', command => 'sleep 600', executor => 'three', attempts => 1,
	on_lost => '@{[ $_ eq 'stays' ? 'hold' : 'retry' ]}')") for qw(stays moves);
my ($stays, $moves) = map { submit($_) } qw(stays moves);
wait_for_run($node, $_, 'running') for $stays, $moves;
is($three->stop, 0, 'an executor is shut down while jobs run');
is(wait_for_run($node, $stays), 'cancelled|drained', 'a run that may not be repeated is cancelled, by no operator');
is(sql($node, "select message from jobgrid.run join jobgrid.attention using (run_id) where run_id = $stays"),
	'the executor was shut down', 'which is listed');
wait_for_value($node, "select count(*) from jobgrid.attempt where run_id = $moves", 1);
is(attempts($moves), 'three cancelled drained', 'one that may be repeated');
$three = start_executor($node, name => 'three', arguments => [ '--drain-timeout', '0' ]);
wait_for_run($node, $moves, 'running');
pass('goes on when there is an executor again, although it has one attempt');
sql($node, "select jobgrid.cancel($moves, reason => 'enough')");
is(wait_for_run($node, $moves), 'cancelled|operator', 'until somebody ends it');

# Whom to drain, and who may
is(error_of($node, q{select jobgrid.drain_executor('onee')})->{hint}, 'Did you mean "one"?', 'a name that was meant');
is(error_of($node, q{select jobgrid.drain_executor('one', deadline => '-1 s')})->{sqlstate}, 'JG003', 'a deadline in the past');
sql($node, 'create role drain_viewer login in role jobgrid_viewer; create role drain_operator login in role jobgrid_operator;
	grant jobgrid_viewer to drain_operator');
is(error_of($node, q{select jobgrid.drain_executor('one')}, user => 'drain_viewer')->{sqlstate}, '42501', 'no viewer');
is(error_of($node, q{select jobgrid.resume_executor('one')}, user => 'drain_operator')->{sqlstate}, 'JG004', 'no operator who does not see all');
is(error_of($node, "select * from jobgrid.$_", user => 'drain_viewer')->{sqlstate}, undef, "but everybody sees $_")
  for qw(executor stat_executor stat_resource lane attention);
is($_->stop, 0, 'it stops cleanly') for $one, $two, $three;
is(sql($node, q{select string_agg(worker || ': ' || last_error, '; ') from jobgrid.stat_scheduler where last_error is not null}), '',
	'no worker has met an error');
done_testing();
