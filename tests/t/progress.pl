# What running jobs tell of themselves: progress, checkpoints for the next attempt, results.
use strict;
use warnings;
use Jobgrid::Test;
use Test::More;

my $node = new_node('main');
sql($node, q{select jobgrid.define_job('work', command => 'true', attempts => 3, retry_delay => '0')});
my $session = start_session($node, name => 'hand');
my $other = start_session($node, name => 'other');
$session->hello;
$other->hello;

# SQL text of a progress_report. Fields: percent, step, cpu_us, rss_kb, checkpoint.
sub progress
{
	my ($attempt, %fields) = @_;
	return sprintf 'row(%s, %s, %s, %s)::jobgrid_engine.progress_report', (map { $attempt->{$_} } qw(run_id attempt fence)),
	  join(', ', map { defined $fields{$_} ? "'$fields{$_}'" : 'null' } qw(percent step cpu_us rss_kb checkpoint));
}

sub write_progress
{
	my ($from, @reports) = @_;
	return $from->rows('select * from jobgrid_engine.write_progress(array[' . join(', ', @reports) . '])');
}

sub shown
{
	my ($run) = @_;
	return sql($node, "select concat_ws('|', percent, step, extract(epoch from cpu_time), rss_kb)
		from jobgrid.stat_progress where run_id = $run");
}

sub submit { return sql($node, q{select run_id from jobgrid.submit('work')}) }

my $run = submit();
my ($attempt) = $session->claim(1);
is(shown($run), '', 'a run that says nothing is there without figures');
is_deeply(write_progress($session, progress($attempt, percent => 40, step => 'loading', cpu_us => 1500000)), [],
	'progress is taken');
is(shown($run), '40|loading|1.500000', 'and seen');
write_progress($session, progress($attempt, percent => 55.5, rss_kb => 1024));
is(shown($run), '55.5|loading|1.500000|1024', 'what is not named stays');
$session->exchange([ report($attempt, 'started', age_us => 1000000) ], 0);
is(sql($node, "select expected_end >= started_at + (updated_at - started_at) * 1.8 from jobgrid.stat_progress where run_id = $run"),
	't', 'an end is expected');
for my $percent (qw(-1 101 NaN Infinity))
{
	write_progress($session, progress($attempt, percent => $percent, step => "at $percent"));
	is(shown($run), "55.5|at $percent|1.500000|1024", "$percent % is none");
}
is_deeply([ map { $_->{run_id} } @{ write_progress($session, progress({ %$attempt, fence => 7 }, percent => 1)) } ], [$run],
	'another fence is refused by name');
is_deeply([ map { $_->{run_id} } @{ write_progress($other, progress($attempt, percent => 1)) } ], [$run],
	'and so is another executor');
like(shown($run), qr/^55.5/, 'neither changes anything');
write_progress($session, progress($attempt, percent => 1), progress($attempt, percent => 2));
like(shown($run), qr/^2\|/, 'of two in one call the later counts');

# A checkpoint goes to the next attempt, as it was
write_progress($session, progress($attempt, checkpoint => '\\x00ff0a'));
$session->exchange([ report($attempt, 'exited', exit_code => 1) ], 0);
my ($second) = $session->claim(1);
is($second->{attempt}, 2, 'another attempt');
my $detail = JSON::PP->new->decode($second->{detail});
is($detail->{checkpoint}, 'AP8K', 'gets the checkpoint of the first');
is(shown($run), '', 'and begins without progress');
write_progress($session, progress($second, percent => 3));
is(shown($run), '3', 'of its own');
my (undef, $error) = $session->query('select jobgrid_engine.write_progress(array['
	  . progress($second, checkpoint => '\\x' . '00' x 1048577) . '])');
is($error->{sqlstate}, 'JG008', 'a checkpoint has a limit');

# Results
$session->exchange([ report($second, 'exited', exit_code => 0, result => '{"rows": 12}') ], 0);
is(sql($node, "select result from jobgrid.run where run_id = $run"), '{"rows": 12}', 'a result is on the run');
submit() for 1 .. 4;
my @work = $session->claim(4);
my @results = ('{"a":', q{"\u0000"}, '1e1000000', '[1, {"b": null}]');
is_deeply([ $session->exchange([ map { report($work[$_], 'exited', exit_code => 0, result => $results[$_]) } 0 .. 3 ], 0) ],
	[], 'results that are none do not spoil the others');
is(sql($node, "select string_agg(state, ',') from jobgrid.run where run_id > $run"), 'succeeded,succeeded,succeeded,succeeded',
	'their runs have ended all the same');
is(sql($node, "select count(*) from jobgrid.run where run_id > $run and result is null and message like 'the result is not kept: %'"),
	3, 'and say that there was a result that is none');
is(sql($node, "select result from jobgrid.run where run_id = $work[3]{run_id}"), '[1, {"b": null}]', 'the good one is kept');

# Of a run that waits as unknown for its attempt: nobody is told to stop it, and the checkpoint is kept
my $parked = submit();
my ($waiting) = $session->claim(1);
$session->exchange([ report($waiting, 'started') ], 0);
$session->exchange([ report($waiting, 'unkillable') ], 0);
is(sql($node, "select state from jobgrid.run where run_id = $parked"), 'unknown', 'an attempt of which nobody knows');
is_deeply(write_progress($session, progress($waiting, percent => 9, cpu_us => 1, checkpoint => '\\x07')), [],
	'what it tells is taken, as its output is');
is(sql($node, "select data from jobgrid_engine.checkpoint where run_id = $parked"), '\\x07', 'and its checkpoint kept');
is_deeply([ map { $_->{run_id} } @{ write_progress($other, progress($waiting, percent => 1)) } ], [$parked], 'of its executor alone');
$session->exchange([ report($waiting, 'exited', exit_code => 0) ], 0);

# What it is told
$run = submit();
($attempt) = $session->claim(1);
sql($node, "select jobgrid.tell($run, 'half \"size\", please')");
is_deeply([ map { JSON::PP->new->decode($_->{detail}) } grep { $_->{what} eq 'order' } $session->exchange([], 0) ],
	[ { order => 'message', text => 'half "size", please' } ], 'the executor is told');
is(sql($node, "select string_agg(action, ',') from jobgrid.history where run_id = $run"), 'message', 'a message is an act');
is(error_of($node, "select jobgrid.tell($run, '')")->{sqlstate}, 'JG003', 'a message has a text');
$session->exchange([ report($attempt, 'exited', exit_code => 0) ], 0);
is(error_of($node, "select jobgrid.tell($run, 'too late')")->{sqlstate}, 'JG002', 'and somebody to hear it');

# What ended runs leave is swept
wait_until($node, 'select not exists (select from jobgrid_engine.progress) and not exists (select from jobgrid_engine.checkpoint)');
pass('progress and checkpoints of ended runs are swept');
is(sql($node, q{select string_agg(worker || ': ' || last_error, '; ') from jobgrid.stat_scheduler
	where last_error is not null}), '', 'no worker has met an error');
$_->leave for $session, $other;
$node->stop;
done_testing();
