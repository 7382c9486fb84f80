# A new program goes on in the keeper's process, again and again, while jobs run.
use strict;
use warnings;
use Jobgrid::Ledger;
use Jobgrid::Test;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('main', conf => "jobgrid.heartbeat = '300ms'\njobgrid.poll_interval = '200ms'\n");
my $ledger = new_ledger($node);
my $folder = $ledger->folder;
sql($node, sprintf q{select jobgrid.define_job('short', command => '%s')}, $ledger->command('sleep', 20));
sql($node, sprintf q{select jobgrid.define_job('long', command => '%s', success_codes => '7')},
	$ledger->command('wait', 'FOLDER/long', 'exit', 7));
sql($node, qq{select jobgrid.define_job('counts', success_codes => '7',
	command => 'i=0; until [ -e "$folder/counts" ]; do i=\$((i + 1)); echo \$i; sleep 0.01; done; exit 7')});

sub start
{
	my ($job) = @_;
	my $run = sql($node, "select run_id from jobgrid.submit('$job')");
	wait_for_run($node, $run, 'running');
	return $run;
}

my $executor = start_executor($node, slots => 8);
my $journal = sql($node, q{select journal from jobgrid_engine.executor where name = 'node1'});
like($journal, qr/^[0-9a-f-]{36}$/, 'the database knows the journal');
my ($counts, $long) = map { start($_) } qw(counts long);
my $many = 300;
sql($node, "select count(*) from jobgrid.submit_many('short', count => $many)");
for my $upgrade (1 .. 5)
{
	my $agent = $executor->agent;
	wait_until($node, sprintf q{select count(*) >= %d from jobgrid.run where job = 'short' and state <> 'queued'},
		$upgrade * $many / 8);
	kill 'HUP', $executor->pid;
	my $guard = 20 * $PostgreSQL::Test::Utils::timeout_default;
	select undef, undef, undef, 0.05 while ($executor->agent // $agent) == $agent && $guard-- > 0;
	die "there is no new agent\n" if $guard <= 0;
}
wait_until($node, q{select count(*) = 0 from jobgrid.run where job = 'short' and finished_at is null});
is(sql($node, q{select string_agg(distinct state || ' ' || attempt, ',') from jobgrid.run where job = 'short'}),
	'succeeded 1', 'replaced five times under load: every run succeeds in one attempt');
$ledger->go($_) for qw(counts long);
for my $run ($counts, $long)
{
	is(wait_for_run($node, $run), 'succeeded|', 'a job that ran all the time ends');
	is(sql($node, "select attempt || ' ' || exit_code from jobgrid.run where run_id = $run"), '1 7', 'with its exit code, in one attempt');
}
my @numbers = split /\n/,
  sql($node, "select convert_from(string_agg(data, '' order by chunk), 'utf8') from jobgrid.logs($counts)");
is_deeply(\@numbers, [ 1 .. @numbers ], 'and of its output nothing is missing');
is(scalar(grep { /a new program goes on/ } split /\n/, slurp_file($executor->log)), 5, 'each time by a new program');
is(sql($node, q{select journal from jobgrid_engine.executor where name = 'node1'}), $journal, 'the journal is the same');

is($executor->stop, 0, 'the executor stops');
is_deeply([ $ledger->processes ], [], 'and leaves no process behind');
is_deeply([ $ledger->complaints ], [], 'what ran is what the database says');
done_testing();
