# The record that jobs keep of themselves, outside the database (tests/faults/witness.c), and the comparison of the two:
# what ran, and what the database says about it.
package Jobgrid::Ledger;
use strict;
use warnings;
use Cwd qw(abs_path);
use Exporter 'import';
use JSON::PP ();
use Jobgrid::Test;
use PostgreSQL::Test::Utils;

our @EXPORT = qw(new_ledger judge);

my $witness = abs_path('tests/faults/build/witness');

# A ledger in a fresh folder.
sub new_ledger
{
	my ($node) = @_;
	my $folder = PostgreSQL::Test::Utils::tempdir();
	append_to_file("$folder/ledger", '');
	return bless { node => $node, folder => $folder, file => "$folder/ledger" }, __PACKAGE__;
}

sub folder { return $_[0]{folder} }

# The command of a job, as text for SQL: the verbs are witness.c's. What waits, waits for a file of the ledger's folder.
sub command
{
	my ($self, @verbs) = @_;
	my @words = map { s/^FOLDER/$self->{folder}/r } $witness, $self->{file}, @verbs;
	return join ' ', 'exec', map {"\"$_\""} @words;
}

sub go { my ($self, $name) = @_; append_to_file("$self->{folder}/$name", ''); return }

# What has run: for each START a hash of run, attempt, fence, begin, process, and where there is an END end and code.
sub executions
{
	my ($self) = @_;
	my (@executions, %open);
	for my $line (split /\n/, slurp_file($self->{file}))
	{
		my ($what, $run, $attempt, $fence, $us, $process, $code) = $line =~ /^(START|END) (\d+) (\d+) (\d+) (\d+) (\d+) (\d+)$/
		  or die "not a line of the ledger: $line\n";
		if ($what eq 'START')
		{
			push @executions, { run => $run, attempt => $attempt, fence => $fence, begin => $us, process => $process };
			$open{"$run $attempt $fence $process"} = $executions[-1];
		}
		else
		{
			my $execution = delete $open{"$run $attempt $fence $process"} or die "an END without START: $line\n";
			@$execution{qw(end code)} = ($us, $code);
		}
	}
	return @executions;
}

# What ran of a run, in order: "1 ended 7,2 began".
sub booked
{
	my ($self, $run) = @_;
	return join ',', map { "$_->{attempt} " . (defined $_->{end} ? "ended $_->{code}" : 'began') }
	  grep { $_->{run} == $run } $self->executions;
}

sub wait_until_booked
{
	my ($self, $run, $expected) = @_;
	my $guard = 20 * $PostgreSQL::Test::Utils::timeout_default;
	select undef, undef, undef, 0.05 while $self->booked($run) ne $expected && $guard-- > 0;
	die "the ledger says of run $run: " . $self->booked($run) . "\n" if $guard <= 0;
	return;
}

# Processes of jobs of this ledger that are there now.
sub processes
{
	my ($self) = @_;
	my @found;
	for my $file (glob '/proc/[0-9]*/cmdline')
	{
		my $line = eval { slurp_file($file) } // next;
		push @found, $file =~ m{/(\d+)/} if index($line, $self->{file}) >= 0;
	}
	return @found;
}

# Every way in which the database and the ledger do not agree, in words.
sub complaints
{
	my ($self) = @_;
	my $truth = JSON::PP->new->decode(sql($self->{node}, <<'SQL'));
with witnessed as (
    select r.run_id from jobgrid_engine.any_run r join jobgrid.job j using (job_id) where j.command like '%witness%')
select json_build_object(
    'runs', (select coalesce(json_agg(json_build_object('run', r.run_id, 'state', r.state, 'reason', r.reason,
                                                        'exit_code', r.exit_code)), '[]')
             from jobgrid.run r join witnessed w using (run_id)),
    'attempts', (select coalesce(json_agg(json_build_object('run', a.run_id, 'attempt', a.attempt, 'fence', a.fence,
                     'state', a.state, 'reason', a.reason, 'exit_code', a.exit_code, 'signal', a.signal)), '[]')
                 from (select run_id, attempt, fence, state, reason, exit_code, signal from jobgrid_engine.any_attempt
                       union all
                       select run_id, attempt, fence, state, reason, null, null from jobgrid_engine.live_run
                       where fence is not null) a
                 join witnessed w using (run_id)),
    'ghosts', (select coalesce(json_agg(json_build_object('run', g.run_id, 'attempt', g.attempt, 'fence', g.fence)), '[]')
               from jobgrid_engine.ghost g))
SQL
	return judge([ $self->executions ], @$truth{qw(runs attempts ghosts)});
}

