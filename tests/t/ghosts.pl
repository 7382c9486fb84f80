# Attempts that an executor has and the database has never heard of, because the commit that handed them out is lost.
# Here their names are made up; standby_behind.pl loses them in earnest.
use strict;
use warnings;
use Jobgrid::Test;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('main', conf => "jobgrid.lease = '1h'\njobgrid.grace = '0'\njobgrid.partition_rows = 100");
sql($node, <<'EOF');
create role other_team;
create role ghost_operator login in role jobgrid_operator, other_team;
insert into jobgrid.tenant (name) values ('other');
insert into jobgrid.team (name, tenant, database_role) values ('others', 'other', 'other_team');
insert into jobgrid.pool (name) values ('elsewhere');
select jobgrid.define_job('work', command => 'true'), jobgrid.define_job('twice', command => 'true', attempts => 2, retry_delay => '0'),
       jobgrid.define_job('child', command => 'true', after => '{work}'), jobgrid.define_job('old name', command => 'true'),
       jobgrid.define_job('off', command => 'true'), jobgrid.define_job('not ours', command => 'true', pool => 'elsewhere'),
       jobgrid.define_job('their work', command => 'true', tenant => 'other');
update jobgrid.job set enabled = false where name = 'off';
EOF

my $asking;
sub ask
{
	my ($query) = @_;
	$asking //= $node->background_psql('jobgrid');
	return $asking->query_safe($query);
}
sub submit { return ask("select run_id from jobgrid.submit($_[0])") }
sub state_of { return ask("select state, reason from jobgrid.run where run_id = $_[0]") }

