# Steps that are run again: in a workflow that runs and in one that has ended, with what was skipped because of them, with all
# that comes after them, in workflows inside others.
use strict;
use warnings;
use Jobgrid::Test;
use Jobgrid::Workflows;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = workflow_node('main');
my $well = q{parameters => '{"fail": false}'};

# Runs a step again, and waits for it.
sub rerun
{
	my ($root, $name, $more) = @_;
	my $run = sql($node, 'select run_id from jobgrid.rerun(' . run_of($root, $name) . ($more ? ", $more" : '') . ')');
	return wait_for_run($node, $run);
}

# In a workflow that has ended
workflow('ended', [ step('a', %fails), step('b', needs => ['a']), step('c', needs => ['b']), step('d'), step('e', needs => ['d']) ]);
my $run = submit('ended');
is(wait_for_run($node, $run), 'failed|member_failed', 'a workflow fails');
my $b = run_of($run, 'b');
is(rerun($run, 'a', "$well, reason => 'mended'"), 'succeeded|', 'its step is run again');
is(wait_for_run($node, $run), 'succeeded|', 'and the workflow succeeds after all');
is(steps_of($run), 'a succeeded, b succeeded, c succeeded, d succeeded, e succeeded', 'with what was skipped because of it');
is(order_of($run), 'd e a b c', 'and nothing else twice');
is(sql($node, "select concat_ws(' ', superseded_by = (select max(run_id) from jobgrid.run where rerun_of = $b), root_run) from jobgrid.run where run_id = $b"),
	"t $run", 'each new run is linked to the one it repeats');
is(sql($node, "select string_agg(concat_ws(' ', action, from_state, to_state), ', ' order by at) from jobgrid.history where run_id = $run and action = 'rerun'"),
	'rerun failed running', 'the history has it');
is(sql($node, 'select count(*) from jobgrid_engine.member'), 0, 'nothing is left in the engine');
like(error_of($node, "select * from jobgrid.rerun($b)")->{message}, qr/rerun|again/, 'the old run is not run again');

# All that comes after it
rerun($run, 'b', 'downstream => true');
is(wait_for_run($node, $run), 'succeeded|', 'a step in the middle, with all after it');
is(order_of($run), 'd e a b c b c', 'and no other');

# What has used the old result stays as it is, unless that is asked for
rerun($run, 'd');
is(wait_for_run($node, $run), 'succeeded|', 'a step, without those after it');
is(order_of($run), 'd e a b c b c d', 'which have used what it gave before');

# While the workflow runs
workflow('live', [ step('a', %fails), step('b', needs => ['a']), step('slow', parameters => {sleep => 3}), step('last', needs => [ 'b', 'slow' ]) ]);
$run = submit('live');
wait_until($node, "select count(*) = 3 from jobgrid.run where root_run = $run and state in ('failed', 'skipped')");
is(steps_of($run), 'a failed sql_error, b skipped upstream_failed, last skipped upstream_failed, slow live', 'a failure while other steps run');
rerun($run, 'a', $well);
is(wait_for_run($node, $run), 'succeeded|', 'is mended while they run');
is(steps_of($run), 'a succeeded, b succeeded, last succeeded, slow succeeded', 'and what was skipped waits for them');
like(order_of($run), qr/^a b slow last$|^a slow b last$|^slow a b last$/, 'in order');

# It fails once more
$run = submit('live', q{parameters => '{"sleep": 0}'});
sql($node, q{update jobgrid.job set parameters = '{}' where full_name = 'live/slow'});
wait_for_run($node, $run);
is(rerun($run, 'a'), 'failed|sql_error', 'a step that fails again');
is(wait_for_run($node, $run), 'failed|member_failed', 'fails its workflow again');
is(sql($node, "select count(*) from jobgrid.run where root_run = $run and superseded_by is null and parent_run is not null"), 4, 'each step has one run that counts');

# Inside another workflow, and the whole of one inside
workflow('outer', [ step('first'), {name => 'inner', needs => ['first'], steps => [ step('x', %fails), step('y', needs => ['x']) ]},
		step('last', needs => ['inner']) ]);
$run = submit('outer');
is(wait_for_run($node, $run), 'failed|member_failed', 'a failure inside another workflow fails both');
is(steps_of($run), 'first succeeded, inner failed member_failed, last skipped upstream_failed, x failed sql_error, y skipped upstream_failed', 'as it should');
rerun($run, 'x', $well);
is(wait_for_run($node, $run), 'succeeded|', 'both go on');
is(steps_of($run), 'first succeeded, inner succeeded, last succeeded, x succeeded, y succeeded', 'inside and outside');
$run = submit('outer');
wait_for_run($node, $run);
sql($node, q{update jobgrid.job set parameters = '{}' where full_name = 'outer/inner/x'});
is(rerun($run, 'inner'), 'succeeded|', 'a workflow inside is run again as a whole');
is(wait_for_run($node, $run), 'succeeded|', 'and what lies around it goes on');
is(order_of($run), 'first x y last', 'with all its steps');
is(sql($node, 'select count(*) from jobgrid_engine.member'), 0, 'nothing is left');

# A workflow that was stopped goes on where it stopped
workflow('stopped', [ step('a', %fails), step('b', parameters => {sleep => 0.5}), step('c', needs => ['b']) ], q{on_failure => 'finish'});
$run = submit('stopped');
is(wait_for_run($node, $run), 'failed|member_failed', 'a failure that stops the others');
is(steps_of($run), 'a failed sql_error, b succeeded, c skipped workflow_stopped', 'one of which has not started');
rerun($run, 'a', $well);
is(wait_for_run($node, $run), 'succeeded|', 'that is mended');
is(steps_of($run), 'a succeeded, b succeeded, c succeeded', 'and it starts');

# The whole again is another run, and then the steps of the old one are done with
my $whole = sql($node, "select run_id from jobgrid.rerun($run)");
wait_for_run($node, $whole);
is(sql($node, "select count(*) from jobgrid.run where root_run = $whole and parent_run = $whole"), 3, 'a workflow that is run again has steps of its own');
like(error_of($node, 'select * from jobgrid.rerun(' . run_of($run, 'c') . ')')->{message}, qr/which was run again as $whole/, 'those before are not run again');

done_testing();
