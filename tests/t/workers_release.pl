# What the scheduler releases: moments, conditions, retries; it waits for nobody's open transaction.
use strict;
use warnings;
use Jobgrid::Test;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);

my $node = new_node('main', conf => 'max_prepared_transactions = 2');
sql($node, <<'EOF');
create role worker login;
create table public.log (job text, run_id bigint, at timestamptz default clock_timestamp());
grant all on public.log to worker;
EOF

# Defines a SQL job; it writes into the log and fails where its parameters say so.
sub job
{
	my ($name, $more) = @_;
	my $command = "insert into public.log values ('$name', current_setting('jobgrid.run_id')::bigint);"
	  . q{select 1 / (not coalesce((current_setting('jobgrid.parameters')::jsonb->>'fail')::boolean, false))::int};
	sql($node, "select jobgrid.define_job('$name', kind => 'sql', sql_role => 'worker', command => \$c\$$command\$c\$"
		  . ($more ? ", $more" : '') . ')');
	return;
}

sub submit
{
	my ($name, $more) = @_;
	return sql($node, "select run_id from jobgrid.submit('$name'" . ($more ? ", $more" : '') . ')');
}
sub state_of { return sql($node, "select concat_ws('|', state, reason) from jobgrid.run where run_id = $_[0]") }
sub quiet { sleep 0.5; return }
my $fails = q{parameters => '{"fail": true}'};

# A moment, to the millisecond as far as the machine is idle
job('plain');
wait_for_run($node, submit('plain'));
my $run = submit('plain', q{delay => '1500 ms'});
like(state_of($run), qr/^waiting/, 'a delayed run waits');
is(wait_for_run($node, $run), 'succeeded|', 'and runs');
my $late = sql($node, "select extract(epoch from started_at - submitted_at) * 1000 - 1500 from jobgrid.run where run_id = $run");
note "late by $late ms";
cmp_ok($late, '>=', 0, 'not early');
cmp_ok($late, '<', 1000, 'and not late by a poll interval');

# A retry waits its delay
job('again', q{attempts => 2, retry_delay => '1 s'});
$run = submit('again', $fails);
is(wait_for_run($node, $run), 'failed|sql_error', 'a run fails for good at its last attempt');
is(sql($node, "select count(*) from jobgrid.attempt where run_id = $run"), 2, 'it has had two');
cmp_ok(sql($node, "select extract(epoch from max(claimed_at) - min(finished_at)) from jobgrid.attempt where run_id = $run"), '>=', 1,
	'with its delay between them');

# Conditions: all of them, on the same business date
job('a');
job('b');
job('both', q{after => '{a,b}'});
job('last', q{after => '{both}'});
my $day = q{business_date => '2026-03-02'};
my ($both, $last) = (submit('both', $day), submit('last', $day));
wait_until($node, "select reason = 'condition' from jobgrid.run where run_id = $both");
wait_for_run($node, submit('a', $day));
wait_for_run($node, submit('b', q{business_date => '2026-03-03'}));
quiet();
is(state_of($both), 'waiting|condition', 'one condition, and another day, release nothing');
wait_for_run($node, submit('b', "$day, $fails"));
quiet();
is(state_of($both), 'waiting|condition', 'nor does a failure');
wait_for_run($node, submit('b', $day));
is(wait_for_run($node, $both), 'succeeded|', 'the second success does');
is(wait_for_run($node, $last), 'succeeded|', 'and so along the chain');
wait_for_value($node, 'select (select count(*) from jobgrid_engine.pending_on) + (select count(*) from jobgrid_engine.ended)', 0);
pass('nothing of it is left behind');
is(wait_for_run($node, submit('last', $day)), 'succeeded|', 'what has been met is met for a run that comes later');
is(wait_for_run($node, submit('both', q{business_date => '2026-12-31', ignore_conditions => true, reason => 'test'})), 'succeeded|',
	'conditions can be ignored');

# A success that is taken back before the other came
$day = q{business_date => '2026-03-04'};
$both = submit('both', $day);
wait_until($node, "select reason = 'condition' from jobgrid.run where run_id = $both");
wait_for_run($node, submit('a', $day));
wait_for_run($node, submit('a', "$day, $fails"));
wait_for_run($node, submit('b', $day));
quiet();
is(state_of($both), 'waiting|condition', 'the last end of a job counts');
wait_for_run($node, submit('a', $day));
is(wait_for_run($node, $both), 'succeeded|', 'and counts again');

# Parents that end at the same moment, many times over: no child is missed
job('join', q{after => '{a,b}'});
my $days = 100;
sql($node, "select jobgrid.submit('join', business_date => date '2027-01-01' + n) from generate_series(1, $days) n");
wait_for_value($node, "select count(*) from jobgrid.run where job = 'join' and reason = 'condition'", $days);
sql($node, "select jobgrid.submit(j, business_date => date '2027-01-01' + n) from generate_series(1, $days) n, unnest(array['a', 'b']) j");
wait_for_value($node, "select count(*) from jobgrid.run where job = 'join' and state = 'succeeded'", $days);
pass("two parents that end at once release their child, each of $days times");
is(sql($node, q{select count(*) from public.log where job = 'join'}), $days, 'once');

