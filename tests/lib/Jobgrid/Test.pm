# Servers and executors for TAP tests, on top of PostgreSQL::Test::Cluster. What a test starts through this module ends
# with the test, however it ends. It must not know what jobs do; that is the tests' business.
package Jobgrid::Test;
use strict;
use warnings;
use Cwd qw(abs_path);
use Exporter 'import';
use File::Basename qw(basename);
use IPC::Run ();
use JSON::PP ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;

our @EXPORT = qw(new_node sql error_of start_executor start_session wait_until wait_for_run wait_for_value report known);

my $database = 'jobgrid';
my $test = basename($0, '.pl', '.t'); # tests side by side write their logs into one folder
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
	my ($node, $query, %options) = @_;
	return $node->safe_psql($database, $query, $options{user} ? (extra_params => [ '-U', $options{user} ]) : ());
}

# Runs SQL that is to fail and gives back what the error says: a hash of sqlstate, message, detail and hint, undefined
# where there is none. Options: user => role, database => name.
sub error_of
{
	my ($node, $query, %options) = @_;
	my $text = '';
	$node->psql(
		$options{database} // $database, $query,
		stderr => \$text,
		on_error_stop => 0,
		extra_params => [ '-v', 'VERBOSITY=verbose', $options{user} ? ('-U', $options{user}) : () ]);
	return parse_error($text);
}

sub parse_error
{
	my ($text) = @_;
	my %error;
	@error{qw(sqlstate message)} = ($1, $2) if $text =~ /(?:ERROR|FATAL):  ([0-9A-Z]{5}): (.*)/;
	$error{detail} = $1 if $text =~ /^DETAIL:  (.*)/m;
	$error{hint} = $1 if $text =~ /^HINT:  (.*)/m;
	return \%error;
}

# A login role that may be an executor.
sub executor_role
{
	my ($node, $name) = @_;
	my $role = "executor_$name";
	sql($node, "create role \"$role\" login in role jobgrid_executor")
	  if sql($node, "select to_regrole('\"$role\"')") eq '';
	return $role;
}

# A session that speaks the executor's protocol by hand, for tests that need an executor which behaves as they say.
# Options: name, user, database.
sub start_session
{
	my ($node, %options) = @_;
	my $name = $options{name} // 'hand';
	my $role = $options{user} // executor_role($node, $name);
	my $psql = $node->background_psql($options{database} // $database, on_error_stop => 0,
		extra_params => [ '-U', $role, '-v', 'VERBOSITY=verbose' ]);
	return bless { node => $node, name => $name, psql => $psql, request => 0 }, 'Jobgrid::Test::Session';
}

