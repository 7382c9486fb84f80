# What docs/workflows.md and docs/conditions.md say, as a program: small, slow, and written from them and not from the engine.
# A world has jobs, runs and values; something happens to it, and settle() makes of that whatever follows, until nothing more
# does. It knows no database and no randomness.
#
# A job is a hash of columns of jobgrid.job: name (the full one), kind, after, join_rule, condition, skip_if, semantics,
# when_failed, on_failure, enabled, held. A condition is a tree: ['and', tree, ...], ['or', ...], ['not', tree],
# ['least', number, tree, ...], or an atom: {kind, name, lookback, minutes, compare, with}.
#
# A run is known by its key: of a job "job#2", its second; of a step "flow#1/step", whatever the nesting.
package Jobgrid::Model;
use strict;
use warnings;

my %final = map { $_ => 1 } qw(succeeded failed cancelled skipped);
my %terminated = map { $_ => 1 } qw(timeout killed terminator);

sub new
{
	my ($class, $jobs, $values) = @_;
	my %jobs = map { $_->{name} => {%$_} } @$jobs;
	return bless { jobs => \%jobs, values => {%$values}, runs => {}, order => [], submitted => {}, now => 0, ends => 0, before => 0 }, $class;
}

sub run { return $_[0]{runs}{ $_[1] } }
sub runs { return map { $_[0]{runs}{$_} } @{ $_[0]{order} } }
sub is_final { return $final{ $_[0]{state} } }

