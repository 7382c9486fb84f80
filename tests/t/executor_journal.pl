# What survives an executor: killed as a whole it tells the true result afterwards, and replaced under load it loses nothing.
# What it cannot write down it does not start. The record of truth is a ledger that jobs write themselves.
use strict;
use warnings;
use Jobgrid::Test;
use PostgreSQL::Test::Utils;
use Test::More;

my $folder = PostgreSQL::Test::Utils::tempdir();
my $ledger = "$folder/ledger";
my $node = new_node('main', conf => <<'EOF');
jobgrid.lease = '6s'
jobgrid.heartbeat = '300ms'
jobgrid.grace = '4s'
jobgrid.poll_interval = '200ms'
EOF
my $book = qq{echo "START \$JOBGRID_RUN_ID \$JOBGRID_ATTEMPT" >>"$ledger"};
my $close = qq{echo "END \$JOBGRID_RUN_ID \$JOBGRID_ATTEMPT" >>"$ledger"};

# Jobs: one is over at once, the others run until there is a file; one counts meanwhile.
sql($node, <<"EOF");
select jobgrid.define_job('short', command => '$book; sleep 0.02; $close');
select jobgrid.define_job(name, success_codes => '7', on_lost => lost, repeatable => lost = 'retry', attempts => 2,
    command => '$book; until [ -e "$folder/' || name || '" ]; do sleep 0.05; done; $close; exit 7')
from (values ('stopped agent', 'hold'), ('stopped server', 'hold'), ('fenced', 'retry')) v (name, lost);
select jobgrid.define_job('counts', success_codes => '7',
    command => '$book; i=0; until [ -e "$folder/counts" ]; do i=\$((i + 1)); echo \$i; sleep 0.01; done; $close; exit 7');
EOF

sub start
{
	my ($job) = @_;
	my $run = sql($node, "select run_id from jobgrid.submit('$job')");
	wait_for_run($node, $run, 'running');
	return $run;
}

sub go { append_to_file("$folder/$_[0]", ''); return }

# What the ledger says of a run: "START 1,END 1".
sub booked
{
	my ($run) = @_;
	return join ',', map { /^(\w+) $run (\d+)$/ ? "$1 $2" : () } split /\n/, slurp_file($ledger);
}

sub wait_for
{
	my ($what, $condition) = @_;
	my $guard = 10 * $PostgreSQL::Test::Utils::timeout_default;
	select undef, undef, undef, 0.1 while !$condition->() && $guard-- > 0;
	die "never: $what\n" if $guard <= 0;
	return;
}

# Is the end of a run's first attempt in the journal? A record is: length, type 3, checksum, 0, run, fence, attempt.
sub end_is_recorded
{
	my ($executor, $run) = @_;
	my $key = quotemeta pack 'q', $run;
	return grep { slurp_file($_) =~ /\x03\0\0\0.{4}\0{4}$key.{8}\x01\0\0\0/s } glob $executor->folder . '/journal.?';
}

sub kill_both
{
	my ($executor) = @_;
	my $agent = $executor->agent;
	kill 'STOP', $executor->pid, $agent;
	kill 'KILL', $agent;
	$executor->kill('KILL');
	return;
}

my $executor = start_executor($node, slots => 8);
my $work = $executor->folder;
my $journal = sql($node, q{select journal from jobgrid_engine.executor where name = 'node1'});
like($journal, qr/^[0-9a-f-]{36}$/, 'the database knows the journal');

# Killed as a whole, after the job has ended and before anybody was told
my $run = start('stopped agent');
kill 'STOP', $executor->agent;
go('stopped agent');
wait_for('an end in the journal', sub { end_is_recorded($executor, $run) });
is(sql($node, "select state from jobgrid.run where run_id = $run"), 'running', 'a job has ended, and nobody was told');
kill_both($executor);
$executor = start_executor($node, slots => 8, folder => $work);
is(wait_for_run($node, $run), 'succeeded|', 'keeper and agent killed: the next ones tell how it ended');
is(sql($node, "select attempt || ' ' || exit_code from jobgrid.run where run_id = $run"), '1 7', 'with its exit code');
is(booked($run), 'START 1,END 1', 'and it has run once');
is(sql($node, q{select journal from jobgrid_engine.executor where name = 'node1'}), $journal, 'the journal is the same');

