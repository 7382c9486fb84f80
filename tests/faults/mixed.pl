# Jobs of every behaviour at once, some of them cancelled, while the agent is killed and the keeper replaced: every run ends,
# as the ledger says, and of 10,000 (300 in the short form) nothing stays behind: in control groups, where root runs the tests. JOBGRID_TEST_SEED repeats a mixture.
use strict;
use warnings;
use Jobgrid::Ledger;
use Jobgrid::Test;
use PostgreSQL::Test::Utils;
use Test::More;

my $long = ($ENV{JOBGRID_TEST_SIZE} // '') eq 'long';
my $seed = $ENV{JOBGRID_TEST_SEED} || time;
srand $seed;
note "JOBGRID_TEST_SEED=$seed";
my $total = $long ? 10_000 : 300;
my $node = new_node('main', conf => "jobgrid.heartbeat = '300ms'\njobgrid.poll_interval = '200ms'\n");
my $ledger = new_ledger($node);

# job, how many in a hundred, what it does, how it ends
my @mixture = (
	[ 'good', 40, 'succeeded|', 'sleep', 5 ],
	[ 'exits', 20, 'failed|exit_code', 'exit', 3 ],
	[ 'dies', 10, 'failed|signal', 'raise', 11 ],
	[ 'floods', 8, 'succeeded|', 'flood', 3_000_000 ],
	[ 'tree', 8, 'succeeded|', 'tree', 3 ],
	[ 'zombies', 5, 'succeeded|', 'zombies', 20 ],
	[ 'holder', 3, 'succeeded|', 'holder' ],
	[ 'hangs', 3, 'failed|timeout', 'tree', 2, 'hang' ],
	[ 'stubborn', 3, 'failed|timeout', 'ignore', 'hang' ]);
for (@mixture)
{
	my ($job, undef, undef, @verbs) = @$_;
	sql($node, "select jobgrid.define_job('$job', command => '" . $ledger->command(@verbs) . "',
		timeout => '1 s', cancel_grace => '100 ms', on_lost => 'hold')");
}
sql($node, q{update jobgrid.job set timeout = '60 s' where name not in ('hangs', 'stubborn')});
sql($node, "select jobgrid.define_job('cancelled', command => '" . $ledger->command('tree', 2, 'hang') . "', cancel_grace => '100 ms')");

sub descriptors { my ($pid) = @_; my @fds = glob "/proc/$pid/fd/*"; return scalar @fds }
sub zombies
{
	my ($pid) = @_;
	return scalar grep { (eval { slurp_file($_) } // '') =~ /^\d+ \(.*\) Z $pid / } glob '/proc/[0-9]*/stat';
}

my @groups = split / /, $ENV{JOBGRID_TEST_GROUPS};
my $executor = start_executor($node, slots => 16, plain => 1, groups => @groups > 0, arguments => [ '--output-limit', '1 MB' ]);
is(sql($node, q{select 'contain.cgroup' = any (capabilities) from jobgrid.executor}), @groups > 0 ? 't' : 'f', 'its jobs are in groups');
my $warm = sql($node, q{select run_id from jobgrid.submit('good')});
wait_for_run($node, $warm);
my $keeper_had = descriptors($executor->pid);

my @order = map { my ($job, $weight) = @$_; ($job) x ($total * $weight / 100) } @mixture;
for my $i (reverse 1 .. $#order) { my $j = int rand($i + 1); @order[ $i, $j ] = @order[ $j, $i ] }
sql($node, 'select count(jobgrid.submit(job)) from unnest(array[' . join(',', map {"'$_'"} @order) . ']) job');
sql($node, "select count(*) from jobgrid.submit_many('cancelled', count => @{[ $total / 20 ]})");

# Something happens all the while
my $open = q{select count(*) from jobgrid_engine.live_run};
my ($kills, $upgrades, $last) = (0, 0, sql($node, $open));
while ((my $left = sql($node, $open)) > 0)
{
	sql($node, q{select jobgrid.cancel(run_id, reason => 'a test') from jobgrid.run where job = 'cancelled' and state = 'running'});
	if ($last - $left > $total / 8)
	{
		$last = $left;
		my $agent = $executor->agent;
		if ($kills <= $upgrades) { $kills += kill 'KILL', $agent if $agent }
		else { $upgrades += kill 'HUP', $executor->pid }
	}
	select undef, undef, undef, 0.1;
}
cmp_ok($kills, '>=', 2, "the agent was killed $kills times, the keeper replaced $upgrades times");
for (@mixture, [ 'cancelled', 0, 'cancelled|operator' ])
{
	my ($job, undef, $end) = @$_;
	is(sql($node, "select string_agg(distinct concat_ws('|', state, coalesce(reason, '')), ', ') from jobgrid.run where job = '$job'"),
		$end, "$job: every run ends so");
}

my $guard = 20 * $PostgreSQL::Test::Utils::timeout_default;
my $idle = sub { return descriptors($executor->pid) <= $keeper_had && !$ledger->processes && !zombies($executor->pid) };
select undef, undef, undef, 0.1 while !$idle->() && $guard-- > 0;
is_deeply([ $ledger->processes ], [], 'no process of theirs is left');
is(zombies($executor->pid), 0, 'no zombie');
cmp_ok(descriptors($executor->pid), '<=', $keeper_had, 'no descriptor is left open');
is_deeply([ grep { -d $_ && slurp_file("$_/cgroup.procs") } map { glob "$_/jobgrid-*/{slot,left}-*" } @groups ], [], 'no group has a process');
is_deeply([ glob $executor->folder . '/runs/*' ], [], 'no run directory');
is($executor->stop, 0, 'the executor stops');
is_deeply([ map { glob "$_/jobgrid-*" } @groups ], [], 'no group');
is_deeply([ $ledger->complaints ], [], 'what ran is what the database says');
unlike(slurp_file($node->logfile), qr/PANIC:|was terminated by signal/, 'no process of the server crashed');
done_testing();
