# Servers and executors for TAP tests, on top of PostgreSQL::Test::Cluster. What a test starts through this module ends
# with the test, however it ends. It must not know what jobs do; that is the tests' business.
package Jobgrid::Test;
use strict;
use warnings;
use Exporter 'import';
use IPC::Run ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;

our @EXPORT = qw(new_node sql start_executor wait_until wait_for_run);

my $database = 'jobgrid';
my @executors;

# A started server with the extension in database jobgrid. Options: conf => text for postgresql.conf, extension => 0
# for none yet, start => 0 for a server that is only initialised; further ones go to PostgreSQL::Test::Cluster's init.
sub new_node
{
	my ($name, %options) = @_;
	my %mine = (conf => '', extension => 1, start => 1);
	for (keys %mine) { $mine{$_} = delete $options{$_} if exists $options{$_} }

	my $node = PostgreSQL::Test::Cluster->new($name);
	$node->init(%options);
	my $create = "create database $database\n";
	my $output;
	IPC::Run::run([ 'postgres', '--single', '-D', $node->data_dir, 'postgres' ], '<', \$create, '>&', \$output)
	  or die "could not create database $database: $output";
	$node->append_conf('postgresql.conf', <<"EOF");
shared_preload_libraries = 'jobgrid'
jobgrid.database = '$database'
fsync = on
$mine{conf}
EOF
	return $node if !$mine{start};
	$node->start;
	sql($node, 'set client_min_messages to warning; create extension jobgrid') if $mine{extension};
	return $node;
}

# Runs SQL as superuser in database jobgrid, gives back what it prints, dies on an error.
sub sql
{
	my ($node, $query) = @_;
	return $node->safe_psql($database, $query);
}

# Starts an executor with a login role of its own and waits until it is online. Options: name, slots, arguments =>
# [further arguments], database => connection string, wait => 0. The object has pid, log, and the methods below.
sub start_executor
{
	my ($node, %options) = @_;
	my $name = $options{name} // 'node1';
	my $role = "executor_$name";
	sql($node, "create role \"$role\" login in role jobgrid_executor")
	  if sql($node, "select to_regrole('\"$role\"')") eq '';

	my $folder = PostgreSQL::Test::Utils::tempdir("executor_$name");
	my $log = "$PostgreSQL::Test::Utils::log_path/executor_$name.log";
	my @command = (
		'jobgrid-executor', '--name', $name, '--slots', $options{slots} // 4, '--work-dir', $folder,
		'--database', $options{database} // $node->connstr($database) . " user=$role",
		@{ $options{arguments} // [] });
	my $self = bless { name => $name, log => $log, node => $node }, 'Jobgrid::Test::Executor';
	$self->{harness} = IPC::Run::start(\@command, '<', \undef, '>>', $log, '2>>', $log);
	$self->{pid} = $self->{harness}{KIDS}[0]{PID};
	push @executors, $self;

	wait_until($node, "select state = 'online' from jobgrid.executor where executor = '$name'")
	  if $options{wait} // 1;
	return $self;
}

# Waits until a query gives true. Guards are generous: they end a test that hangs, and measure nothing.
sub wait_until
{
	my ($node, $query) = @_;
	$node->poll_query_until($database, $query) or die "still not true: $query\n";
	return;
}

# Waits until a run is in a state, by default in a final one, and gives back its state and reason as "state|reason".
sub wait_for_run
{
	my ($node, $run_id, $state) = @_;
	my $states = $state ? "'$state'" : "'succeeded', 'failed', 'cancelled', 'skipped'";
	wait_until($node, "select state in ($states) from jobgrid.run where run_id = $run_id");
	return sql($node, "select state, reason from jobgrid.run where run_id = $run_id");
}

END
{
	my $status = $?;
	$_->kill('KILL') for @executors;
	$? = $status;
}

package Jobgrid::Test::Executor;
use strict;
use warnings;

sub pid { return $_[0]{pid} }
sub log { return $_[0]{log} }

# Sends a signal to the executor's main process and, unless it is to live on, waits for its end.
sub kill
{
	my ($self, $signal) = @_;
	return if $self->{ended};
	CORE::kill($signal, $self->{pid});
	eval { $self->{harness}->finish };
	$self->{ended} = 1;
	return;
}

# A clean stop; gives back the exit status.
sub stop
{
	my ($self) = @_;
	$self->kill('TERM');
	return $self->{harness}->full_result(0) >> 8;
}

1;