sub attempts_of
{
	return ask("select string_agg(concat_ws(' ', attempt, state, reason), ', ' order by attempt) from jobgrid.attempt
		where run_id = $_[0]");
}

sub history_of
{
	return ask("select string_agg(concat_ws(' ', action, from_state, to_state), ', ' order by at) from jobgrid.history
		where run_id = $_[0]");
}

sub attention
{
	my ($where) = @_;
	return ask("select count(*), min(run_id), min(detail) from jobgrid.attention where reason = 'ghost' and $where");
}

# An attempt as a lost primary may have handed it out.
sub ghost
{
	my ($run_id, %is) = @_;
	my %all = (attempt => 1, epoch => 1, tenant => 'default', job => 'work', %is);
	return { run_id => $run_id, fence => $all{epoch} * 2**32 + $all{attempt}, %all };
}
sub chunk { return "row($_[0]{run_id}, $_[0]{attempt}, $_[0]{fence}, 1, 'o', 0, 'boo')::jobgrid_engine.chunk" }
sub stale { return join ',', sort map { "$_->{run_id} $_->{attempt}" } grep { $_->{what} eq 'stale' } @_ }

sub stale_runs
{
	my ($welcome) = @_;
	my @runs = @{ $welcome->{stale_runs} };
	return join ',', sort map { $runs[$_] . ' ' . $welcome->{stale_fences}[$_] % 2**32 } 0 .. $#runs;
}

# Runs in all the places where one can wait, and two that somebody was believed to have
my $first = start_session($node, name => 'first');
$first->hello;
my %run = (
	leased => submit(q{'twice'}), unknown => submit(q{'twice'}));
my ($leased, $unknown) = sort { $a->{run_id} <=> $b->{run_id} } $first->claim(2);
$first->exchange([ report($unknown, 'lost'), report($leased, 'started') ], 0);
is(state_of($run{unknown}), 'unknown|no_outcome', 'one run is unknown');
$run{queued} = submit(q{'work'});
$run{due} = submit(q{'work', delay => '1 day'});
$run{pending} = submit(q{'child', business_date => '2001-01-01'});
$run{held} = submit(q{'work', delay => '1 day'});
$run{renamed} = submit(q{'old name'});
$run{decided} = submit(q{'twice'});
ask("select jobgrid.hold($run{held}); update jobgrid.job set name = 'new name' where name = 'old name'");
wait_for_value($node, "select count(*) from jobgrid.run where run_id in ($run{queued}, $run{renamed}, $run{decided}) and state = 'queued'
	or run_id = $run{pending} and reason = 'condition'", 4);

sub told
{
	my ($from, $attempt) = @_;
	return $from->rows("select * from jobgrid_engine.write_progress(array[($attempt->{run_id}, $attempt->{attempt}, "
		  . "$attempt->{fence}, 5, 'x', 1, 1, '\\x01')::jobgrid_engine.progress_report])");
}

my $session = start_session($node, name => 'haunted');
my @here = (
	ghost($run{queued}), ghost($run{due}), ghost($run{pending}, attempt => 3, job => 'child'), ghost($run{held}, tenant => undef, job => undef),
	ghost($run{renamed}, job => 'old name'), ghost($run{leased}, attempt => 2, job => 'twice'),
	ghost($run{unknown}, attempt => 2, job => 'twice'), ghost($run{decided}, job => 'twice'));
my $welcome = $session->hello(known => known('running', @here));
is(stale_runs($welcome), '', 'none of them is to be stopped');
is(state_of($_->{run_id}), 'unknown|ghost', "run $_->{run_id} is unknown") for @here;
is(attempts_of($run{queued}), '1 unknown ghost', 'it has the attempt that was shown');
is(attempts_of($run{pending}), '3 unknown ghost', 'whatever its number');
is(attempts_of($run{leased}), '1 unknown ghost, 2 unknown ghost', 'an older one, believed to be with somebody, is over');
is(attempts_of($run{unknown}), '1 unknown no_outcome, 2 unknown ghost', 'so is one of which nobody knew');
is(ask('select count(*) from jobgrid_engine.pending_on'), 0, 'nothing is waited for any more');
is(history_of($run{held}), 'hold waiting held, ghost held unknown', 'the history says so');
like(ask("select detail from jobgrid.history where run_id = $run{due} and action = 'ghost'"),
	qr/^executor "haunted" has attempt 1, which this database has not handed out$/, 'with whose it is');
like(ask("select concat_ws(' - ', blocker, object, detail, hint) from jobgrid.why($run{due})"),
	qr/^ghost - haunted - executor "haunted" has attempt 1, which this database has not handed out.* - It ends by the executor's report.*set_outcome/,
	'why() says it in a sentence');
like(attention("run_id = $run{due}"), qr/^1\|$run{due}\|executor "haunted" has attempt 1/, 'it is on the attention list');
is(stale($first->exchange([ report($leased, 'exited', exit_code => 0) ], 0)), "$run{leased} 1", 'the older attempt is stale');

my $histories = 'select count(*) from jobgrid.history';
my $before = ask($histories);
is(stale_runs($session->hello(known => known('running', @here))), '', 'said again, none is stale');
is(ask($histories), $before, 'and nothing happens');
is(stale($session->exchange([ map { report($_, 'started') } @here ], 0)), '', 'nor when they are reported as started');
is(state_of($run{due}), 'unknown|ghost', 'unknown they stay until their end is told');
is_deeply($session->rows('select * from jobgrid_engine.write_output(array[' . chunk($here[1]) . '])'), [], 'their output is taken');
is_deeply(told($session, $here[1]), [], 'and what they tell');

ask("select jobgrid.retry($run{decided}, reason => 'it did nothing')");
wait_for_value($node, "select state from jobgrid.run where run_id = $run{decided}", 'queued');
my @ends = map { report($_, 'exited', exit_code => $_->{run_id} == $run{leased} ? 1 : 0, run_us => 3_600_000_000, age_us => 60_000_000) } @here;
is(stale($session->exchange(\@ends, 0)), "$run{decided} 1", 'their ends are taken, but for what somebody has decided');
is(state_of($run{$_}), 'succeeded|', "$_: succeeded") for qw(queued due pending held renamed unknown);
is(state_of($run{leased}), 'failed|exit_code', 'a try that was lost counts as one');
is(attempts_of($run{pending}), '3 succeeded', 'one attempt');
is(ask("select started_at < submitted_at, run_time, finished_at < now() - interval '50 s' from jobgrid.run where run_id = $run{due}"),
	't|01:00:00|t', 'with the times its executor tells');
is(ask("select convert_from(data, 'UTF8') from jobgrid.logs($run{due})"), 'boo', 'and its output');
is(stale($session->exchange([ grep { !/row\($run{decided},/ } @ends ], 0)), '', 'told again they are no news');
my ($next) = $session->claim(1);
is("$next->{run_id} $next->{attempt}", "$run{decided} 2", 'what is tried again goes on counting');
$session->exchange([ report($next, 'exited', exit_code => 0) ], 0);

# No such run: a new one stands for it
my $far = 1_000_000;
my $top = ask('select max(run_id) from jobgrid.run');
my $foreign = submit(q{'child', business_date => '2001-01-01'});
my $lost = ghost($far);
my @gone = (
	$lost, ghost($far + 1, attempt => 2, job => 'twice'), ghost($far + 2, job => 'off'), ghost($foreign),
	ghost($far + 3, attempt => 1, job => 'twice'), ghost($far + 3, attempt => 2, job => 'twice'));
is(stale_runs($session->hello(known => known('running', @gone))), $far + 3 . ' 1', 'of two attempts of one run the newer one counts');
is(ask("select string_agg(concat_ws(' ', job, state, reason, source, labels->>'ghost_of', attempt, executor), ', ' order by (labels->>'ghost_of')::bigint)
	from jobgrid.run where run_id > $foreign"),
	join(', ', "work unknown ghost ghost $foreign 1 haunted", "work unknown ghost ghost $far 1 haunted", 'twice unknown ghost ghost ' . ($far + 1) . ' 2 haunted',
		'off unknown ghost ghost ' . ($far + 2) . ' 1 haunted', 'twice unknown ghost ghost ' . ($far + 3) . ' 2 haunted'),
	'each of the others has a new run, one of another job\'s number too');
is(state_of($foreign), 'waiting|condition', 'that other run is left alone');
my %made = map { split /\|/ } split /\n/, ask("select labels->>'ghost_of', run_id from jobgrid.run where source = 'ghost'");
like(ask("select detail from jobgrid.why($made{$far})"), qr/"haunted" has attempt 1 of run $far, which/, 'why() names it as its executor does');
like(attention("run_id = $made{$far}"), qr/^1\|/, 'it is on the attention list');
is(history_of($made{$far}), 'ghost unknown', 'its history tells where it comes from');
$before = ask($histories);
is(stale_runs($session->hello(known => known('running', @gone[ 0 .. 3, 5 ]))), '', 'said again, none is stale');
is(ask($histories) . ' ' . ask(q{select count(*) from jobgrid.run where source = 'ghost'}), "$before 5", 'and nothing happens');
is_deeply($session->rows('select * from jobgrid_engine.write_output(array[' . chunk($lost) . '])'), [], 'output under the old name is taken');
is_deeply(told($session, $lost), [], 'and what they tell');
is(stale($session->exchange([ report($lost, 'started'), report($gone[1], 'started') ], 0)), '', 'so is a start');
is(stale($session->exchange([ report($lost, 'exited', exit_code => 0), report($gone[1], 'exited', exit_code => 2) ], 0)), '', 'and an end');
is(state_of($made{$far}), 'succeeded|', 'which ends the new run');
is(ask("select convert_from(data, 'UTF8') from jobgrid.logs($made{$far})"), 'boo', 'and its output is there');
like(state_of($made{ $far + 1 }), qr/^(waiting|queued)/, 'one that failed tries again, as any other');
is(stale($session->exchange([ report($lost, 'exited', exit_code => 0) ], 0)), '', 'told again it is no news');
is(ask('select count(*) from jobgrid.run where run_id in (' . join(',', $far .. $far + 3) . ')'), 0, 'there are no runs of the old numbers');
ask("select jobgrid.cancel($made{$far + 2})");
is(stale_runs($session->hello(known => known('running', $gone[2]))), $far + 2 . ' 1', 'what somebody has ended is to be stopped');
is(ask("select string_agg(run_id::text, ',' order by run_id) from jobgrid_engine.ghost where what = 'made'"),
	join(',', $foreign, $far + 2, $far + 3), 'what has ended and is not named any more is forgotten');

# Nothing that could stand for it
my @nowhere = (ghost($far + 10, job => 'never heard of'), ghost($far + 11, job => 'not ours'), ghost($far + 12, tenant => undef, job => undef),
	ghost($far + 13, tenant => 'other'));
is(stale_runs($session->hello(known => known('running', @nowhere))), '', 'what has no job here runs on');
is(ask(q{select count(*) from jobgrid.run where source = 'ghost'}), 5, 'without a run');
like(attention("detail like '%never heard of%'"),
	qr/^1\|\|executor "haunted" has attempt 1 of run 1000010 of job "never heard of" of tenant "default", and nothing here can stand for it: there is no such job$/,
	'it is on the attention list');
like(attention("detail like '%not ours%'"), qr/not in the pool of the job$/, 'one of a job that its executor has nothing to do with too');
like(attention("detail like '%1000012%'"), qr/^1\|/, 'and one of which no name is known');
like(slurp_file($node->logfile), qr/LOG:  executor "haunted" has attempt 1 of run 1000010, which this database does not know/, 'the server\'s log says it');
my $log_size = -s $node->logfile;
is_deeply($session->rows('select * from jobgrid_engine.write_output(array[' . chunk($nowhere[0]) . '])'), [], 'output is taken');
is_deeply(told($session, $nowhere[0]), [], 'and what they tell');
is(stale($session->exchange([ report($nowhere[0], 'started'), report($nowhere[0], 'exited', exit_code => 7) ], 0)), '', 'so is its end');
like(attention("detail like '%never heard of%'"), qr/It ended at .* with exit code 7$/, 'which the list tells');
is(stale_runs($session->hello(known => known('running', @nowhere[ 1 .. 3 ]))), '', 'said again, nothing is stale');
unlike(slurp_file($node->logfile, $log_size), qr/does not know/, 'and nothing is said again');
my $acknowledge = "select jobgrid.acknowledge_ghost('haunted', $far + 10, 'looked at it')";
my $error = error_of($node, "set role ghost_operator; $acknowledge", user => 'ghost_operator');
is($error->{sqlstate}, 'JG001', 'it is nobody\'s of another tenant');
is(sql($node, "set session authorization ghost_operator; select jobgrid.acknowledge_ghost('haunted', $far + 13, 'looked at it')"),
	'acknowledged: run 1000013 of executor "haunted"', 'but his who sees the tenant');
is(error_of($node, "select jobgrid.acknowledge_ghost('haunted', $far + 10, ' ')")->{sqlstate}, 'JG003', 'a reason is wanted');
is(ask($acknowledge), 'acknowledged: run 1000010 of executor "haunted"', 'somebody has looked at it');
like(attention("detail like '%never heard of%'"), qr/^0/, 'it leaves the list');
is(error_of($node, $acknowledge)->{sqlstate}, 'JG001', 'once');
ask(q{update jobgrid.job set pool = 'default' where name = 'not ours'});
is(stale_runs($session->hello(known => known('running', @nowhere[ 1, 2 ]))), '', 'a job that can be had now');
is(ask("select job, state from jobgrid.run where labels->>'ghost_of' = '1000011'"), 'not ours|unknown', 'gives it a run');
like(attention("detail like '%1000011 of job%nothing%'"), qr/^0/, 'and it is no longer one without');
is(ask("select string_agg(run_id::text, ',' order by run_id) from jobgrid_engine.ghost where what = 'nowhere'"), 1000012,
	'what was acknowledged and is not named any more is forgotten');

# Runs that retention has dropped are known to have ended
ask(q{select count(*) from jobgrid.submit_many('work', count => 250); select jobgrid.cancel(run_id) from jobgrid_engine.live_run});
ask('drop table jobgrid_engine.run_1, jobgrid_engine.attempt_1, jobgrid_engine.history_1, jobgrid_engine.output_1');
is(stale_runs($session->hello(known => known('ended', ghost(5)))), '5 1', 'of a run that is kept no longer: stale');
is(ask("select count(*) from jobgrid.run where labels->>'ghost_of' = '5'"), 0, 'and no new run');

# Nothing that any database has handed out
my $fresh = submit(q{'work'});
my @nonsense = ({ %{ ghost($fresh) }, fence => 4711 }, { %{ ghost($fresh) }, fence => 2**32 + 2 }, ghost($fresh, attempt => 0),
	ghost($fresh, attempt => 2_000_000_000), ghost(-1), { %{ ghost($fresh) }, fence => -1 });
is(scalar(@{ $session->hello(known => known('running', @nonsense))->{stale_runs} }), 6, 'nonsense is stale');
wait_for_value($node, "select state from jobgrid.run where run_id = $fresh", 'queued');
pass('and moves nothing');

# A later epoch than the database's
my $row = q{select executor.*::text from jobgrid_engine.executor where name = 'haunted'};
$before = ask($row) . ask($histories);
(undef, $error) = $session->query("select jobgrid_engine.hello('haunted', gen_random_uuid(), 1, 1, '{shell}', known => "
	  . known('running', ghost($fresh, epoch => 4)) . ')');
is($error->{sqlstate}, 'JG015', 'an executor with attempts of a later epoch is refused');
like($error->{message}, qr/"haunted" has attempts of epoch 4, and this database is in epoch 1/, 'with both epochs');
like($error->{hint}, qr/Stop an old primary.*unfreeze/, 'and what to do');
is(ask($row) . ask($histories), $before, 'nothing has changed');
is(ask(q{select ok, detail is not null, fix like '%unfreeze%' from jobgrid.check_install() where check_name = 'epoch'}), 'f|t|t',
	'check_install() tells');
like(ask(q{select jobgrid.unfreeze('it is the one')}), qr/^the database works, epoch 5/, 'a person may decide that this one works');
is(ask(q{select ok from jobgrid.check_install() where check_name = 'epoch'}), 't', 'then all is well');
is(ask(q{select jobgrid.unfreeze('again')}), 'nothing to unfreeze: the database works', 'once is enough');
is(stale_runs($session->hello(known => known('running', ghost($fresh, epoch => 4)))), '', 'and the executor is welcome');
is(state_of($fresh), 'unknown|ghost', 'with what it has');
ask("select jobgrid.cancel($fresh)");

# A run that went on here without it may have run twice
my @twice = map { submit(q{'work'}) } 1 .. 3;
my @others = sort { $a->{run_id} <=> $b->{run_id} } $first->claim(2);
wait_for_value($node, "select state from jobgrid.run where run_id = $twice[2]", 'queued');
is(join(',', map { $_->{run_id} } @others), join(',', @twice[ 0, 1 ]), 'two runs are given out in the new epoch');
$first->exchange([ report($others[0], 'started'), report($others[1], 'exited', exit_code => 0) ], 0);
ask("select jobgrid.cancel($twice[2])");
my @seen = map { ghost($_) } @twice;
for my $round (1, 2)
{
	is(stale_runs($session->hello(known => known('running', @seen))), join(',', map {"$_ 1"} @twice), "what was given to somebody else is to be stopped ($round)");
	is(history_of($twice[0]), 'ghost', "its history says once that it may have run twice ($round)");
	is(history_of($twice[2]), 'cancel queued cancelled, ghost', "so does that of one that had not run here ($round)");
	like(attention("run_id = $twice[0]"), qr/^1\|$twice[0]\|executor "haunted" has run attempt 1.*may have run twice$/, "it is on the attention list ($round)");
	like(attention("run_id = $twice[1]"), qr/^1\|/, "so is the one that has ended ($round)");
}
is(state_of($twice[0]), 'running|', 'it runs on where it is');
$first->exchange([ report($others[0], 'exited', exit_code => 0) ], 0);
is(stale_runs($session->hello(known => known('ended', $others[0]))), "$twice[0] 1", 'somebody else\'s attempt is stale');
like(attention("run_id = $twice[0]"), qr/^1\|/, 'and no other ghost');
ask("select jobgrid.acknowledge_ghost('haunted', $_, 'harmless')") for @twice;
like(attention('run_id in (' . join(',', @twice) . ')'), qr/^0/, 'until somebody has looked');
is(stale_runs($session->hello(known => known('ended', $seen[0]))), "$twice[0] 1", 'shown again');
like(attention("run_id = $twice[0]"), qr/^0/, 'it is known');

# While the database is held nothing is judged, and all of it afterwards
my ($mine, $theirs) = map { submit(q{'work'}) } 1, 2;
my @claimed = sort { $a->{run_id} <=> $b->{run_id} } $session->claim(2);
$session->exchange([ map { report($_, 'started') } @claimed ], 0);
ask(q{update jobgrid_engine.cluster set frozen_at = now(), frozen_reason = 'a test'});
$asking->quit;
$_->leave for $first, $session;
undef $asking;
$node->restart;
wait_until($node, q{select state = 'held' from jobgrid.stat_scheduler where worker = 'scheduler'});
$session = start_session($node, name => 'haunted');
$before = ask($histories);
$welcome = $session->hello(known => known('running', $claimed[0], ghost($far + 20)));
ok($welcome->{held}, 'an executor of a held database is told');
is(stale_runs($welcome), '', 'and is told of nothing stale');
is(($session->exchange([], 1))[0]{what}, 'held', 'it gets nothing');
is(ask($histories) . ' ' . state_of($theirs), "$before running|", 'nothing has happened');
ask(q{select jobgrid.unfreeze('test')});
(undef, $error) = $session->query(q{select jobgrid_engine.exchange(1, '{}', 1)});
is($error->{sqlstate}, 'JG013', 'when the database works it has to say hello again');
is(stale_runs($session->hello(known => known('running', $claimed[0], ghost($far + 20)))), '', 'which it does');
is(state_of($mine) . ' ' . state_of($theirs), 'running| unknown|executor_lost', 'as the new process that it is: what it does not know is lost');
is(ask("select state from jobgrid.run where labels->>'ghost_of' = '1000020'"), 'unknown', 'and what nobody knew is there');
is(stale($session->exchange([ report($claimed[0], 'exited', exit_code => 0) ], 0)), '', 'then it works as ever');

is(ask(q{select count(*) from (select run_id, attempt from jobgrid.attempt group by 1, 2 having count(*) > 1) twice}), 0,
	'no attempt is there twice');
unlike(slurp_file($node->logfile), qr/PANIC:|TRAP:|was terminated by signal|deadlock detected/, 'no process crashed');
$asking->quit;
$session->leave;
$node->stop;
done_testing();
