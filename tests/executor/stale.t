# An executor that was out of touch for longer than its lease: what it ran was given away, to itself even, so it stops
# what is not its own any more and nothing else.
use strict;
use warnings;
use Jobgrid::Test;
use PostgreSQL::Test::Utils;
use Test::More;

my $folder = PostgreSQL::Test::Utils::tempdir();
my $node = new_node('main', conf => <<'EOF');
jobgrid.lease = '2s'
jobgrid.heartbeat = '300ms'
jobgrid.grace = '1s'
jobgrid.poll_interval = '200ms'
EOF
sql($node, <<"EOF");
select jobgrid.define_job('long', on_lost => 'retry', repeatable => true, attempts => 3, retry_delay => '0 s',
    command => 'echo "START \$JOBGRID_ATTEMPT" >>"$folder/book"; while [ ! -e "$folder/go" ]; do sleep 0.05; done;
        echo "END \$JOBGRID_ATTEMPT" >>"$folder/book"');
EOF

sub agent_of
{
	my ($keeper) = @_;
	for my $stat (glob '/proc/[0-9]*/stat')
	{
		my $line = eval { slurp_file($stat) } or next;
		return $1 if $line =~ /^(\d+) \(jobgrid-agent\) \S (\d+)/ && $2 == $keeper;
	}
	die "no agent\n";
}

my $executor = start_executor($node);
my $run = sql($node, q{select run_id from jobgrid.submit('long')});
wait_for_run($node, $run, 'running');
my $agent = agent_of($executor->pid);
kill 'STOP', $agent;
wait_until($node, "select state <> 'running' from jobgrid.run where run_id = $run");
pass('an executor that says nothing loses its runs');
kill 'CONT', $agent;
wait_until($node, "select state = 'running' and attempt = 2 from jobgrid.run where run_id = $run");
my $guard = 10 * $PostgreSQL::Test::Utils::timeout_default;
select undef, undef, undef, 0.1 while slurp_file("$folder/book") !~ /START 2/ && $guard-- > 0;

# Attempt 1 is stopped while attempt 2 runs: then only one shell of ours is left.
sub shells
{
	return grep { (eval { slurp_file($_) } // '') =~ /\Q$folder\E\/go/ && !/self/ } glob '/proc/[0-9]*/cmdline';
}
$guard = 10 * $PostgreSQL::Test::Utils::timeout_default;
select undef, undef, undef, 0.1 while shells() > 1 && $guard-- > 0;
is(scalar(shells()), 1, 'what was given away is stopped');
append_to_file("$folder/go", '');
is(wait_for_run($node, $run), 'succeeded|', 'what is its own goes on, although it is the same run');
is(slurp_file("$folder/book"), "START 1\nSTART 2\nEND 2\n", 'each has started once, and one has ended');
is(sql($node, "select attempt from jobgrid.run where run_id = $run"), 2, 'in the second attempt');
is($executor->stop, 0, 'the executor leaves cleanly');
done_testing();