sub key_of { my ($it) = @_; return "$it->{run} $it->{attempt} $it->{fence}" }

# Nobody has seen how it ended, and the database says so.
sub is_doubtful
{
	my ($attempt) = @_;
	return $attempt->{state} eq 'unknown'
	  || ($attempt->{reason} // '') =~ /^(executor_lost|no_outcome|ghost|unkillable)$/;
}

sub is_live { my ($attempt) = @_; return $attempt->{state} =~ /^(starting|running)$/ }

# The comparison itself, of lists of hashes; see executions() and complaints() for their fields.
sub judge
{
	my ($executions, $runs, $attempts, $ghosts) = @_;
	my @complaints;
	my %attempt_of = map { key_of($_) => $_ } @$attempts;
	my %ghost = map { key_of($_) => 1 } @$ghosts;
	my (%executions_of, %seen);

	for my $execution (@$executions)
	{
		my $key = key_of($execution);
		my $attempt = $attempt_of{$key};
		push @complaints, "attempt $key began twice" if $seen{$key}++;
		push @complaints, "attempt $key ran, and the database does not know it" if !$attempt && !$ghost{$key};
		push @{ $executions_of{ $execution->{run} } }, $execution;
		push @complaints, judge_end($key, $execution, $attempt) if $attempt;
	}
	for my $attempt (@$attempts)
	{
		my $key = key_of($attempt);
		push @complaints, "attempt $key never ran, but $attempt->{state}"
		  if !$seen{$key} && ($attempt->{state} eq 'succeeded' || defined $attempt->{exit_code});
	}
	push @complaints, map { judge_run($_, $executions_of{ $_->{run} } // [], \%attempt_of) } @$runs;
	my %known = map { $_->{run} => 1 } @$runs;
	push @complaints, "run $_ has attempts, and is not there" for grep { !$known{$_} } keys %executions_of;
	return @complaints;
}

# An end that somebody saw is the one that was.
sub judge_end
{
	my ($key, $execution, $attempt) = @_;
	if (defined $attempt->{exit_code})
	{
		return "attempt $key: exit code $attempt->{exit_code}, and the job had not ended" if !defined $execution->{end};
		return "attempt $key: exit code $attempt->{exit_code} instead of $execution->{code}"
		  if $attempt->{exit_code} != $execution->{code};
	}
	return "attempt $key succeeded, and the job had not ended" if $attempt->{state} eq 'succeeded' && !defined $execution->{end};
	if (defined $execution->{end} && $execution->{code} > 128 && ($attempt->{reason} // '') eq 'signal')
	{
		return "attempt $key: signal $attempt->{signal} instead of " . ($execution->{code} - 128)
		  if $attempt->{signal} != $execution->{code} - 128;
	}
	return;
}

# Another attempt begins when the one before has ended as somebody saw, and not well; or the database says it is in doubt.
sub judge_run
{
	my ($run, $executions, $attempt_of) = @_;
	my @complaints;
	my @ordered = sort { $a->{begin} <=> $b->{begin} } @$executions;
	for my $i (0 .. $#ordered - 1)
	{
		my ($this, $next) = @ordered[ $i, $i + 1 ];
		my $attempt = $attempt_of->{ key_of($this) } // next;
		push @complaints, 'attempt ' . key_of($this) . " succeeded, and another one ran" if $attempt->{state} eq 'succeeded';
		push @complaints, 'attempt ' . key_of($this) . ' ran on when another one began, and is in no doubt'
		  if !is_doubtful($attempt) && (!defined $this->{end} ? is_live($attempt) : $this->{end} > $next->{begin});
		push @complaints, 'attempt ' . key_of($this) . ' began before the one with the lower fence' if $this->{fence} > $next->{fence};
	}
	if ($run->{state} eq 'succeeded')
	{
		my $last = @ordered ? $attempt_of->{ key_of($ordered[-1]) } : undef;
		push @complaints, "run $run->{run} succeeded, and its last attempt did not"
		  if !$last || $last->{state} ne 'succeeded';
	}
	return @complaints;
}

1;
