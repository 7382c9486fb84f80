# A disk that is full or broken, a machine without processes or descriptors to spare: what cannot be written down is not
# started, what cannot be started is given back, and what has ended is told.
use strict;
use warnings;
use Jobgrid::Ledger;
use Jobgrid::Test;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('main', conf => "jobgrid.heartbeat = '300ms'\njobgrid.poll_interval = '200ms'\n");
my $ledger = new_ledger($node);
my $faults = PostgreSQL::Test::Utils::tempdir();
sql($node, sprintf q{select jobgrid.define_job('short', command => '%s')}, $ledger->command);
sql($node, sprintf q{select jobgrid.define_job('%s', command => '%s', success_codes => '7')}, $_,
	$ledger->command('wait', "FOLDER/$_", 'exit', 7))
  for qw(full broken limits);

sub start
{
	my ($job) = @_;
	my $run = sql($node, "select run_id from jobgrid.submit('$job')");
	wait_for_run($node, $run, 'running');
	$ledger->wait_until_booked($run, '1 began');
	return $run;
}

sub fault { my ($name, $text) = @_; unlink "$faults/$name"; append_to_file("$faults/$name", $text) if defined $text; return }
sub attempts { my ($run) = @_; return sql($node, "select count(*) from jobgrid.attempt where run_id = $run") }
sub problem { return sql($node, q{select problem from jobgrid.executor where executor = 'node1'}) }

my $executor = start_executor($node, slots => 8, faults => $faults);
my $work = $executor->folder;

# D9: the disk is full
my $running = start('full');
fault('fault.write', 28);
my $run = sql($node, q{select run_id from jobgrid.submit('short')});
wait_for_value($node, q{select problem from jobgrid.executor where executor = 'node1'},
	'no job is started: could not write the journal: No space left on device');
pass('a full disk is the problem that people see');
is(sql($node, q{select free_slots from jobgrid.executor where executor = 'node1'}), 0, 'nothing is claimed');
wait_for_run($node, $run, 'queued');
$ledger->go('full');
is(wait_for_run($node, $running), 'succeeded|', 'a job that runs ends, and its end is told');
is($ledger->booked($run), '', 'what was claimed has not run');
fault('fault.write');
is(wait_for_run($node, $run), 'succeeded|', 'when there is space again, it runs');
is(attempts($run), 1, 'the attempt before was none');
wait_until($node, q{select problem is null from jobgrid.executor where executor = 'node1'});
pass('and the problem is over');

# D10: no process, no descriptor to be had
$running = start('limits');
my $open = () = glob '/proc/' . $executor->pid . '/fd/*';
for my $limit ([ nproc => 1, qr/no job is started: could not fork: Resource temporarily unavailable/ ],
	[ nofile => $open + 4, qr/no job is started: .*: Too many open files/ ])
{
	my ($what, $value, $words) = @$limit;
	SKIP:
	{
		skip 'root has all processes it wants', 4 if $what eq 'nproc' && $> == 0;
		my ($soft) = split ' ', `prlimit --pid @{[ $executor->pid ]} --$what --noheadings --output SOFT`;
		system_or_bail('prlimit', '--pid', $executor->pid, "--$what=$value:");
		$run = sql($node, q{select run_id from jobgrid.submit('short')});
		my $guard = 20 * $PostgreSQL::Test::Utils::timeout_default;
		select undef, undef, undef, 0.05 while slurp_file($executor->log) !~ $words && $guard-- > 0;
		like(slurp_file($executor->log), $words, "$what: what is missing is said");
		is($ledger->booked($run), '', 'nothing has run');
		system_or_bail('prlimit', '--pid', $executor->pid, "--$what=$soft:");
		is(wait_for_run($node, $run), 'succeeded|', 'when there are some again, the run runs');
		is($ledger->booked($run) =~ /^\d+ ended 0$/, 1, 'once');
	}
}
$ledger->go('limits');
is(wait_for_run($node, $running), 'succeeded|', 'a job that ran meanwhile ends with its own exit code');

# D14: the disk has lost what it was given
$running = start('broken');
fault('fault.sync', 5);
$run = sql($node, q{select run_id from jobgrid.submit('short')});
wait_until($node, q{select problem like 'no job is started: could not bring the journal to the disk: %' from jobgrid.executor
	where executor = 'node1'});
pass('a broken disk is the problem that people see');
$ledger->go('broken');
is(wait_for_run($node, $running), 'succeeded|', 'a job that runs ends, and its end is told');
is($executor->wait_for_end, 1, 'then the executor leaves, with status 1');
wait_for_run($node, $run, 'queued');
is($ledger->booked($run), '', 'what it could not write down has not run');
fault('fault.sync');
$executor = start_executor($node, slots => 8, faults => $faults, folder => $work);
is(wait_for_run($node, $run), 'succeeded|', 'the next executor runs it');

is($executor->stop, 0, 'the executor stops');
is_deeply([ $ledger->processes ], [], 'and leaves no process behind');
is_deeply([ $ledger->complaints ], [], 'what ran is what the database says');
done_testing();
