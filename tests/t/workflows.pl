# Workflows: steps by after, conditions and branches; what is skipped and why; failure policies, timeouts, cancels.
use strict;
use warnings;
use Jobgrid::Test;
use Jobgrid::Workflows;
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);

my $node = workflow_node('main');

# A diamond
workflow('diamond', [step('a'), step('b', needs => ['a']), step('c', needs => ['a']), step('d', needs => [ 'b', 'c' ])]);
my $run = submit('diamond');
is(wait_for_run($node, $run), 'succeeded|', 'a workflow succeeds when its steps have');
is(steps_of($run), 'a succeeded, b succeeded, c succeeded, d succeeded', 'all of them');
like(order_of($run), qr/^a (b c|c b) d$/, 'in the order of their conditions');
is(sql($node, 'select count(*) from jobgrid_engine.member'), 0, 'nothing is left of it in the engine');
is(sql($node, 'select count(*) from jobgrid_engine.pending_on'), 0, 'nor of its conditions');

# A workflow waits in a queue like any run
sql($node, q{select jobgrid.pause_queue('default', 'a test')});
$run = submit('diamond');
wait_until($node, "select state = 'queued' from jobgrid.run where run_id = $run");
my $resumed = time;
sql($node, q{select jobgrid.resume_queue('default')});
is(wait_for_run($node, $run), 'succeeded|', 'a workflow whose queue was paused goes on');
cmp_ok(time - $resumed, '<', 20, 'at once');

# A failure, and what does not depend on it
workflow('broken', [ step('a', %fails), step('b', needs => ['a']), step('c', needs => ['b']), step('d'), step('e', needs => ['d']) ]);
$run = submit('broken');
is(wait_for_run($node, $run), 'failed|member_failed', 'a workflow fails when a step has failed');
is(steps_of($run), 'a failed sql_error, b skipped upstream_failed, c skipped upstream_failed, d succeeded, e succeeded',
	'what depends on it is skipped, the rest goes on');
like(sql($node, "select message from jobgrid.run where run_id = $run"), qr/step "a" failed/, 'and its message names the step');


# Branches that exclude each other meet again
workflow('branch', [ step('check', %fails, when_failed => 'ignore'), step('good', condition => 'succeeded(check)'),
		step('good2', needs => ['good']), step('bad', condition => 'failed(check)'), step('bad2', needs => ['bad']),
		step('join', needs => [ 'good2', 'bad2' ]), step('none', needs => ['good2']) ]);
$run = submit('branch');
is(wait_for_run($node, $run), 'succeeded|', 'a failure that is ignored is none for the workflow');
is(steps_of($run),
	'bad succeeded, bad2 succeeded, check failed sql_error, good skipped branch_not_taken, good2 skipped branch_not_taken, '
	  . 'join succeeded, none skipped branch_not_taken', 'the branch that is not taken is passed over, and does not hold up where both meet');

# So many of after
workflow('some', [ step('a', %fails), step('b'), step('c', parameters => {sleep => 30}),
		step('any', needs => [ 'a', 'b', 'c' ], join_rule => 'any'), step('two', needs => [ 'a', 'b' ], join_rule => '2'),
		step('one', needs => [ 'a', 'b' ], join_rule => 1) ]);
$run = submit('some');
wait_until($node, "select count(*) = 5 from jobgrid_engine.any_run r where r.root_run = $run and r.state <> 'live'"); pass('those that need not wait have ended');
is(steps_of($run), 'a failed sql_error, any succeeded, b succeeded, c live, one succeeded, two skipped upstream_failed',
	'one of three is enough, two of two cannot be reached any more');
like(sql($node, "select note from jobgrid.cancel($run, reason => 'enough')"), qr/starts nothing more/, 'a running workflow is cancelled');
is(wait_for_run($node, $run), 'cancelled|operator', 'and ends when what runs has stopped');
is(sql($node, "select state from jobgrid_engine.any_run r join jobgrid.job j using (job_id) where r.root_run = $run and j.name = 'c'"), 'cancelled', 'as that did');

