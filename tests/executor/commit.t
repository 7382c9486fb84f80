# A claim whose commit is not known to be safe starts nothing: while it waits for a standby, when that wait is
# cancelled (the server then only warns), and when the executor is told to leave in the middle.
use strict;
use warnings;
use Jobgrid::Test;
use PostgreSQL::Test::Utils;
use Test::More;

my $folder = PostgreSQL::Test::Utils::tempdir();

# Only the executor's commits wait for a standby.
my $node = new_node('main', conf => "jobgrid.poll_interval = '200ms'\nsynchronous_commit = local", allows_streaming => 1);
sql($node, q{create role executor_node1 login in role jobgrid_executor});
sql($node, q{alter role executor_node1 set synchronous_commit = on});
sql($node, qq{select jobgrid.define_job('book', command => 'echo "\$JOBGRID_RUN_ID" >>"$folder/book"')});

sub booked { return -e "$folder/book" ? slurp_file("$folder/book") : '' }

sub replicate
{
	my ($to) = @_;
	sql($node, "alter system set synchronous_standby_names = '$to'");
	$node->reload;
	wait_for_value($node, 'show synchronous_standby_names', $to);
	return;
}

sub submit { return sql($node, q{select run_id from jobgrid.submit('book')}) }

my $waiting = q{select pid from pg_stat_activity where usename = 'executor_node1' and wait_event = 'SyncRep'};
my $executor = start_executor($node);

replicate('nobody');
my $run = submit();
wait_until($node, "select exists ($waiting)");
is(booked(), '', 'while the claim waits for its standby, nothing starts');
for my $round (1 .. 3)
{
	my $pid = sql($node, $waiting);
	is(sql($node, "select pg_cancel_backend($pid)"), 't', 'the wait is cancelled');
	wait_until($node, "select exists ($waiting and pid <> $pid)");
	is(booked(), '', 'the executor asks again, and nothing starts');
}
replicate('');
is(wait_for_run($node, $run), 'succeeded|', 'acknowledged, it runs');
is(booked(), "$run\n", 'once');
is(sql($node, "select attempt from jobgrid.run where run_id = $run"), 1, 'in its first attempt');

# Told to leave while a claim is under way: what it hands out is given back
replicate('nobody');
$run = submit();
wait_until($node, "select exists ($waiting)");
kill 'TERM', $executor->pid;
select undef, undef, undef, 0.5;
replicate('');
is($executor->stop, 0, 'the executor leaves cleanly');
is(sql($node, "select state from jobgrid.run where run_id = $run"), 'queued', 'and gives back what came too late');
unlike(booked(), qr/^$run$/m, 'which has not run');
$executor = start_executor($node);
is(wait_for_run($node, $run), 'succeeded|', 'the next one runs it');
is(sql($node, "select string_agg(state, ',') from jobgrid.attempt where run_id = $run and state <> 'returned'"), 'succeeded',
	'once');
is($executor->stop, 0, 'and leaves');
done_testing();
