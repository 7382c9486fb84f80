# A thousand jobs at once on one executor, and what that costs in memory. Programs without sanitizers.
use strict;
use warnings;
use Jobgrid::Test;
use PostgreSQL::Test::Utils;
use Test::More;

my $many = 1000;
my $node = new_node('main', conf => "jobgrid.poll_interval = '200ms'\n");
my $folder = PostgreSQL::Test::Utils::tempdir();
my $executor = start_executor($node, slots => $many, plain => 1);
sql($node, qq{select jobgrid.define_job('sleeps', command => 'until [ -e "$folder/go" ]; do sleep 1; done')});

# Memory of its own, in kB: pages shared with other programs are not its cost.
sub memory
{
	my ($pid) = @_;
	my $rollup = slurp_file("/proc/$pid/smaps_rollup");
	my $sum = 0;
	$sum += $1 while $rollup =~ /^Private_\w+:\s+(\d+) kB/mg;
	return $sum;
}
sub resident { my ($pid) = @_; my ($kb) = slurp_file("/proc/$pid/status") =~ /VmRSS:\s+(\d+) kB/; return $kb }

cmp_ok(resident($executor->pid), '<', 4096, 'the keeper is small: ' . resident($executor->pid) . ' kB');
cmp_ok(resident($executor->agent), '<', 16384, 'the idle agent is: ' . resident($executor->agent) . ' kB');
my $before = memory($executor->agent);
sql($node, "select count(*) from jobgrid.submit_many('sleeps', count => $many)");
wait_until($node, "select count(*) = $many from jobgrid.run where state = 'running'");
pass("$many jobs run at once");
my $more = (memory($executor->agent) - $before) / $many;
cmp_ok($more, '<', 8, sprintf 'each costs the agent %.1f kB', $more);
cmp_ok(resident($executor->pid), '<', 4096, 'the keeper is still small: ' . resident($executor->pid) . ' kB');
append_to_file("$folder/go", '');
wait_until($node, 'select count(*) = 0 from jobgrid_engine.live_run');
is(sql($node, q{select string_agg(distinct state || ' ' || attempt, ', ') from jobgrid.run}), 'succeeded 1', 'and all succeed');
is($executor->stop, 0, 'the executor stops');
done_testing();
