# Workflows of SQL steps, which write down what they did: public.log has a row for each that succeeded.
package Jobgrid::Workflows;
use strict;
use warnings;
use Exporter 'import';
use JSON::PP;
use Jobgrid::Test;

our @EXPORT = qw(workflow_node step workflow submit steps_of order_of run_of %fails);
our %fails = (parameters => {fail => JSON::PP::true});

my $node;

sub workflow_node
{
	my ($name, %options) = @_;
	$node = new_node($name, %options);
	sql($node, <<'EOF');
create role worker login;
create table public.log (job text, run_id bigint, at timestamptz default clock_timestamp());
grant all on public.log to worker;
EOF
	return $node;
}

# A step; "fail" and "sleep" are parameters of the run or of the step.
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

# How the newest runs of the steps ended: name state reason, in order of names.
sub steps_of
{
	return sql($node, "select string_agg(concat_ws(' ', j.name, r.state, r.reason), ', ' order by j.name)"
		  . " from jobgrid_engine.any_run r join jobgrid.job j using (job_id)"
		  . " where r.root_run = $_[0] and r.parent_run is not null and r.superseded_by is null");
}

# What the steps wrote, in order; what fails has written nothing.
sub order_of
{
	return sql($node, "select string_agg(l.job, ' ' order by l.at) from public.log l join jobgrid_engine.any_run r using (run_id)"
		  . " where r.root_run = $_[0]");
}

# The newest run of a step
sub run_of
{
	my ($root, $name) = @_;
	return sql($node, "select max(r.run_id) from jobgrid_engine.any_run r join jobgrid.job j using (job_id)"
		  . " where r.root_run = $root and j.name = '$name'");
}

1;
