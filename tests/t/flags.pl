# Jobs that are held, taken out or bypassed: what starts, what those after them see, in both semantics; flips while runs wait,
# moments until which a flag holds, and what a release brings back.
use strict;
use warnings;
use Jobgrid::Test;
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('main');
sql($node, <<'EOT');
create role worker login;
create table public.log (job text, run_id bigint, at timestamptz default clock_timestamp());
grant all on public.log to worker;
EOT
my $command = q{insert into public.log values (current_setting('jobgrid.parameters')::jsonb->>'me', current_setting('jobgrid.run_id')::bigint);}
  . q{select pg_sleep(coalesce((current_setting('jobgrid.parameters')::jsonb->>'sleep')::float, 0));};

sub step
{
	my ($name, %more) = @_;
	my $parameters = {me => $name, %{ delete $more{parameters} // {} }};
	return {name => $name, kind => 'sql', sql_role => 'worker', command => $command, parameters => $parameters, %more};
}

sub workflow
{
	my ($name, @steps) = @_;
	my $json = JSON::PP->new->canonical->encode(\@steps);
	sql($node, "select count(*) from jobgrid.define_workflow('$name', \$j\$$json\$j\$)");
	return;
}

# A job outside of workflows; more columns as SQL.
sub job
{
	my ($name, $columns) = @_;
	sql($node, "select count(*) from jobgrid.define_job('$name', kind => 'sql', sql_role => 'worker', command => \$c\$$command\$c\$,"
		  . " parameters => jsonb_build_object('me', '$name'))");
	sql($node, "update jobgrid.job set $columns where full_name = '$name'") if $columns;
	return;
}

sub submit
{
	my ($name, $more) = @_;
	return sql($node, "select run_id from jobgrid.submit('$name'" . ($more ? ", $more" : '') . ')');
}

# How the steps of a run stand: name state reason, in order of names.
sub steps_of
{
	return sql($node, "select string_agg(concat_ws(' ', split_part(r.job, '/', 2), r.state, r.reason), ', ' order by r.job)"
		  . " from jobgrid.run r where r.root_run = $_[0]");
}

sub ran { return sql($node, "select count(*) from public.log where run_id = $_[0]") }
sub waits { wait_for_value($node, "select state || ' ' || reason from jobgrid.run where run_id = $_[0]", 'waiting condition'); return }

# Every atom about one step, as a step of its own
my @atoms = (
	step('a'), step('b', needs => ['a']), step('ended', condition => 'ended(a)'), step('exit', condition => 'exitcode(a) = 0'),
	step('failed', condition => 'failed(a)'), step('not', condition => 'notrunning(a) and ended(a)'), step('skipped', condition => 'skipped(a)'),
	step('succeeded', condition => 'succeeded(a)'), step('terminated', condition => 'terminated(a)'));
workflow('atoms', @atoms);

# Taken out, as a step
is(sql($node, q{select (job, state, note)::text from jobgrid.take_out('atoms/a', reason => 'INC1')}),
	'(atoms/a,,"runs of the job are skipped")', 'take_out says what it means');
my $run = submit('atoms');
is(wait_for_run($node, $run), 'succeeded|', 'a workflow completes without a step that is taken out');
is(steps_of($run), 'a skipped taken_out, b succeeded, ended succeeded, exit skipped branch_not_taken, failed skipped branch_not_taken, '
	  . 'not succeeded, skipped succeeded, succeeded succeeded, terminated skipped branch_not_taken',
	'for the steps after it it is as if it had succeeded');
like(sql($node, "select message from jobgrid.run where root_run = $run and job = 'atoms/a'"), qr/^taken out by \w+: INC1$/,
	'its run says by whom and why');
is(sql($node, q{select version from jobgrid.job where full_name = 'atoms/a'}), 1, 'no new version');

# Bypassed
is(sql($node, q{select note from jobgrid.release(job => 'atoms/a')}), 'new runs of the job will not be skipped', 'released');
sql($node, q{select jobgrid.bypass('atoms/a', reason => 'INC2')});
$run = submit('atoms');
is(wait_for_run($node, $run), 'succeeded|', 'a workflow with a step that is bypassed');
is(steps_of($run), 'a succeeded bypassed, b succeeded, ended succeeded, exit succeeded, failed skipped branch_not_taken, '
	  . 'not succeeded, skipped skipped branch_not_taken, succeeded succeeded, terminated skipped branch_not_taken',
	'it counts as a success with exit code 0');
is(sql($node, "select count(*) from public.log l join jobgrid.run r using (run_id) where r.job = 'atoms/a'"), 0, 'neither was executed');

# Held
sql($node, q{select jobgrid.hold(job => 'atoms/a', reason => 'INC3')});
is(sql($node, q{select (held, held_reason, taken_out, bypassed, flag_reason)::text from jobgrid.job where full_name = 'atoms/a'}),
	'(t,INC3,f,f,)', 'a hold takes the place of a bypass');
$run = submit('atoms');
wait_until($node, "select count(*) = 9 from jobgrid.run where root_run = $run");
wait_for_value($node, "select count(*) from jobgrid.run where root_run = $run and reason = 'condition'", 8);
is(steps_of($run) =~ /^a held operator, b waiting/, 1, 'a held step holds those after it');
is(sql($node, "select state from jobgrid.run where run_id = $run"), 'running', 'and the workflow open');
is(sql($node, q{select string_agg(coalesce(state, 'flag'), ' ') from jobgrid.release(job => 'atoms/a')}), 'flag waiting', 'a release lets it go');
is(wait_for_run($node, $run), 'succeeded|', 'and all goes on');
like(steps_of($run), qr/^a succeeded, b succeeded/, 'as if nothing had been');

# A held step that is taken out, or bypassed
for ([ 'take_out', 'skipped taken_out' ], [ 'bypass', 'succeeded bypassed' ])
{
	my ($verb, $end) = @$_;
	sql($node, q{select jobgrid.hold(job => 'atoms/a')});
	$run = submit('atoms');
	wait_until($node, "select exists (select from jobgrid.run where root_run = $run and state = 'held')");
	sql($node, "select jobgrid.$verb('atoms/a')");
	is(wait_for_run($node, $run), 'succeeded|', "$verb of a held step");
	like(steps_of($run), qr/^a $end, b succeeded/, 'lets the workflow complete');
	sql($node, q{select jobgrid.release(job => 'atoms/a')});
}

# While a step waits
workflow('flip', step('a', parameters => {sleep => 60}), step('b', needs => ['a']), step('c', needs => ['b']), step('d', needs => ['a']));
$run = submit('flip');
wait_until($node, "select exists (select from jobgrid.run where root_run = $run and job = 'flip/a' and state = 'running')");
sql($node, q{select jobgrid.take_out('flip/b'), jobgrid.bypass('flip/d')});
wait_for_value($node, "select state from jobgrid.run where root_run = $run and job = 'flip/c'", 'succeeded');
like(steps_of($run), qr/^a running.*, b skipped taken_out, c succeeded, d waiting condition$/, 'taken out it goes at once; bypassed it waits for its conditions');
sql($node, q{select jobgrid.release(job => 'flip/b')});
is(steps_of($run) =~ /b skipped taken_out/, 1, 'back, it sits out this run');
sql($node, "select pg_terminate_backend(pid) from pg_stat_activity where query like '%pg_sleep%' and usename = 'worker'");
sql($node, "select jobgrid.cancel(run_id) from jobgrid.run where root_run = $run and job = 'flip/a' and state in ('running', 'waiting')");
is(wait_for_run($node, $run), 'failed|member_failed', 'a failure still counts');
like(steps_of($run), qr/d skipped upstream_failed$/, 'also for what is bypassed');
sql($node, q{select jobgrid.release(job => 'flip/d')});
sql($node, q{update jobgrid.job set parameters = '{"me": "a"}' where full_name = 'flip/a'});
sql($node, q{select jobgrid.bypass('flip/d'), jobgrid.take_out('flip/a')});
$run = submit('flip');
is(wait_for_run($node, $run), 'succeeded|', 'one after the other');
is(steps_of($run), 'a skipped taken_out, b succeeded, c succeeded, d succeeded bypassed', 'taken out, then bypassed');

# A workflow itself
sql($node, q{select jobgrid.take_out('flip')});
is(wait_for_run($node, submit('flip')), 'skipped|taken_out', 'a workflow that is taken out');
sql($node, q{select jobgrid.release(job => 'flip'), jobgrid.bypass('flip')});
$run = submit('flip');
is(wait_for_run($node, $run), 'succeeded|bypassed', 'or bypassed');
is(steps_of($run), '', 'makes no steps');

# Outside of workflows
job($_) for qw(top paused);
job('after', q{after = '{top}'});
job('native', q{condition = 'succeeded(top)'});
sql($node, q{insert into jobgrid.queue (name) values ('shut'); update jobgrid.job set queue = 'shut' where full_name = 'paused'; select jobgrid.pause_queue('shut')});
my %waiting = map { $_ => submit($_) } qw(after native);
waits($_) for values %waiting;
sql($node, q{select jobgrid.take_out('top', reason => 'INC4')});
is(wait_for_run($node, $waiting{$_}), 'succeeded|', "taken out, it lets go on who waits: $_") for sort keys %waiting;
$run = submit('top');
is(wait_for_run($node, $run), 'skipped|taken_out', 'its runs are skipped');
is(wait_for_run($node, submit('top', q{ignore_conditions => true, reason => 'INC4'})), 'skipped|taken_out', 'whatever they are told to ignore');
is(wait_for_run($node, submit('top', q{delay => '100 ms'})), 'skipped|taken_out', 'and when their moment has come');
is(wait_for_run($node, submit('native')), 'succeeded|', 'conditions are met at once');
is(sql($node, q{select string_agg(concat_ws(' ', blocker, detail), '') from jobgrid.why(job => 'top') where blocker = 'taken_out'}) =~ /is taken out: .*INC4$/, 1, 'why says it');
sql($node, q{select jobgrid.release(job => 'top')});
$waiting{native} = submit('native');
waits($waiting{native});
is(wait_for_run($node, submit('top')), 'succeeded|', 'released, it runs');
is(wait_for_run($node, $waiting{native}), 'succeeded|', 'and is waited for again');
sql($node, q{select jobgrid.bypass('top', reason => 'INC5')});
$run = submit('top');
is(wait_for_run($node, $run), 'succeeded|bypassed', 'a job that is bypassed');
is(ran($run), 0, 'is not executed');
like(sql($node, "select detail from jobgrid.why($run)"), qr/bypassed by \w+: INC5/, 'why says by whom');
sql($node, q{select jobgrid.release(job => 'top')});

# What was queued before
$run = submit('paused');
wait_for_value($node, "select state from jobgrid.run where run_id = $run", 'queued');
sql($node, q{select jobgrid.take_out('paused')});
is(wait_for_run($node, $run), 'skipped|taken_out', 'a queued run is skipped');
sql($node, q{select jobgrid.release(job => 'paused')});
$run = submit('paused');
wait_for_value($node, "select state from jobgrid.run where run_id = $run", 'queued');
sql($node, q{select jobgrid.bypass('paused')});
is(wait_for_run($node, $run), 'succeeded|bypassed', 'or bypassed');
sql($node, q{select jobgrid.release(job => 'paused')});

# Submitted by a transaction that has not seen the flag, and committed after it
my $session = $node->background_psql('jobgrid');
$run = $session->query(q{begin; select run_id from jobgrid.submit('top');});
sql($node, q{select jobgrid.take_out('top')});
wait_for_value($node, 'select count(*) from jobgrid_engine.condition_news', 0);
$session->query('commit');
is(wait_for_run($node, $run), 'skipped|taken_out', 'a submission that did not see the flag does not start either');
is(ran($run), 0, 'not at all');
sql($node, q{select jobgrid.release(job => 'top')});

# Somebody's open transaction: passed over, and tried again
my $held = submit('native', q{business_date => '2026-01-05'});
waits($held);
$session->query("begin; select jobgrid.hold($held)");
sql($node, q{select jobgrid.take_out('top')});
is(wait_for_run($node, submit('native', q{business_date => '2026-01-06'})), 'succeeded|', 'others go on');
$session->query('rollback');
is(wait_for_run($node, $held), 'succeeded|', 'and it when the lock is gone');
sql($node, q{select jobgrid.release(job => 'top')});
$session->quit;

# What runs goes on, and is waited for
job('slow', q{parameters = '{"me": "slow", "sleep": 60}'});
job('after slow', q{after = '{slow}'});
$run = submit('slow');
wait_for_value($node, "select state from jobgrid.run where run_id = $run", 'running');
$waiting{slow} = submit('after slow');
waits($waiting{slow});
sql($node, q{select jobgrid.take_out('slow')});
wait_for_value($node, 'select count(*) from jobgrid_engine.condition_news', 0);
is(sql($node, "select state from jobgrid.run where run_id = $waiting{slow}"), 'waiting', 'what runs is waited for');
sql($node, "select jobgrid.cancel($run)");
is(wait_for_run($node, $run), 'cancelled|operator', 'until it has ended');
is(wait_for_run($node, $waiting{slow}), 'succeeded|', 'then it is as taken out');

# AutoSys' conditions
my %autosys = (
	's(up)' => 1, 'f(up)' => 0, 'd(up)' => 1, 't(up)' => 0, 'n(up)' => 1, 'e(up) = 0' => 0,
	's(up, 1.00)' => 1, 'f(up, 1.00)' => 1, 't(up, 0)' => 1, 'e(up, 9999) = 3' => 1);
job('up');
my $n = 0;
my %name = map { $_ => 'autosys ' . $n++ } sort keys %autosys;
job($name{$_}, "semantics = 'autosys', condition = '$_'") for sort keys %autosys;
sql($node, q{select jobgrid.take_out('up')});
my %submitted = map { $_ => submit($name{$_}) } sort keys %autosys;
wait_until($node, "select not exists (select from jobgrid_engine.pending where unmet is null)");
for (sort keys %autosys)
{
	my $state = $autosys{$_} ? wait_for_run($node, $submitted{$_}) : sql($node, "select state || '|' from jobgrid.run where run_id = $submitted{$_}");
	is($state, $autosys{$_} ? 'succeeded|' : 'waiting|', "$_ of a job that is taken out");
}
$node->append_conf('postgresql.conf', "jobgrid.taken_out_lookback = 'ignored'");
$node->reload;
wait_for_value($node, 'show jobgrid.taken_out_lookback', 'ignored');
$run = submit($name{'f(up, 1.00)'});
my $other = submit($name{'s(up, 1.00)'});
is(wait_for_run($node, $other), 'succeeded|', 'the lookback can be ignored instead: success');
waits($run);
pass('and no failure');
sql($node, q{select jobgrid.release(job => 'up')});
$run = submit($name{'s(up)'});
waits($run);
sql($node, q{select jobgrid.bypass('up')});
is(wait_for_run($node, submit('up')), 'succeeded|bypassed', 'bypassed');
is(wait_for_run($node, $run), 'succeeded|', 'is a success in AutoSys, too');
sql($node, q{select jobgrid.release(job => 'up'), jobgrid.bypass('up')});
$run = submit($name{'s(up)'});
waits($run);
pass('there an earlier end does not count until it was bypassed');
submit('up');
is(wait_for_run($node, $run), 'succeeded|', 'then it does');

# Fires
job('fires');
sql($node, q{insert into jobgrid.schedule (job, name, schedule) values ('fires', 's', 'every second')});
sql($node, q{select jobgrid.take_out('fires')});
wait_until($node, q{select count(*) > 1 from jobgrid.run where job = 'fires' and state = 'skipped' and reason = 'taken_out'});
is(sql($node, q{select note from jobgrid.upcoming where job = 'fires'}), 'its run will be skipped: the job is taken out', 'fires are skipped, on record');
sql($node, q{select jobgrid.release(job => 'fires'), jobgrid.bypass('fires')});
wait_until($node, q{select count(*) > 1 from jobgrid.run where job = 'fires' and reason = 'bypassed'});
sql($node, q{update jobgrid.schedule set enabled = false where job = 'fires'});

# Until a moment
job($_) for qw(for_now locked);
job('after for_now', q{after = '{for_now}'});
for ([ 'hold(job =>', 'held', 'held|operator' ], [ 'take_out(', 'taken_out', 'skipped|taken_out' ], [ 'bypass(', 'bypassed', 'succeeded|bypassed' ])
{
	my ($verb, $column, $state) = @$_;
	sql($node, "select jobgrid.$verb 'for_now', reason => 'INC6', until => clock_timestamp() + interval '2 s')");
	$run = submit('for_now');
	is($column eq 'held' ? sql($node, "select state || '|' || reason from jobgrid.run where run_id = $run") : wait_for_run($node, $run),
		$state, "$column until a moment");
	wait_for_value($node, "select $column from jobgrid.job where full_name = 'for_now'", 'f');
	is(wait_for_run($node, $run), 'succeeded|', 'its runs are released') if $column eq 'held';
	like(sql($node, q{select (source, reason, new)::text from jobgrid.config_history where table_name = 'job' order by change_id desc limit 1}),
		qr/^\(flag_until,"its time is over: [a-z ]+ by \w+: INC6",.*""$column"": false/, 'the history says why');
	is(sql($node, q{select (flag_until, flag_at, flag_by, flag_reason, held_reason)::text from jobgrid.job where full_name = 'for_now'}), '(,,,,)', 'and nothing is left');
}
$session = $node->background_psql('jobgrid');
sql($node, q{select jobgrid.hold(job => 'locked', until => clock_timestamp() + interval '1 s')});
$session->query(q{begin; update jobgrid.job set title = 'x' where full_name = 'locked'});
sql($node, q{select jobgrid.hold(job => 'for_now', until => clock_timestamp() + interval '1.1 s')});
wait_for_value($node, q{select held from jobgrid.job where full_name = 'for_now'}, 'f');
is(sql($node, q{select held from jobgrid.job where full_name = 'locked'}), 't', 'what is locked waits alone');
$session->query('rollback');
wait_for_value($node, q{select held from jobgrid.job where full_name = 'locked'}, 'f');
$session->quit;
pass('and its turn comes');

is(sql($node, q{select sum(errors) from jobgrid.stat_scheduler}), 0, 'no worker had an error');
done_testing();
