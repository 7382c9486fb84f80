# The kind of one's own that executor/runners/README.md shows, as it stands there.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use Jobgrid::Runner;
use JSON::PP;
use Test::More;

my ($text) = read_file(abs_path(dirname(__FILE__)) . '/../../executor/runners/README.md') =~ /^```python\n(.*?)^```$/ms;
my ($interpreter) = $text =~ /\A#!(\S+)\n/;
plan skip_all => "there is no $interpreter" if !-x $interpreter;

my $settle = write_file(scratch() . '/settle', $text);
chmod 0755, $settle;
is(run([ $settle, '--probe' ])->code, 0, 'it can be probed');

my $job = run([$settle], settings => { books => [qw(rates fx credit)] });
is($job->code, 0, 'it runs') or diag($job->err);
is($job->out, "settling rates\nsettling fx\nsettling credit\n", 'and does its work');
is_deeply([ map { s/\.\d+//r } $job->packets ], [ 'progress 0 rates', 'checkpoint 1', 'progress 33 fx', 'checkpoint 2', 'progress 66 credit',
	'checkpoint 3', 'result {"settled": 3}' ], 'and says so');

$job = run([$settle], settings => { books => [qw(rates fx credit)] }, env => { JOBGRID_CHECKPOINT_FILE => write_file(scratch() . '/checkpoint', '2') });
is($job->out, "settling credit\n", 'a later try goes on where the earlier one was');
is(run([$settle], settings => { books => ['fx'] }, node => 0)->code, 0, 'nobody listens');
done_testing();
