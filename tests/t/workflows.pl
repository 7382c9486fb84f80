# Workflows: steps by after, conditions and branches; what is skipped and why; failure policies, timeouts, cancels.
use strict;
use warnings;
use Jobgrid::Test;
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);

my $node = new_node('main');
sql($node, <<'EOF');
create role worker login;
create table public.log (job text, run_id bigint, at timestamptz default clock_timestamp());
grant all on public.log to worker;
EOF

# A step that writes into the log; "fail", "sleep" and "result" are parameters of the run or of the step.
sub step
{
	my ($name, %more) = @_;
	my $command = "insert into public.log values ('$name', current_setting('jobgrid.run_id')::bigint);"
	  . q{select pg_sleep(coalesce((current_setting('jobgrid.parameters')::jsonb->>'sleep')::float, 0));}
	  . q{select 1 / (not coalesce((current_setting('jobgrid.parameters')::jsonb->>'fail')::boolean, false))::int};
	return {name => $name, kind => 'sql', sql_role => 'worker', command => $command, attempts => 1, %more};
}
sub workflow
{
	my ($name, $steps, $more) = @_;
	my $json = JSON::PP->new->canonical->encode($steps);
	sql($node, "select count(*) from jobgrid.define_workflow('$name', \$j\$$json\$j\$" . ($more ? ", $more" : '') . ')');
	return;
}
sub submit
{
	my ($name, $more) = @_;
	return sql($node, "select run_id from jobgrid.submit('$name'" . ($more ? ", $more" : '') . ')');
}

# How the steps of a run ended: name state reason, in order of names.
sub steps_of
{
	return sql($node, "select string_agg(concat_ws(' ', j.name, r.state, r.reason), ', ' order by j.name)"
		  . " from jobgrid_engine.any_run r join jobgrid.job j using (job_id) where r.root_run = $_[0]");
}

# What the steps wrote, in order.
sub order_of
{
	return sql($node, "select string_agg(l.job, ' ' order by l.at) from public.log l join jobgrid_engine.any_run r using (run_id)"
		  . " where r.root_run = $_[0]");
}
my %fails = (parameters => {fail => JSON::PP::true});

# A diamond
workflow('diamond', [step('a'), step('b', needs => ['a']), step('c', needs => ['a']), step('d', needs => [ 'b', 'c' ])]);
my $run = submit('diamond');
is(wait_for_run($node, $run), 'succeeded|', 'a workflow succeeds when its steps have');
is(steps_of($run), 'a succeeded, b succeeded, c succeeded, d succeeded', 'all of them');
like(order_of($run), qr/^a (b c|c b) d$/, 'in the order of their conditions');
is(sql($node, 'select count(*) from jobgrid_engine.member'), 0, 'nothing is left of it in the engine');
is(sql($node, 'select count(*) from jobgrid_engine.pending_on'), 0, 'nor of its conditions');

# A failure, and what does not depend on it
workflow('broken', [ step('a', %fails), step('b', needs => ['a']), step('c', needs => ['b']), step('d'), step('e', needs => ['d']) ]);
$run = submit('broken');
is(wait_for_run($node, $run), 'failed|member_failed', 'a workflow fails when a step has failed');
is(steps_of($run), 'a failed sql_error, b skipped upstream_failed, c skipped upstream_failed, d succeeded, e succeeded',
	'what depends on it is skipped, the rest goes on');
like(sql($node, "select message from jobgrid.run where run_id = $run"), qr/step "a" failed/, 'and its message names the step');

done_testing();