# A latch made while the run it is about is ending: the end is not missed
job('late parent');
my $session = $node->background_psql('jobgrid');
my $gate = $node->background_psql('jobgrid');
$gate->query('begin; lock table public.log');
my $parent = submit('late parent', q{business_date => '2026-03-05'});
wait_for_run($node, $parent, 'running');
$session->query(q{begin; select jobgrid.define_job('late child', kind => 'sql', sql_role => 'worker', command => 'select 1', after => '{late parent}')});
$gate->query('commit');
is(wait_for_run($node, $parent), 'succeeded|', 'a run ends while somebody makes its latch');
$session->query('commit');
is(wait_for_run($node, submit('late child', q{business_date => '2026-03-05'})), 'succeeded|', 'and its end counts');

# An open transaction on one child holds up nobody else, and the child itself not for longer than it lasts
$day = q{business_date => '2026-03-06'};
job('c1', q{after => '{a}'});
job('c2', q{after => '{b}'});
my ($c1, $c2) = (submit('c1', $day), submit('c2', $day));
wait_until($node, "select count(*) = 2 from jobgrid.run where run_id in ($c1, $c2) and reason = 'condition'");
$session->query("begin; select jobgrid.cancel($c1)");
wait_for_run($node, submit('a', $day));
wait_for_run($node, submit('b', $day));
is(wait_for_run($node, $c2), 'succeeded|', 'a child goes on while another one is being cancelled');
is(wait_for_run($node, submit('plain', q{delay => '100 ms'})), 'succeeded|', 'and so do moments');
$session->query('rollback');
is(wait_for_run($node, $c1), 'succeeded|', 'the other one follows when its cancel is rolled back');
my $due = submit('plain', q{delay => '1 s'});
$session->query("begin; select jobgrid.hold($due)");
sleep 1.5;
is(wait_for_run($node, submit('plain', q{delay => '1 ms'})), 'succeeded|', 'a moment that is locked holds up no other one');
$session->query('rollback');
is(wait_for_run($node, $due), 'succeeded|', 'and is kept when it can be');
$_->quit for $session, $gate;

# A queue that is paused while its first lane is made
sql($node, q{insert into jobgrid.queue (name) values ('night')});
job('at night', q{queue => 'night'});
sql($node, q{select jobgrid.pause_queue('night', 'test')});
$run = submit('at night');
wait_until($node, q{select exists (select from jobgrid_engine.lane where queue = 'night' and not open)});
quiet();
like(state_of($run), qr/^queued/, 'a lane of a paused queue is born closed');
sql($node, q{select jobgrid.resume_queue('night')});
is(wait_for_run($node, $run), 'succeeded|', 'and opened with it');

# One row that cannot be processed does not stop the others
my $broken = submit('plain', q{delay => '1 s'});
sql($node, "set session_replication_role = replica; update jobgrid_engine.due set lane_id = null, job_id = 0, due_at = now() where run_id = $broken");
is(wait_for_run($node, submit('plain', q{delay => '1200 ms'})), 'succeeded|', 'a broken row does not stop the others');
wait_until($node, q{select errors > 0 from jobgrid.stat_scheduler where worker = 'scheduler'});
is(sql($node, q{select last_error from jobgrid.stat_scheduler where worker = 'scheduler'}), 'job 0 does not exist', 'and is told about');
sql($node, "set session_replication_role = replica; delete from jobgrid_engine.pending where run_id = $broken");

# External runs
sql($node, q{select jobgrid.define_job('outside', kind => 'external')});
job('inside', q{after => '{outside}'});
my $outside = submit('outside', $day);
my $inside = submit('inside', $day);
wait_for_run($node, $outside, 'running');
is(state_of($outside), 'running|external', 'an external run is decided and not started');
sql($node, "select jobgrid.report_outcome($outside, 'succeeded')");
is(wait_for_run($node, $inside), 'succeeded|', 'and its outcome is one');

# A prepared transaction rings no bell when it is committed: what it submitted is found by the workers' own look
my @prepared = split /\n/, sql($node, q{begin; select run_id from jobgrid.submit('plain');
	select run_id from jobgrid.submit('plain', delay => '1 ms'); prepare transaction 'far'});
is(scalar(@prepared), 2, 'submissions can be prepared');
quiet();
my $seen = 'select count(*) from jobgrid.run where run_id in (' . join(',', @prepared) . ')';
is(sql($node, $seen), 0, 'until they are committed they are not there');
sql($node, q{commit prepared 'far'});
is(sql($node, $seen), 2, 'then they are');
is(wait_for_run($node, $_), 'succeeded|', 'and run') for @prepared;

# Without wake-ups all of it works
$node->append_conf('postgresql.conf', 'jobgrid.wakeups = off');
$node->reload;
is(wait_for_run($node, submit('plain')), 'succeeded|', 'wake-ups off: a run');
$day = q{business_date => '2026-03-07'};
$both = submit('both', $day);
submit($_, $day) for qw(a b);
is(wait_for_run($node, $both), 'succeeded|', 'and conditions');

is(sql($node, 'select count(*) from jobgrid_engine.lease'), 0, 'no lease is left');
$node->stop;
done_testing();