# Conditions of other kinds: not, k of, values, results; skip_if
workflow('kinds', [ step('a'), step('b', needs => ['a'], condition => 'not failed(a) and (skipped(s) or failed(s))'),
		step('s', skip_if => "value(flag) = 'on'", needs => ['a']), step('t', skip_if => "value(flag) = 'off'"),
		step('k', condition => '2 of (succeeded(a), failed(a), succeeded(t))'),
		step('v', condition => "ended(a) and value(gate) = 'open'") ]);
sql($node, "insert into jobgrid.global_value (name, value) values ('flag', 'on'), ('gate', 'shut')");
$run = submit('kinds');
wait_until($node, "select count(*) = 5 from jobgrid_engine.any_run r where r.root_run = $run and r.state <> 'live'"); pass('all but what waits for a value');
sleep 0.3;
is(sql($node, "select l.place from jobgrid_engine.live_run l join jobgrid.job j using (job_id) where j.name = 'v'"), 'pending', 'that waits');
sql($node, "select jobgrid.set_value('gate', 'open')");
is(wait_for_run($node, $run), 'succeeded|', 'until the value is set');
is(steps_of($run), 'a succeeded, b succeeded, k succeeded, s skipped skip_if, t succeeded, v succeeded', 'as their conditions say');

# Nested, with names from the inside out; parameters go down, what is nearer wins
workflow('outer', [ step('first'), {name => 'inner', needs => ['first'], steps => [ step('x'), step('y', needs => [ 'x', 'first' ]) ]},
		step('last', needs => ['inner'], condition => 'succeeded(inner/y)') ], q{parameters => '{"level": "outer", "kept": 1}'});
sql($node, q{update jobgrid.job set parameters = '{"level": "step"}' where full_name = 'outer/inner/x'});
$run = submit('outer');
is(wait_for_run($node, $run), 'succeeded|', 'a workflow in a workflow');
is(order_of($run), 'first x y last', 'starts in its turn, and is one step for the others');
is(sql($node, "select r.parameters from jobgrid_engine.any_run r join jobgrid.job j using (job_id) where r.root_run = $run and j.name = 'x'"),
	'{"kept": 1, "level": "step"}', 'parameters go down');
is(sql($node, "select count(distinct r.business_date) || ' ' || count(distinct r.root_run) from jobgrid_engine.any_run r where r.root_run = $run or r.run_id = $run"),
	'1 1', 'and so does the business date');
is(sql($node, 'select count(*) from jobgrid_engine.member'), 0, 'nothing is left');

# on_failure
for my $policy (qw(finish stop))
{
	workflow("on $policy", [ step('a', parameters => {sleep => 2}), step('b', parameters => {fail => JSON::PP::true, sleep => 0.3}),
			step('c', needs => ['a']), step('d', condition => 'ended(b)') ], "on_failure => '$policy'");
	$run = submit("on $policy");
	is(wait_for_run($node, $run), 'failed|member_failed', "$policy: it has failed");
	is(steps_of($run), ($policy eq 'stop' ? 'a cancelled operator' : 'a succeeded')
		  . ', b failed sql_error, c skipped workflow_stopped, d skipped workflow_stopped', 'what has not started does not start');
}

# The whole has a time-out
workflow('slow', [ step('a', parameters => {sleep => 30}), step('b', needs => ['a']) ], q{timeout => '1 s'});
$run = submit('slow');
is(wait_for_run($node, $run), 'failed|timeout', 'a workflow that takes too long');
is(steps_of($run), 'a cancelled operator, b skipped workflow_stopped', 'is stopped');

# Two runs side by side do not see each other; a job outside waits for the workflow, and for a step of it
workflow('day', [ step('a'), step('b', needs => ['a']) ]);
sql($node, "select jobgrid.hold(job => 'day/a', reason => 'test')");
sql($node, "select jobgrid.define_job('outside', kind => 'sql', sql_role => 'worker', command => 'select 1', after => '{day}', condition => 'succeeded(day/b)')");
my $one = submit('day', q{business_date => '2026-03-02'});
my $two = submit('day', q{business_date => '2026-03-03'});
my $after = submit('outside', q{business_date => '2026-03-03'});
wait_until($node, "select count(*) = 2 from jobgrid_engine.parked"); pass('held steps are parked');
sql($node, "select jobgrid.release(run_id) from jobgrid_engine.any_run r where r.root_run = $one and r.state = 'live' and exists (select from jobgrid_engine.parked p where p.run_id = r.run_id)");
is(wait_for_run($node, $one), 'succeeded|', 'the first day ends');
sleep 0.3;
is(sql($node, "select string_agg(l.place, ' ' order by l.place) from jobgrid_engine.live_run l where l.run_id in (select run_id from jobgrid_engine.any_run where root_run = $two)"),
	'parked pending', 'the second waits for its own step');
