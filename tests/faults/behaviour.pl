# Jobs that behave badly: they print too much or nonsense, do not end when told, leave others behind, or die in every way
# there is. Each ends as it should, and nothing of it stays.
use strict;
use warnings;
use Jobgrid::Ledger;
use Jobgrid::Test;
use PostgreSQL::Test::Utils;
use Test::More;

my $long = ($ENV{JOBGRID_TEST_SIZE} // '') eq 'long';
my $flood = $long ? 10_000_000_000 : 200_000_000;
my $node = new_node('main', conf => "jobgrid.heartbeat = '300ms'\njobgrid.poll_interval = '200ms'\n");
my $ledger = new_ledger($node);

sub define
{
	my ($job, $options, @verbs) = @_;
	sql($node, "select jobgrid.define_job('$job', command => '" . $ledger->command(@verbs) . "'$options)");
	return;
}

sub submit { my ($job) = @_; return sql($node, "select run_id from jobgrid.submit('$job')") }
sub resident { my ($pid) = @_; my ($kb) = slurp_file("/proc/$pid/status") =~ /VmRSS:\s+(\d+) kB/; return $kb }
sub descriptors { my ($pid) = @_; my @fds = glob "/proc/$pid/fd/*"; return scalar @fds }

sub zombies
{
	my ($pid) = @_;
	return scalar grep { (eval { slurp_file($_) } // '') =~ /^\d+ \(.*\) Z $pid / } glob '/proc/[0-9]*/stat';
}

my $executor = start_executor($node, slots => 8, plain => 1, arguments => [ '--output-limit', '1 MB' ]);
is(wait_for_run($node, do { define('warm', ''); submit('warm') }), 'succeeded|', 'a first run');
my @descriptors = map { descriptors($_) } $executor->pid, $executor->agent;
my $agent_before = resident($executor->agent);

# D1, D2: output
define('lines', '', 'flood', $flood);
define('line', '', 'line', $flood);
define('noise', '', 'noise', 1000);
my @runs = map { submit($_) } qw(lines line noise);
my $worst = 0;
until (sql($node, "select count(*) from jobgrid.run where run_id in (@{[ join ',', @runs ]}) and finished_at is null") == 0)
{
	my $now = resident($executor->agent);
	$worst = $now if $now > $worst;
	select undef, undef, undef, 0.05;
}
is(wait_for_run($node, $_), 'succeeded|', 'a job whose output floods ends') for @runs;
cmp_ok($worst - $agent_before, '<', 24 * 1024, "and the agent has grown by no more than its queue: $agent_before kB, then $worst kB");
cmp_ok(sql($node, "select sum(length(data)) from jobgrid.logs($_)"), '<', 1_200_000, 'what is kept has a bound') for @runs[ 0, 1 ];
is(sql($node, "select encode(string_agg(data, '' order by chunk), 'hex') from jobgrid.logs($runs[2])"),
	unpack('H*', substr(join('', map { chr } 0 .. 255) x 4, 0, 1000)), 'every byte there is comes as it was');

# D11: every exit code, every signal that kills
define("exit", '', 'exit', '$JOBGRID_PARAM_CODE');
define("raise", '', 'raise', '$JOBGRID_PARAM_CODE');
sql($node, q{select count(jobgrid.submit('exit', parameters => jsonb_build_object('code', code))) from generate_series(0, 255) code});
my @signals = grep { !/^(0|9|17|18|19|20|21|22|23|28|32|33)$/ } 0 .. 64;
sql($node, "select count(jobgrid.submit('raise', parameters => jsonb_build_object('code', code)))
	from unnest('{@{[ join ',', 9, @signals ]}}'::int[]) code");
wait_until($node, q{select count(*) = 0 from jobgrid.run where job in ('exit', 'raise') and finished_at is null});
is(sql($node, q{select count(*) from jobgrid.run where job = 'exit' and exit_code = (parameters->>'code')::int
	and signal is null and state = case exit_code when 0 then 'succeeded' else 'failed' end}), 256, 'every exit code is told');
is(sql($node, q{select count(*) from jobgrid.run where job = 'raise' and signal = (parameters->>'code')::int
	and exit_code is null and state = 'failed'}), @signals + 1, 'and every signal');

# D4: does not end when told to
define('stubborn', ", timeout => '1 s', cancel_grace => '200 ms'", 'ignore', 'hang');
is(wait_for_run($node, submit('stubborn')), 'failed|timeout', 'a job that ignores SIGTERM is killed after the grace');

# D5, D6, D7: leaves others behind
define('tree', '', 'tree', 3, 'sleep', 50);
define('holder', '', 'holder', 'exit', 0);
define('zombies', '', 'zombies', 100, 'exit', 0);
@runs = map { submit($_) } qw(tree holder zombies);
is(wait_for_run($node, $_), 'succeeded|', 'a job that leaves others behind ends as it did') for @runs;
my $guard = 20 * $PostgreSQL::Test::Utils::timeout_default;
select undef, undef, undef, 0.05 while $ledger->processes && $guard-- > 0;
is_deeply([ $ledger->processes ], [], 'and they are gone');

# D12: cannot be started
sql($node, q{select jobgrid.define_job('missing', arguments => array['/nothing/here']), jobgrid.define_job('no right', arguments => array['/etc/passwd']),
	jobgrid.define_job('nowhere', command => 'true', directory => '/nothing/here'), jobgrid.define_job('nobody', command => 'true', run_as => 'no_such_user')});
is(wait_for_run($node, submit($_)), 'failed|setup_failed', "$_: is told apart from a job that has failed")
  for 'missing', 'no right', 'nowhere', 'nobody';

wait_until($node, q{select count(*) = 0 from jobgrid_engine.live_run});
$guard = 20 * $PostgreSQL::Test::Utils::timeout_default;
my @now;
do { select undef, undef, undef, 0.05; @now = map { descriptors($_) } $executor->pid, $executor->agent }
  while "@now" ne "@descriptors" && $guard-- > 0;
is("@now", "@descriptors", 'no descriptor is left open');
is(zombies($executor->pid), 0, 'no zombie');
is_deeply([ glob $executor->folder . '/runs/*' ], [], 'no run directory');
is($executor->stop, 0, 'the executor stops');
is_deeply([ $ledger->complaints ], [], 'what ran is what the database says');
done_testing();
