# The comparison of ledger and database finds what there is to find: each rule, broken once.
use strict;
use warnings;
use Jobgrid::Ledger;
use Test::More;

sub execution { my ($attempt, $begin, $end, $code) = @_; return { run => 1, attempt => $attempt, fence => $attempt, begin => $begin, process => 9, end => $end, code => $code } }
sub attempt { my ($attempt, $state, %more) = @_; return { run => 1, attempt => $attempt, fence => $attempt, state => $state, %more } }
sub run_in { my ($state) = @_; return [ { run => 1, state => $state } ] }

sub agrees
{
	my ($what, @truth) = @_;
	is_deeply([ judge(@truth) ], [], $what);
	return;
}

sub complains
{
	my ($complaint, @truth) = @_;
	is_deeply([ judge(@truth) ], [$complaint], $complaint);
	return;
}

my $good = attempt(1, 'succeeded', exit_code => 0);
agrees('one attempt that succeeded', [ execution(1, 1, 2, 0) ], run_in('succeeded'), [$good], []);
agrees('a second one after a failure',
	[ execution(1, 1, 2, 3), execution(2, 3, 4, 0) ], run_in('succeeded'),
	[ attempt(1, 'failed', exit_code => 3), attempt(2, 'succeeded', exit_code => 0) ], []);
agrees('a second one beside the first, which is in doubt',
	[ execution(1, 1, 9, 0), execution(2, 3, 4, 0) ], run_in('succeeded'),
	[ attempt(1, 'unknown', reason => 'executor_lost'), attempt(2, 'succeeded', exit_code => 0) ], []);
agrees('one that is at work', [ execution(1, 1) ], run_in('running'), [ attempt(1, 'running') ], []);
agrees('one that nobody can tell about', [ execution(1, 1) ], run_in('unknown'), [ attempt(1, 'unknown') ], []);
agrees('one that was killed', [ execution(1, 1) ], run_in('failed'), [ attempt(1, 'failed', reason => 'timeout', signal => 9) ], []);
agrees('a ghost', [ execution(1, 1, 2, 0) ], run_in('queued'), [], [ { run => 1, attempt => 1, fence => 1 } ]);

complains('attempt 1 1 1 began twice', [ execution(1, 1, 2, 0), execution(1, 3, 4, 0) ], run_in('failed'),
	[ attempt(1, 'failed', exit_code => 0) ], []);
complains('attempt 1 1 1 ran, and the database does not know it', [ execution(1, 1, 2, 0) ], run_in('queued'), [], []);
complains('attempt 1 1 1 never ran, but failed', [], run_in('failed'), [ attempt(1, 'failed', exit_code => 3) ], []);
complains('attempt 1 1 1: exit code 3 instead of 0', [ execution(1, 1, 2, 0) ], run_in('failed'),
	[ attempt(1, 'failed', exit_code => 3) ], []);
complains('attempt 1 1 1: exit code 3, and the job had not ended', [ execution(1, 1) ], run_in('failed'),
	[ attempt(1, 'failed', exit_code => 3) ], []);
complains('attempt 1 1 1 succeeded, and the job had not ended', [ execution(1, 1) ], run_in('succeeded'),
	[ attempt(1, 'succeeded') ], []);
complains('attempt 1 1 1: signal 9 instead of 6', [ execution(1, 1, 2, 134) ], run_in('failed'),
	[ attempt(1, 'failed', reason => 'signal', signal => 9) ], []);
complains('attempt 1 1 1 succeeded, and another one ran', [ execution(1, 1, 2, 0), execution(2, 3, 4, 0) ],
	run_in('succeeded'), [ $good, attempt(2, 'succeeded', exit_code => 0) ], []);
complains('attempt 1 1 1 ran on when another one began, and is in no doubt',
	[ execution(1, 1, 9, 3), execution(2, 3, 4, 0) ], run_in('succeeded'),
	[ attempt(1, 'failed', exit_code => 3), attempt(2, 'succeeded', exit_code => 0) ], []);
complains('attempt 1 1 1 ran on when another one began, and is in no doubt',
	[ execution(1, 1), execution(2, 3, 4, 0) ], run_in('succeeded'),
	[ attempt(1, 'running'), attempt(2, 'succeeded', exit_code => 0) ], []);
complains('run 1 succeeded, and its last attempt did not', [ execution(1, 1, 2, 3) ], run_in('succeeded'),
	[ attempt(1, 'failed', exit_code => 3) ], []);
complains('run 1 has attempts, and is not there', [ execution(1, 1, 2, 0) ], [], [$good], []);
done_testing();