is(sql($node, "select place from jobgrid_engine.live_run where run_id = $after"), 'pending', 'and who waits for that day, too');
sql($node, "select jobgrid.release(job => 'day/a')");
is(wait_for_run($node, $two), 'succeeded|', 'until that is released');
is(wait_for_run($node, $after), 'succeeded|', "a workflow's end is an end as any other's");
is(wait_for_run($node, submit('outside', q{business_date => '2026-03-02'})), 'succeeded|', 'an earlier day has not been forgotten');

# What cannot begin
workflow('typed', [ step('a', parameter_schema => {n => {type => 'integer'}}, parameters => {n => 1}) ]);
$run = submit('typed', q{parameters => '{"n": 2}'});
is(wait_for_run($node, $run), 'succeeded|', 'a step with typed parameters');
sql($node, q{update jobgrid.job set parameters = '{}' where full_name = 'typed/a'});
$run = submit('typed', q{parameters => '{"n": "x"}'});
is(wait_for_run($node, $run), 'failed|setup_failed', 'a workflow does not begin with parameters that a step refuses');
like(sql($node, "select message from jobgrid.run where run_id = $run"), qr/^step "a": /, 'and says which');

# A disabled step is passed, in its turn; an empty workflow has nothing to do; one that waits is cancelled as any run
workflow('holes', [ step('a'), step('b', needs => ['a'], enabled => JSON::PP::false), step('c', needs => ['b']) ]);
$run = submit('holes');
is(wait_for_run($node, $run), 'succeeded|', 'a workflow with a disabled step');
is(steps_of($run), 'a succeeded, b skipped disabled, c succeeded', 'goes on behind it');
workflow('empty', []);
is(wait_for_run($node, submit('empty')), 'succeeded|', 'a workflow without steps');
$run = submit('empty', q{delay => '1 hour'});
sql($node, "select jobgrid.cancel($run)");
is(wait_for_run($node, $run), 'cancelled|operator', 'a workflow that has not begun is cancelled');

# Defined again: what is given changes, what is new comes, what is gone goes
workflow('again', [ step('a'), step('b', needs => ['a']) ]);
wait_for_run($node, submit('again'));
workflow('again', [ step('b'), step('c', needs => ['b']) ]);
is(sql($node, "select string_agg(name || ' ' || enabled, ', ' order by name) from jobgrid.job where parent = 'again'"), 'a false, b true, c true',
	'a step that is not in the list any more, and has runs, is disabled');
is(wait_for_run($node, submit('again')), 'succeeded|', 'and it runs as it is now');


# An author defines workflows, of his team, without rights beyond that
sql($node, q{create role flow_team; create role author login in role jobgrid_author, flow_team; grant worker to author;
	insert into jobgrid.team (name, tenant, database_role) values ('flow team', 'default', 'flow_team')});
is(sql($node, q{select string_agg(full_name, ' ' order by job_id) from jobgrid.define_workflow('authored', '[{"name": "a", "kind": "noop", "owner_team": "flow team"},
	{"name": "b", "kind": "noop", "owner_team": "flow team", "needs": ["a"]}]', owner_team => 'flow team')}, user => 'author'), 'authored authored/a authored/b',
	'an author defines a workflow');
is(sql($node, q{select string_agg(full_name, ' ' order by job_id) from jobgrid.define_workflow('authored', '[{"name": "b", "needs": []}]')}, user => 'author'), 'authored authored/b',
	'and changes it');
like(error_of($node, q{select jobgrid.define_workflow('authored', '[{"name": "b"}, {"name": "B"}]')}, user => 'author')->{message}, qr/has two steps/, 'each step once');
like(error_of($node, q{select jobgrid.define_workflow('authored', '[{"name": "b", "comand": "x"}]')}, user => 'author')->{hint}, qr/"command"/, 'and its keys are known');

done_testing();
