# Where a job's output goes: in one stream in its exact order, into files of the node, and to whoever looks on.
use strict;
use warnings;
use Jobgrid::Test;
use PostgreSQL::Test::Utils;
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);

my $node = new_node('main', conf => "jobgrid.poll_interval = '200ms'");
my $folder = PostgreSQL::Test::Utils::tempdir();
my $executor = start_executor($node, slots => 8);
my $count = 0;

sub run_of
{
	my ($command, %definition) = @_;
	my $name = sprintf 'job %d', ++$count;
	my $parameters = delete $definition{parameters};
	my $more = join '', map {", $_ => $definition{$_}"} sort keys %definition;
	sql($node, "select jobgrid.define_job('$name', command => \$job\$$command\$job\$$more)");
	return sql($node, "select run_id from jobgrid.submit('$name'" . ($parameters ? ", parameters => '$parameters'" : '') . ')');
}

sub ended { my ($run) = @_; wait_for_run($node, $run); return sql($node, "select state, reason, message from jobgrid.run where run_id = $run") }

sub output
{
	my ($run, $stream) = @_;
	return sql($node, "select coalesce(convert_from(string_agg(data, '' order by chunk), 'utf8'), '') from jobgrid.logs($run) where stream = '$stream'");
}

sub file { return -e "$folder/$_[0]" ? slurp_file("$folder/$_[0]") : undef }

# ---- one stream

my $alternate = q{exec perl -e '$| = 1; select STDERR; $| = 1; for (1 .. 5000) { print STDOUT "out $_\n"; print STDERR "err $_\n" }'};
my $expected = join '', map {"out $_\nerr $_\n"} 1 .. 5000;
my $run = run_of($alternate, output => q{'merged'});
is(ended($run), 'succeeded||', 'merged');
ok(output($run, 'o') eq $expected, 'both streams are one, in exact order');
is(output($run, 'e'), '', 'and there is no other');

# ---- files

my $file = "$folder/out";
$run = run_of('echo first; echo bad >&2', output_file => "'$file'");
is(ended($run), 'succeeded||', 'stdout into a file');
is(file('out'), "first\n", 'has it');
is(output($run, 'o') . '|' . output($run, 'e') . '|' . output($run, 'j'), qq(|bad\n|stdout goes to file "$file"\n),
	'and the log says so, and keeps the rest');
ended(run_of('echo second', output_file => "'$file'"));
is(file('out'), "second\n", 'the next run writes it anew');
ended(run_of('echo third', output_file => "'$file'", output_append => 'true'));
is(file('out'), "second\nthird\n", 'or appends to it');
ended(run_of('echo out; echo bad >&2', error_file => "'$file'"));
is(file('out'), "bad\n", 'stderr into a file');
ended(run_of($alternate, output_file => "'$file'", error_file => "'$file'"));
ok(file('out') eq $expected, 'one file for both has them in exact order');
ended(run_of($alternate, output_file => "'$file'", output => q{'merged'}));
ok(file('out') eq $expected, 'so has the file of a merged one');
$run = run_of('echo out; echo err >&2; exit 3', output_file => "'$file'", error_file => "'$folder/err'");
is(ended($run), 'failed|exit_code|', 'nothing is left to capture');
is(file('out') . file('err'), "out\nerr\n", 'and both files have their own');
is(output($run, 'j'), qq(stdout goes to file "$file"\nstderr goes to file "$folder/err"\n), 'where it went is in the log');
ended(run_of('echo $JOBGRID_PARAM_DAY', output_file => "'$folder/load.\${day}'", parameters => '{"day": "20261120"}'));
is(file('load.20261120'), "20261120\n", 'a parameter is part of the name');