# SQL text of a report on an attempt that an exchange has handed out. Fields: exit_code, signal, run_us, age_us, cpu_us,
# max_rss_kb, message, result.
sub report
{
	my ($attempt, $event, %fields) = @_;
	my @texts = map { defined $_ ? "'" . s/'/''/gr . "'" : 'null' } @fields{qw(message result)};
	return sprintf "row(%s, %s, %s, '%s', %s)::jobgrid_engine.report",
	  (map { $attempt->{$_} } qw(run_id attempt fence)), $event,
	  join(', ', (map { $fields{$_} // 'null' } qw(exit_code signal run_us age_us cpu_us max_rss_kb)), @texts);
}

# SQL text of hello()'s argument known: attempts as an exchange has handed them out, in a state; of those that have their
# own field state, in that. Fields tenant and job, where they are there, are names.
sub known
{
	my ($state, @attempts) = @_;
	my @rows = map {
		my $attempt = $_;
		my @names = map { defined $attempt->{$_} ? "'" . $attempt->{$_} =~ s/'/''/gr . "'" : 'null' } qw(tenant job);
		sprintf "row(%s, %s, %s, '%s', %s, %s)", (map { $attempt->{$_} } qw(run_id attempt fence)),
		  $attempt->{state} // $state, @names
	} @attempts;
	return 'array[' . join(', ', @rows) . ']::jobgrid_engine.known_attempt[]';
}

# Starts an executor with a login role of its own and waits until it is online. Options: name, slots, arguments =>
# [further arguments], database => connection string, folder => its work directory, by default a fresh one, wait => 0,
# plain => 1 for never one with sanitizers, whose time and memory are not a program's own, faults => folder for one whose
# disk, clock and boot do as files in that folder say (tests/unit/lib/*_faults.c). The object has pid, log, folder, and
# the methods below.
sub start_executor
{
	my ($node, %options) = @_;
	my $name = $options{name} // 'node1';
	my $role = executor_role($node, $name);

	my $folder = $options{folder} // PostgreSQL::Test::Utils::tempdir("executor_$name");
	my $log = "$PostgreSQL::Test::Utils::log_path/${test}_executor_$name.log";
	my $program = !$options{plain} && $ENV{JOBGRID_EXECUTOR} || 'jobgrid-executor';
	my $runners = !$options{plain} && $ENV{JOBGRID_RUNNERS};
	($program, $runners) = map { abs_path($_) } 'tests/faults/build/jobgrid-executor', 'executor/build-asan/kinds' if $options{faults};
	local $ENV{JOBGRID_TEST_FAULTS} = $options{faults} // '';
	my @command = (
		$program, '--name', $name, '--slots', $options{slots} // 4, '--work-dir', $folder,
		$runners ? ('--runners-dir', $runners) : (),
		'--database', $options{database} // $node->connstr($database) . " user=$role",
		@{ $options{arguments} // [] });
	# Only root can give groups away.
	unshift @command, '/bin/sh', '-c', 'for g in $JOBGRID_TEST_GROUPS; do echo $$ >"$g/cgroup.procs" || exit; done; exec "$@"', 'sh'
	  if $options{groups};
	my $self = bless { name => $name, log => $log, node => $node, folder => $folder }, 'Jobgrid::Test::Executor';
	$self->{harness} = IPC::Run::start(\@command, '<', \undef, '>>', $log, '2>>', $log);
	$self->{pid} = $self->{harness}{KIDS}[0]{PID};
	push @executors, $self;

	wait_until($node, "select e.state = 'online' and not s.suspect from jobgrid_engine.executor e
		join jobgrid_engine.executor_stat() s using (executor_id) where e.name = '$name'")
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

# Waits until a query gives a value, and says what it gave last where it never does.
sub wait_for_value
{
	my ($node, $query, $expected) = @_;
	$node->poll_query_until($database, $query, $expected)
	  or die "never \"$expected\": $query\nlast: " . sql($node, $query) . "\n";
	return;
}

# Waits until a run is in a state, by default in a final one, and gives back its state and reason as "state|reason".
sub wait_for_run
{
	my ($node, $run_id, $state) = @_;
	my $states = $state ? "'$state'" : "'succeeded', 'failed', 'cancelled', 'skipped'";
	$node->poll_query_until($database, "select state in ($states) from jobgrid.run where run_id = $run_id")
	  or die "run $run_id is not in $states, but " . sql($node, "select * from jobgrid.why($run_id)") . "\n";
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
sub folder { return $_[0]{folder} }

# The process that talks to the database; undefined where there is none at the moment.
sub agent
{
	my ($self) = @_;
	for my $stat (glob '/proc/[0-9]*/stat')
	{
		my $line = eval { PostgreSQL::Test::Utils::slurp_file($stat) } or next;
		return $1 if $line =~ /^(\d+) \(jobgrid-agent\) \S $self->{pid} /;
	}
	return;
}

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
	CORE::kill('TERM', $self->{pid}) if !$self->{ended};
	return $self->wait_for_end;
}

# Waits for the end of the main process, which comes by itself or was asked for; gives back its exit status, or the signal
# that it died by, as a shell says it.
sub wait_for_end
{
	my ($self) = @_;
	eval { $self->{harness}->finish };
	$self->{ended} = 1;
	my $status = $self->{harness}->full_result(0);
	return $status & 127 ? 128 + ($status & 127) : $status >> 8;
}

# Keeper and agent die at one moment. What runs, runs on.
sub crash
{
	my ($self) = @_;
	my $agent = $self->agent;
	CORE::kill('STOP', $self->{pid}, $agent);
	CORE::kill('KILL', $agent);
	return $self->kill('KILL');
}

# Waits until the end of a run's first attempt is in the journal. A record is: length, type 3, checksum, 0, run, fence,
# attempt.
sub wait_for_record
{
	my ($self, $run) = @_;
	my $key = quotemeta pack 'q', $run;
	my $guard = 20 * $PostgreSQL::Test::Utils::timeout_default;
	while ($guard-- > 0)
	{
		for (glob "$self->{folder}/journal.?")
		{
			return if PostgreSQL::Test::Utils::slurp_file($_) =~ /\x03\0\0\0.{4}\0{4}$key.{8}\x01\0\0\0/s;
		}
		select undef, undef, undef, 0.05;
	}
	die "the end of run $run is not in the journal\n";
}

package Jobgrid::Test::Session;
use strict;
use warnings;

# Runs SQL in the session; gives back what it prints, and in list context also the error as error_of() does.
sub query
{
	my ($self, $query) = @_;
	$self->{psql}{stderr} = '';
	my $output = $self->{psql}->query($query);
	# psql prints them behind the answer they came with.
	$self->{notifications} += ($output =~ s/\n?^Asynchronous notification .*$//mg);
	my $error = Jobgrid::Test::parse_error($self->{psql}{stderr});
	return wantarray ? ($output, $error) : $output;
}

# The one value or the rows of a query, read from JSON; dies on an error.
sub rows
{
	my ($self, $query) = @_;
	my ($output, $error) = $self->query("select coalesce(json_agg(q), '[]') from ($query) q");
	die "$error->{sqlstate}: $error->{message}\n$query\n" if $error->{sqlstate};
	return JSON::PP->new->allow_bignum->decode($output);
}

# Says hello; gives back the welcome. Arguments: more of hello()'s, as SQL text.
sub hello
{
	my ($self, %arguments) = @_;
	$self->{instance} //= $self->query('select gen_random_uuid()');
	my %all = (
		name => "'$self->{name}'", instance => "'$self->{instance}'", protocol => 1, slots => 100,
		kinds => "'{shell,noop}'", %arguments);
	my $welcome = $self->rows(
		'select * from jobgrid_engine.hello(' . join(', ', map {"$_ => $all{$_}"} sort keys %all) . ')')->[0];
	$self->{request} = $welcome->{last_request};
	return $welcome;
}

# One exchange: reports as report() makes them, and free slots; gives back the answers.
sub exchange
{
	my ($self, $reports, $free_slots) = @_;
	$self->{request}++;
	return @{
		$self->rows("select * from jobgrid_engine.exchange($self->{request}, array["
			  . join(', ', @$reports) . "]::jobgrid_engine.report[], $free_slots)")
	};
}

# Takes as many attempts as wanted, waiting until they are to be had.
sub claim
{
	my ($self, $want) = @_;
	my @claimed;
	my $deadline = time + $PostgreSQL::Test::Utils::timeout_default;
	while (@claimed < $want)
	{
		die "claimed only " . @claimed . " of $want\n" if time > $deadline;
		push @claimed, grep { $_->{what} eq 'attempt' } $self->exchange([], $want - @claimed);
		last if @claimed >= $want;
		Jobgrid::Test::wait_until($self->{node}, 'select exists (select from jobgrid_engine.ready)');
	}
	return @claimed;
}

# How many notifications have come since the last call; the session LISTENs where the test has said so.
sub notified
{
	my ($self) = @_;
	$self->query('select');
	my $count = $self->{notifications};
	$self->{notifications} = 0;
	return $count;
}

# Ends the session without a word, as a lost connection does.
sub leave
{
	my ($self) = @_;
	eval { $self->{psql}->quit };
	return;
}

1;
