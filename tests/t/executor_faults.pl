# Whatever is killed on the way, every run ends once, and where that cannot be known it is said. The record of truth is a
# ledger that jobs write themselves.
use strict;
use warnings;
use Jobgrid::Test;
use PostgreSQL::Test::Utils;
use Test::More;

my $folder = PostgreSQL::Test::Utils::tempdir();
my $ledger = "$folder/ledger";
my $node = new_node('main', conf => <<'EOF');
jobgrid.lease = '4s'
jobgrid.heartbeat = '500ms'
jobgrid.grace = '1s'
jobgrid.poll_interval = '200ms'
EOF
my $book = qq{echo "START \$JOBGRID_RUN_ID \$JOBGRID_ATTEMPT" >>"$ledger"};
my $close = qq{echo "END \$JOBGRID_RUN_ID \$JOBGRID_ATTEMPT" >>"$ledger"};

# Jobs: one is over at once, the others run until there is a file
sql($node, <<"EOF");
select jobgrid.define_job('short', command => '$book; sleep 0.02; $close', on_lost => 'hold');
select jobgrid.define_job(name, on_lost => lost, attempts => 2, repeatable => lost = 'retry', retry_delay => '0 s', success_codes => '7',
    command => '$book; until [ -e "$folder/' || name || '" ]; do sleep 0.05; done; $close; exit 7')
from (values ('agent', 'hold'), ('keeper', 'hold'), ('keeper again', 'retry'), ('keeper fails', 'fail'), ('fast',
	'hold'),
      ('immediate', 'hold'), ('drain', 'hold')) v (name, lost);
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

sub children
{
	my ($pid, $name) = @_;
	my @found;
	for my $stat (glob '/proc/[0-9]*/stat')
	{
		my $line = eval { slurp_file($stat) } or next;
		push @found, $1 if $line =~ /^(\d+) \((.*)\) \S (\d+)/ && $3 == $pid && $2 eq $name;
	}
	return @found;
}

my $executor = start_executor($node, slots => 8);

# The part that talks to the database dies
my $run = start('agent');
my ($agent) = children($executor->pid, 'jobgrid-agent');
ok($agent, 'the agent is a process of its own');
kill 'KILL', $agent;
go('agent');
is(wait_for_run($node, $run), 'succeeded|', 'the agent killed: the run ends as it did');
is(sql($node, "select attempt || ' ' || exit_code from jobgrid.run where run_id = $run"), '1 7',
	'with its exit code, in one attempt');
is(booked($run), 'START 1,END 1', 'and has run once');
my ($next) = children($executor->pid, 'jobgrid-agent');
isnt($next // '', $agent, 'there is a new agent');

# The server goes and comes while a job runs and ends
for my $mode ('fast', 'immediate')
{
	$run = start($mode);
	$node->stop($mode);
	go($mode);
	my $guard = 10 * $PostgreSQL::Test::Utils::timeout_default;
	select undef, undef, undef, 0.1 while booked($run) !~ /END/ && $guard-- > 0;
	$node->start;
	is(wait_for_run($node, $run), 'succeeded|', "the server restarted ($mode): the end that it missed is told");
	is(sql($node, "select attempt || ' ' || exit_code from jobgrid.run where run_id = $run"), '1 7', 'in one attempt');
	is(booked($run), 'START 1,END 1', 'and the run has run once');
}

# Its sessions are cut off 20 times under load
my $many = 300;
sql($node, "select count(*) from jobgrid.submit_many('short', count => $many)");
for my $cut (1 .. 20)
{
	wait_until($node, sprintf q{select count(*) >= %d from jobgrid.run where job = 'short' and state <> 'queued'}, $cut * $many / 25);
	sql($node, q{select pg_terminate_backend(pid) from pg_stat_activity where usename = 'executor_node1'});
}
wait_until($node, q{select count(*) = 0 from jobgrid.run where job = 'short' and finished_at is null});
is(sql($node, q{select string_agg(distinct state || ' ' || attempt, ',') from jobgrid.run where job = 'short'}),
	'succeeded 1',
	'sessions cut off: every run succeeds in one attempt');
my %times;
/^(START|END) (\d+) / && $times{$1}{$2}++ for split /\n/, slurp_file($ledger);
my @short = split /\n/, sql($node, q{select run_id from jobgrid.run where job = 'short'});
is(scalar(grep { ($times{START}{$_} // 0) == 1 && ($times{END}{$_} // 0) == 1 } @short), $many, 'and has run once');

# The part that knows the jobs dies: nobody can know how they ended
my ($held, $again, $fails) = map { start($_) } 'keeper', 'keeper again', 'keeper fails';
$executor->kill('KILL');
$executor = start_executor($node, slots => 8);
is(wait_for_run($node, $held, 'unknown'), 'unknown|executor_lost', 'the keeper killed: the run is unknown and held');
is(wait_for_run($node, $fails), 'failed|executor_lost', 'or has failed, where the job says so');
wait_until($node, "select state = 'running' and attempt = 2 from jobgrid.run where run_id = $again");
pass('or runs again, where the job says so');
go($_) for 'keeper', 'keeper again', 'keeper fails';
is(wait_for_run($node, $again), 'succeeded|', 'and ends');
is(sql($node, "select string_agg(attempt || ' ' || state || ' ' || coalesce(reason, ''), ',' order by attempt) from jobgrid.attempt where run_id = $again"),
	'1 failed executor_lost,2 succeeded ', 'both attempts are on record');
like(booked($again), qr/^START 1,.*START 2.*END 2/, 'and in the ledger');
is(sql($node, "select state from jobgrid.run where run_id = $held"), 'unknown',
	'what is unknown stays so until somebody decides');
is(sql($node, "select count(*) from jobgrid.attention where run_id = $held and state = 'unknown'"), 1,
	'and is on the attention list');
sql($node, "select jobgrid.retry($held, reason => 'looked at it')");
is(wait_for_run($node, $held), 'succeeded|', 'somebody decides to try again');

# A clean end
$run = start('drain');
kill 'TERM', $executor->pid;
wait_for_value($node, q{select state from jobgrid.executor where executor = 'node1'}, 'draining');
my $late = sql($node, q{select run_id from jobgrid.submit('short')});
is(sql($node, "select state from jobgrid.run where run_id = $run"), 'running',
	'told to stop, the executor lets its job run on');
go('drain');
is(wait_for_run($node, $run), 'succeeded|', 'and reports its end');
is($executor->stop, 0, 'then it is gone');
wait_for_value($node, q{select state from jobgrid.executor where executor = 'node1'}, 'offline');
is(sql($node, "select state from jobgrid.run where run_id = $late"), 'queued', 'it has taken nothing more');
$executor = start_executor($node);
is(wait_for_run($node, $late), 'succeeded|', 'the next one does that');

is($executor->stop, 0, 'it stops cleanly without work');
is(sql($node, q{select string_agg(worker || ': ' || last_error, '; ') from jobgrid.stat_scheduler where last_error is not null}),
	'', 'no worker has met an error');
unlike(slurp_file($node->logfile), qr/PANIC:|was terminated by signal/, 'no process crashed');
done_testing();