for my $bad ([ '{"day": "../x"}', 'a parameter that leads up' ], [ '{"day": "a/b"}', 'a parameter with a slash' ])
{
	like(ended(run_of('true', output_file => "'$folder/\${day}'", parameters => $bad->[0])),
		qr/^failed\|setup_failed\|"output_file" would be .*: a parameter cannot lead to another folder$/, $bad->[1]);
}
like(ended(run_of('true', output_file => "'$folder/\${day}'", parameters => '{"day": ".."}')), qr/cannot lead to another folder/, 'a parameter that is two dots');
like(ended(run_of('true', output_file => "'$folder/\${none}'")), qr/^failed\|setup_failed\|"output_file": .*"none"/, 'a parameter that is not there');
like(ended(run_of('true', output_file => "'$folder/none/x'")), qr{^failed\|setup_failed\|could not open output file "$folder/none/x": No such file},
	'a folder that is not there');
like(ended(run_of('true', error_file => "'$folder'")), qr/^failed\|setup_failed\|could not open error file ".*": Is a directory/, 'a folder');
POSIX::mkfifo("$folder/fifo", 0600) or die "could not make a fifo: $!\n";
like(ended(run_of('true', output_file => "'$folder/fifo'")), qr/^failed\|setup_failed\|could not open output file/, 'a fifo that nobody reads is not waited for');
is(error_of($node, q{select jobgrid.define_job('bad', command => 'true', output => 'merged', error_file => '/x')})->{sqlstate}, '23514',
	'merged and a file for stderr contradict each other');
is(error_of($node, q{select jobgrid.define_job('bad', command => 'true', output_file => 'x')})->{sqlstate}, '23514', 'a path is absolute');

# ---- the head and the tail

$run = run_of('echo begin; head -c 100000 /dev/zero | tr "\000" x; echo; echo end; echo last >&2', output_limit => q{'10 kB'});
is(ended($run), 'succeeded||', 'more than is kept');
like(output($run, 'o'), qr/^begin\nx+\nend\n$/, 'its beginning and its end are there');
is(output($run, 'e'), "last\n", 'and what came last on the other stream');
is(sql($node, "select string_agg(stream::text, '' order by chunk) from jobgrid.logs($run)"), 'ojoe', 'with a word between them');
is(length(output($run, 'o')) + length(output($run, 'e')), 10240, 'all that may be kept is');

# ---- somebody looks on

# How long a line takes from the job's clock, which is ours, until it can be read.
sub delays
{
	my ($job) = @_;
	my $seen = sql($node, "select coalesce(max(chunk), 0) from jobgrid.logs($job)");
	my @delays;
	my $until = time + 8;
	while (@delays < 12 && time < $until)
	{
		for my $line (split /\n/, sql($node, "select convert_from(data, 'utf8') from jobgrid.logs($job, after_chunk => $seen) where stream = 'o'"))
		{
			push @delays, time - $line if $line =~ /^[\d.]+$/;
		}
		$seen = sql($node, "select coalesce(max(chunk), $seen) from jobgrid.logs($job, after_chunk => $seen)");
	}
	return sort { $a <=> $b } @delays;
}

$run = run_of(q{exec perl -MTime::HiRes=time,sleep -e '$| = 1; while (1) { printf "%.3f\n", time; sleep 0.5 }'});
wait_for_run($node, $run, 'running');
my @alone = delays($run);
is(sql($node, "select jobgrid.follow($run, 60)"), 't', 'somebody looks on');
sleep 0.5;
my @followed = delays($run);
note sprintf 'until a line can be read: %.0f ms (median of %d) while nobody follows, %.0f ms (of %d) while somebody does',
  1000 * $alone[ @alone / 2 ], scalar @alone, 1000 * $followed[ @followed / 2 ], scalar @followed;
cmp_ok($alone[-1], '<', 3, 'output comes about every second');
cmp_ok($followed[ @followed / 2 ], '<', 0.3, 'and at once while somebody looks on');
is(sql($node, "select count(*) from jobgrid.history where run_id = $run and action = 'follow'"), 0, 'looking on is no act');
sql($node, "select jobgrid.cancel($run)");
wait_for_run($node, $run);
is(sql($node, "select jobgrid.follow($run)"), 'f', 'nobody follows what has ended');
is(error_of($node, "select jobgrid.follow($run, 0)")->{sqlstate}, 'JG003', 'nor for no time');

is($executor->stop, 0, 'the executor leaves');
done_testing();