# The same while the server is away
$run = start('stopped server');
$node->stop('fast');
go('stopped server');
wait_for('an end in the journal', sub { end_is_recorded($executor, $run) });
kill_both($executor);
$node->start;
$executor = start_executor($node, slots => 8, folder => $work);
is(wait_for_run($node, $run), 'succeeded|', 'the same with the server away: the end is told');
is(sql($node, "select attempt || ' ' || exit_code from jobgrid.run where run_id = $run"), '1 7', 'with its exit code');
is(booked($run), 'START 1,END 1', 'and it has run once');

# A new program in the same process, under load
$run = start('counts');
my $many = 300;
sql($node, "select count(*) from jobgrid.submit_many('short', count => $many)");
my %agents;
for my $upgrade (1 .. 5)
{
	my $agent = $executor->agent;
	wait_until($node, sprintf q{select count(*) >= %d from jobgrid.run where job = 'short' and state <> 'queued'},
		$upgrade * $many / 8);
	kill 'HUP', $executor->pid;
	wait_for('another agent', sub { my $next = $executor->agent; $next && $next != $agent });
	$agents{$executor->agent} = 1;
}
wait_until($node, q{select count(*) = 0 from jobgrid.run where job = 'short' and finished_at is null});
is(sql($node, q{select string_agg(distinct state || ' ' || attempt, ',') from jobgrid.run where job = 'short'}),
	'succeeded 1', 'replaced five times under load: every run succeeds in one attempt');
my %times;
/^(START|END) (\d+) / && $times{$1}{$2}++ for split /\n/, slurp_file($ledger);
my @short = split /\n/, sql($node, q{select run_id from jobgrid.run where job = 'short'});
is(scalar(grep { ($times{START}{$_} // 0) == 1 && ($times{END}{$_} // 0) == 1 } @short), $many, 'and has run once');
go('counts');
is(wait_for_run($node, $run), 'succeeded|', 'a job that ran all the time ends with its own exit code');
is(sql($node, "select attempt || ' ' || exit_code from jobgrid.run where run_id = $run"), '1 7', 'in one attempt');
my $counted = sql($node, "select convert_from(string_agg(data, '' order by chunk), 'utf8') from jobgrid.logs($run)");
my @numbers = split /\n/, $counted;
is_deeply(\@numbers, [ 1 .. @numbers ], 'and of its output nothing is missing');
is(scalar(grep { /a new program goes on/ } split /\n/, slurp_file($executor->log)), 5, 'each time by a new program');

# Idle
my ($resident) = slurp_file('/proc/' . $executor->pid . '/status') =~ /VmRSS:\s+(\d+) kB/;
SKIP:
{
	skip 'sanitizers need memory of their own', 1 if ($ENV{JOBGRID_EXECUTOR} // '') =~ /asan/;
	cmp_ok($resident, '<', 4096, "the keeper is small: $resident kB");
}

# A journal that cannot be written
system_or_bail('prlimit', '--pid', $executor->pid, '--fsize=1024:unlimited');
$run = sql($node, q{select run_id from jobgrid.submit('short')});
wait_for_value($node, q{select problem from jobgrid.executor where executor = 'node1'},
	'no job is started: could not write the journal: File too large');
pass('a journal that cannot be written is the problem that people see');
is(sql($node, q{select free_slots from jobgrid.executor where executor = 'node1'}), 0, 'nothing is claimed');
is(sql($node, "select state from jobgrid.run where run_id = $run"), 'queued', 'what was, is queued again');
is(booked($run), '', 'and has not run');
system_or_bail('prlimit', '--pid', $executor->pid, '--fsize=unlimited:unlimited');
is(wait_for_run($node, $run), 'succeeded|', 'when it can be written again, the run runs');
is(sql($node, "select attempt from jobgrid.run where run_id = $run"), 2, 'in another attempt');
is(sql($node, "select count(*) from jobgrid.attempt where run_id = $run"), 1, 'of which the first was none');
wait_until($node, q{select problem is null from jobgrid.executor where executor = 'node1'});
pass('and the problem is over');

# A lease that nobody renews: what another node may run is stopped before it does
$run = start('fenced');
my ($shell) = grep { (eval { slurp_file("/proc/$_/environ") } // '') =~ /JOBGRID_RUN_ID=$run\0/ }
	map { m{/proc/(\d+)/} } glob '/proc/[0-9]*/environ';
ok($shell, 'a job that may run elsewhere runs');
kill 'STOP', $executor->agent;
wait_for('the end of a process', sub { !kill 0, $shell });
is(sql($node, "select state from jobgrid.run where run_id = $run"), 'running',
	'its node stops it before the database gives it away');
kill_both($executor);
unlike(slurp_file($node->logfile), qr/PANIC:|was terminated by signal/, 'no process crashed');
done_testing();