# What anybody can see: state and reason of each run, by key. A step for which both speak is skipped for whichever is known first,
# and of what follows from one event that is a matter of moments: "skipped upstream_failed or branch_not_taken".
sub states
{
	my ($self) = @_;
	return { map { $_->{key} => join ' ', $_->{state}, $_->{reason} // (), $self->other_reason($_) // () } $self->runs };
}

sub other_reason
{
	my ($self, $run) = @_;
	my %other = (upstream_failed => 'branch_not_taken', branch_not_taken => 'upstream_failed');
	return if $run->{state} ne 'skipped' || !$other{ $run->{reason} };
	$run->{either} = 1 if $run->{nth} > $self->{before} && $self->never($run) && grep { $self->truth_of_after($run, $_) eq 'false' } @{ $run->{job}{after} };
	return $run->{either} ? "or $other{ $run->{reason} }" : undef;
}

sub never { my ($self, $run) = @_; return $self->evaluate($run, $run->{job}{condition}, 1) eq 'false' }

# What happens. False: it cannot happen now.

sub submit
{
	my ($self, $name, $date) = @_;
	my $job = $self->{jobs}{$name} or return 0;
	$self->make_run($job, $name . '#' . ++$self->{submitted}{$name}, $date);
	return $self->settle;
}

sub end
{
	my ($self, $key, $outcome, $exit) = @_;
	my $run = $self->run($key) or return 0;
	return 0 if $run->{state} ne 'running' || $run->{job}{kind} ne 'external';
	$self->ends($run, $outcome, undef, $exit);
	return $self->settle;
}

sub set_value
{
	my ($self, $name, $value) = @_;
	return 0 if !exists $self->{values}{$name};
	$self->{values}{$name} = $value;
	return $self->settle;
}

# What is not a running workflow ends at once; that starts nothing more, and ends when its steps have.
sub cancel
{
	my ($self, $key) = @_;
	my $run = $self->run($key) or return 0;
	return 0 if is_final($run) || $run->{stopping} && $run->{stopping} eq 'cancel';
	if ($run->{job}{kind} eq 'workflow' && $run->{state} eq 'running') { $self->stop($run, 'cancel') }
	else { $self->ends($run, 'cancelled', 'operator') }
	return $self->settle;
}

sub hold
{
	my ($self, $key) = @_;
	my $run = $self->run($key) or return 0;
	return 0 if $run->{state} ne 'waiting';
	$run->{state} = 'held';
	return $self->settle;
}

sub release
{
	my ($self, $key) = @_;
	my $run = $self->run($key) or return 0;
	return 0 if $run->{state} ne 'held';
	$run->{state} = 'waiting';
	return $self->settle;
}

# A person says how it ended, and by this it has ended now. It had the exit code that it had.
sub set_outcome
{
	my ($self, $key, $outcome) = @_;
	my $run = $self->run($key) or return 0;
	return 0 if !is_final($run) || $run->{state} eq $outcome;
	$self->ends($run, $outcome, 'operator', $run->{exit});
	return $self->settle;
}

# In force at once: also for the runs that wait, but for steps, which are bound to what was when their workflow started.
sub edit
{
	my ($self, $name, $condition) = @_;
	my $job = $self->{jobs}{$name} or return 0;
	$self->{jobs}{$name} = my $new = { %$job, condition => $condition };
	$_->{parent} or $_->{job} = $new for grep { $_->{job}{name} eq $name } $self->runs;
	return $self->settle;
}

sub nothing { return 1 }

sub pass_time
{
	my ($self, $minutes) = @_;
	$self->{before} = $self->{ends}; # what ends from here on is one moment
	$self->{now} += $minutes;
	return $self->settle;
}

# What follows.

sub make_run
{
	my ($self, $job, $key, $date, $parent) = @_;
	my $run = { job => $job, key => $key, date => $date, parent => $parent, state => $job->{held} && $parent ? 'held' : 'waiting' };
	$self->{runs}{$key} = $run;
	push @{ $self->{order} }, $key;
	return $run;
}

sub settle
{
	my ($self) = @_;
	my $again = 1;
	while ($again)
	{
		$again = 0;
		for my $run ($self->runs)
		{
			$again = 1 if $run->{state} eq 'waiting' && $self->look($run);
			$again = 1 if $run->{state} eq 'running' && $run->{job}{kind} eq 'workflow' && $self->complete($run);
		}
	}
	return 1;
}

# A waiting run: does it start, or is it skipped?
sub look
{
	my ($self, $run) = @_;
	my ($verdict, $reason) = $self->verdict($run);
	return 0 if $verdict eq 'waits';
	($verdict, $reason) = ('skipped', 'disabled') if $verdict eq 'starts' && !$run->{job}{enabled};
	($verdict, $reason) = ('skipped', 'skip_if') if $verdict eq 'starts' && $self->holds($run, $run->{job}{skip_if});
	if ($verdict eq 'skipped') { $self->ends($run, 'skipped', $reason) }
	else { $self->starts($run) }
	return 1;
}

sub starts
{
	my ($self, $run) = @_;
	$run->{state} = 'running';
	return if $run->{job}{kind} ne 'workflow';
	$self->make_run($_, "$run->{key}/" . $_->{name} =~ s{.*/}{}r, $run->{date}, $run) for $self->steps($run->{job});
	return;
}

sub steps
{
	my ($self, $job) = @_;
	return map { $self->{jobs}{$_} } grep { m{^\Q$job->{name}\E/[^/]*$} } sort keys %{ $self->{jobs} };
}

sub verdict
{
	my ($self, $run) = @_;
	my @after = map { $self->truth_of_after($run, $_) } @{ $run->{job}{after} };
	my %n = (true => 0, passed => 0, false => 0, open => 0, later => 0);
	$n{$_}++ for @after;
	my $rule = $run->{job}{join_rule};
	my $wanted = $rule eq 'all' ? @after : $rule eq 'any' ? 1 : $rule;
	my $good = $n{true} + ($rule eq 'all' ? $n{passed} : 0); # to be passed over does not count where so many must have succeeded
	my $may = $n{open} + $n{later};
	my $why = $n{false} ? 'upstream_failed' : 'branch_not_taken';

	return ('skipped', $why) if @after && ($good + $may < $wanted || $n{true} + $may == 0); # the second: all were passed over
	return ('skipped', $why) if $self->never($run);
	return ('waits') if @after && ($good < $wanted || $n{true} == 0);
	return $self->holds($run, $run->{job}{condition}) || !$run->{job}{condition} ? ('starts') : ('waits');
}

sub holds
{
	my ($self, $run, $tree) = @_;
	return $tree && $self->evaluate($run, $tree, 0) eq 'true';
}

# How a workflow ends when none of its steps is left.
sub complete
{
	my ($self, $run) = @_;
	my @steps = grep { $_->{parent} && $_->{parent} == $run } $self->runs;
	return 0 if grep { !is_final($_) } @steps;
	if (($run->{stopping} // '') eq 'cancel') { $self->ends($run, 'cancelled', 'operator') }
	elsif (grep { is_failure($_) } @steps) { $self->ends($run, 'failed', 'member_failed') }
	else { $self->ends($run, 'succeeded') }
	return 1;
}

sub ends
{
	my ($self, $run, $state, $reason, $exit) = @_;
	@$run{qw(state reason exit at nth)} = ($state, $reason, $exit, $self->{now}, ++$self->{ends});
	$self->step_ended($run);
	return;
}

sub is_failure { return $_[0]{state} =~ /^(failed|cancelled)$/ && $_[0]{job}{when_failed} ne 'ignore' }

sub step_ended
{
	my ($self, $run) = @_;
	my $flow = $run->{parent} or return;
	$self->stop($flow, $flow->{job}{on_failure})
	  if is_failure($run) && $flow->{job}{on_failure} ne 'continue' && !is_final($flow) && !$flow->{stopping};
	return;
}

# Nothing more of a workflow starts. By finish what runs goes on, be it a workflow; by stop and cancel it is asked to stop, which
# what runs elsewhere does at once.
sub stop
{
	my ($self, $flow, $how) = @_;
	$flow->{stopping} = $how;
	for my $run ($self->runs)
	{
		next if !$run->{parent} || $run->{parent} != $flow || is_final($run);
		if ($run->{state} ne 'running') { $self->ends($run, 'skipped', 'workflow_stopped') }
		elsif ($how eq 'finish') { next }
		elsif ($run->{job}{kind} eq 'workflow') { $self->stop($run, 'cancel') }
		else { $self->ends($run, 'cancelled', 'operator') }
	}
	return;
}

# Names. Of a step, beside it, then beside each workflow it lies in, last among the jobs outside; in AutoSys' spelling the
# job of that name wherever it lies.
sub resolve
{
	my ($self, $job, $name) = @_;
	return (grep { ($_ =~ m{([^/]*)$})[0] eq $name } sort keys %{ $self->{jobs} })[0] if $job->{semantics} eq 'autosys';
	for (my $place = $job->{name}; $place =~ s{/[^/]*$}{};)
	{
		return "$place/$name" if $self->{jobs}{"$place/$name"};
	}
	return $self->{jobs}{$name} ? $name : undef;
}

sub flow_of { return $_[0] =~ m{^([^/]*)/} ? $1 : '' }

# How what a name means has ended: for a run, and whether it may still do so in this very run of a workflow. Of a step of the
# same workflow, its run in the same run of that; what its own workflow never got to has ended as that has.
sub ending_of
{
	my ($self, $run, $atom) = @_;
	my $name = $self->resolve($run->{job}, $atom->{name}) // return;
	if ($run->{parent} && flow_of($name) eq flow_of($run->{job}{name}))
	{
		my ($root) = $run->{key} =~ m{^([^/]*)/};
		my $key = $root . ($name =~ m{(/.*)})[0];
		until ($self->run($key)) { $key =~ s{/[^/]*$}{} }
		my $step = $self->run($key);
		return (is_final($step) ? $step : undef, 1);
	}
	my @ends = sort { $b->{nth} <=> $a->{nth} } grep { $_->{job}{name} eq $name && is_final($_) } $self->runs;
	my $back = $atom->{lookback} // ($run->{job}{semantics} eq 'autosys' ? 'any' : 'date');
	@ends = grep { $_->{date} eq $run->{date} } @ends if $back eq 'date';
	my $last = $ends[0];
	$last = undef if $last && $back eq 'within' && $self->{now} - $last->{at} > $atom->{minutes};
	if ($last && $back eq 'since')
	{
		my ($own) = sort { $b->{nth} <=> $a->{nth} } grep { $_->{job}{name} eq $run->{job}{name} && is_final($_) } $self->runs;
		$last = undef if $own && $last->{nth} < $own->{nth};
	}
	return ($last, 0);
}

# Of after: true, passed (true, but there was nothing to do), false for good, open in this run of the workflow, or not yet so
# and whoever is outside may change that later.
sub truth_of_after
{
	my ($self, $run, $name) = @_;
	my ($end, $inside) = $self->ending_of($run, { name => $name });
	return $inside ? 'open' : 'later' if !$end;
	my ($state, $reason) = ($end->{state}, $end->{reason} // '');
	return 'true' if $state eq 'succeeded' || $state eq 'failed' && $end->{job}{when_failed} eq 'ignore';
	return 'passed' if $state eq 'skipped' && $reason eq 'branch_not_taken';
	return 'true' if $state eq 'skipped' && $reason !~ /^(upstream_failed|workflow_stopped)$/;
	return $inside ? 'false' : 'later';
}

# A condition: true, false, or open. Of what is outside only the moment counts, unless it is asked for what may ever be.
sub evaluate
{
	my ($self, $run, $tree, $ever) = @_;
	return 'true' if !$tree;
	return $self->atom($run, $tree, $ever) if ref $tree eq 'HASH';
	my ($op, @parts) = @$tree;
	my $wanted = $op eq 'least' ? shift @parts : $op eq 'or' ? 1 : @parts;
	my %n = (true => 0, false => 0, open => 0);
	$n{ $self->evaluate($run, $_, $ever) }++ for @parts;
	return $n{open} ? 'open' : $n{true} ? 'false' : 'true' if $op eq 'not';
	return $n{true} >= $wanted ? 'true' : $n{true} + $n{open} >= $wanted ? 'open' : 'false';
}

sub atom
{
	my ($self, $run, $atom, $ever) = @_;
	my $kind = $atom->{kind};
	if ($kind eq 'value')
	{
		return 'open' if $ever;
		return compare($self->{values}{ $atom->{name} }, $atom->{compare}, $atom->{with}) ? 'true' : 'false';
	}
	my ($end, $inside) = $self->ending_of($run, $atom);
	return 'open' if $inside && !$end || !$inside && $ever;
	return $end && said_of($end, $atom, $run->{job}{semantics} eq 'autosys') ? 'true' : 'false';
}

sub said_of
{
	my ($end, $atom, $autosys) = @_;
	my $kind = $atom->{kind};
	my $state = $end->{state};
	my $terminated = $state eq 'cancelled' || $state eq 'failed' && $terminated{ $end->{reason} // '' };
	return $state eq 'succeeded' if $kind eq 'succeeded';
	return $state eq 'failed' && !($autosys && $terminated) if $kind eq 'failed';
	return $terminated if $kind eq 'terminated';
	return !($autosys && $state eq 'skipped') if $kind eq 'ended';
	return $state eq 'skipped' if $kind eq 'skipped';
	return defined $end->{exit} && compare($end->{exit}, $atom->{compare}, $atom->{with}) if $kind eq 'exitcode';
	die "no such atom: $kind\n";
}

sub compare
{
	my ($a, $how, $b) = @_;
	my $order = $a =~ /^-?\d+$/ && $b =~ /^-?\d+$/ ? $a <=> $b : $a cmp $b;
	return { '=' => $order == 0, '<>' => $order != 0, '<' => $order < 0, '<=' => $order <= 0, '>' => $order > 0, '>=' => $order >= 0 }->{$how};
}

1;
