# Which of several idle executors is woken: the one with the higher score; and what the scores are made of.
use strict;
use warnings;
use Jobgrid::Test;
use Test::More;

my $node = new_node('main', conf => "jobgrid.poll_interval = '10min'");

sub measured { return sql($node, "select $_[1] from jobgrid.stat_executor where executor = '$_[0]'") }

sql($node, q{select jobgrid.define_job('job', kind => 'noop'), jobgrid.define_job('failing', kind => 'noop')});
my %session;
for my $name (qw(loaded fresh special))
{
	$session{$name} = start_session($node, name => $name);
	my $welcome = $session{$name}->hello($name eq 'special' ? (capabilities => q('{a,b,c}')) : ());
	$session{$name}->query("listen $welcome->{channel}");
}
sub heartbeat { $session{ $_[0] }->rows("select jobgrid_engine.heartbeat(null, $_[1]) as orders"); return }

# Who is woken by a run when all have looked and found nothing? He takes it, and says how it ended.
sub woken
{
	my ($job, $event, $claim) = (@_, 1);
	for my $session (values %session)
	{
		$session->exchange([], 1);
		$session->notified;
	}
	my $run = sql($node, "select run_id from jobgrid.submit('$job')");
	my @woken;
	for (1 .. 100)
	{
		@woken = grep { $session{$_}->notified } sort keys %session;
		last if @woken;
		select undef, undef, undef, 0.02;
	}
	for my $session (map { $session{$_} } @woken)
	{
		my @got = grep { $_->{what} eq 'attempt' } $session->exchange([], 1);
		$session->exchange([ map { report($_, 'exited', exit_code => $event, run_us => 1) } @got ], 0);
	}
	wait_for_run($node, $run);
	return "@woken";
}
# Before the first run of all nobody is idle.
sql($node, q{select jobgrid.submit('job')});
$session{special}->exchange([ map { report($_, 'exited', exit_code => 0, run_us => 1) } $session{special}->claim(1) ], 0);

is(measured('fresh', 'cpu, memory, load'), '||', 'what nobody has measured is not known');
heartbeat('loaded', '0.9, 0.8, 2.0');
heartbeat('fresh', '0.1, 0.2, 0.1');
heartbeat('special', '0.1, 0.2, 0.1');
is(measured('loaded', 'cpu, memory, load'), '0.9|0.8|2', 'what a heartbeat says');
is(woken('job', 0), 'fresh', 'the one with less to do is woken, special machines are kept');
heartbeat('fresh', '1, 1, 1');
is(woken('job', 0), 'special', 'but not at any price');
heartbeat('special', '1, 1, 1');
is(woken('job', 0), 'loaded', 'the order follows the heartbeats');

# Success and response are of the ends
cmp_ok(measured('loaded', 'success'), '==', 1, 'success');
like(measured('loaded', 'extract(epoch from response) between 0 and 5'), qr/^t$/, 'response');
woken('failing', 1);
cmp_ok(sql($node, 'select count(*) from jobgrid.stat_executor where success between 0.9 and 0.99 or success = 0'), '>=', 1,
	'a failure lowers it, by a twentieth where there were successes');
is(sql($node, q{select bool_and(abs(balanced - (0.3 * (1 - cpu) + 0.3 * (1 - memory) + 0.25 * (1 - least(load, 1))
		+ 0.1 / (1 + cardinality(capabilities)) + 0.05 * coalesce(success, 0.5))) < 0.0001)
	and bool_and(abs(responsive - (0.3 * (1 - cpu) + 0.25 * (1 - memory) + 0.25 * (1 - least(load, 1))
		+ 0.2 * (1 - coalesce(least(extract(epoch from response), 1), 0.5)))) < 0.0001)
	from jobgrid.stat_executor join (select executor, capabilities from jobgrid.executor) e using (executor)}), 't', 'both scores are what the formulas say');

# The other profile: special machines have no disadvantage there
heartbeat('loaded', '1, 1, 1');
heartbeat('fresh', '0.25, 0.2, 0.1');
heartbeat('special', '0.1, 0.2, 0.1');
is(woken('job', 0), 'fresh', 'balanced: a special machine that is a little better is kept');
my $wakeups = sql($node, q{select wakeups from jobgrid.stat_scheduler where worker = 'dispatcher'});
sql($node, q{alter system set jobgrid.score = 'responsive'});
sql($node, q{select pg_reload_conf()});
wait_until($node, "select wakeups > $wakeups from jobgrid.stat_scheduler where worker = 'dispatcher'");
is(woken('job', 0), 'special', 'responsive: it is not');
is(sql($node, q{select string_agg(worker || ': ' || last_error, '; ') from jobgrid.stat_scheduler where last_error is not null}), '',
	'no worker has met an error');
done_testing();
