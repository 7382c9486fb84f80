# Random histories of jobs and workflows: what is defined, what happens, and what the model says after each event. The same
# number gives the same history. A history is {name, jobs, values, events}; an event is [verb, argument, ...], its
# arguments those of the model's method of that name. It knows the grammar and the SQL of it, and nothing of what is right.
package Jobgrid::History;
use strict;
use warnings;
use Exporter 'import';
use Jobgrid::Model;

our @EXPORT_OK = qw(make_history play condition_text job_sql event_sql script smaller %without);

# Constructs that are left out; the reasons stand in the test that sets them.
our %without;

our $minutes = 10; # that pass before each event

my @dates = qw(2030-03-04 2030-03-05);

sub chance { return rand() < $_[0] }
sub any { return $_[ int rand @_ ] }
sub some { my ($n, @from) = @_; return (sort { $a->[0] <=> $b->[0] } map { [ rand, $_ ] } @from)[ 0 .. $n - 1 ] }
sub picks { my ($n, @from) = @_; $n = @from if $n > @from; my %at = map { $from[$_] => $_ } 0 .. $#from; return sort { $at{$a} <=> $at{$b} } map { $_->[1] } some($n, @from) }
sub leaf { return ($_[0] =~ m{([^/]*)$})[0] }

# Jobs are made in an order; those of one date or one run only ever wait for earlier ones, so that nothing is a circle.
sub make_history
{
	my ($number, $seed) = @_;
	srand($seed * 1_000_003 + $number);
	my $h = { name => "h$number", jobs => [], values => { "h${number}_x" => 'open', "h${number}_y" => 2 }, events => [] };
	my @units = (('job') x (1 + int rand 3), ('flow') x (1 + (chance(0.4) ? 1 : 0)));
	@units = map { $_->[1] } some(scalar @units, @units);
	my $n = 0;
	for my $unit (@units)
	{
		my $name = "h${number}_" . ('a' .. 'z')[ $n++ ];
		if ($unit eq 'job') { make_job($h, $name, undef) }
		else { make_flow($h, $name, undef, 2 + int rand 7) }
	}
	# Later units can be asked for what was last, whenever; so conditions come when all are there.
	add_conditions($h);
	make_events($h, 6 + int rand 14);
	return $h;
}

sub make_job
{
	my ($h, $name, $parent, %more) = @_;
	my %job = (
		name => $parent ? "$parent/$name" : $name, kind => 'external', after => [], join_rule => 'all', semantics => 'native',
		when_failed => 'fail', on_failure => 'continue', enabled => 1, held => 0, %more);
	push @{ $h->{jobs} }, \%job;
	return \%job;
}

sub make_flow
{
	my ($h, $name, $parent, $size) = @_;
	my $flow = make_job($h, $name, $parent, kind => 'workflow', on_failure => any(qw(continue continue finish stop)));
	for my $i (1 .. $size)
	{
		my $step = leaf($name) . "s$i";
		if (!$parent && $size > 3 && $i > 1 && chance(0.15)) { make_flow($h, $step, $flow->{name}, 1 + int rand 3) }
		else { make_job($h, $step, $flow->{name}) }
	}
	return $flow;
}

sub add_conditions
{
	my ($h) = @_;
	my @jobs = @{ $h->{jobs} };
	for my $i (0 .. $#jobs)
	{
		my $job = $jobs[$i];
		my $step = $job->{name} =~ m{/};
		if (!$step && $job->{kind} eq 'external' && chance(0.3))
		{
			$job->{semantics} = 'autosys';
			$job->{condition} = tree($h, $i, 0) if chance(0.7);
			next;
		}
		my @near = earlier($h, $i);
		if (@near && chance($step ? 0.65 : 0.35))
		{
			my @after = picks(1 + int rand 3, map { leaf_of($h, $job, $_) } @near);
			$job->{after} = \@after;
			$job->{join_rule} = any('all', 'all', 'any', 1 + int rand @after) if @after > 1;
		}
		$job->{condition} = tree($h, $i, 0) if chance($step ? 0.4 : 0.5);
		$job->{skip_if} = skip_tree($h, $i) if chance(0.12) && !$job->{since_own} && !($without{bare_skip_if} && !@{ $job->{after} } && !$job->{condition});
		next if !$step;
		$job->{when_failed} = 'ignore' if chance(0.12);
		$job->{enabled} = 0 if chance(0.08) && !$job->{since_own};
		$job->{held} = 1 if chance(0.06);
	}
	return;
}

# What a job may run after: of a step, mostly steps before it in its workflow; else whole jobs before it.
sub earlier
{
	my ($h, $i) = @_;
	my $job = $h->{jobs}[$i];
	my @before = grep { !is_in($job, $_) } @{ $h->{jobs} }[ 0 .. $i - 1 ];
	my ($flow) = $job->{name} =~ m{^([^/]*)/};
	my @inside = $flow ? grep { $_->{name} =~ m{^\Q$flow\E/} && is_near($h, $job, $_) } @before : ();
	return @inside if @inside && chance(0.9);
	return grep { $_->{name} !~ m{/} } @before;
}

# A step beside the job or further out, and not in another inner workflow: that ends a moment after its steps, and where it stops
# others by this, it is a matter of moments which of them have started.
sub is_near
{
	my ($h, $job, $step) = @_;
	my ($flow) = $step->{name} =~ m{^(.*)/};
	return 1 if $job->{name} =~ m{^\Q$flow\E/};
	my ($root) = $flow =~ m{^([^/]*)};
	return !$without{inner_steps} && (grep { $_->{name} eq $root } @{ $h->{jobs} })[0]{on_failure} eq 'continue';
}

sub is_in { my ($job, $flow) = @_; return $job->{name} =~ m{^\Q$flow->{name}\E/} }

# How a job says another one's name.
sub leaf_of
{
	my ($h, $job, $other) = @_;
	return leaf($other->{name}) if $job->{semantics} eq 'autosys';
	my ($flow) = $job->{name} =~ m{^([^/]*)/};
	return $flow && $other->{name} =~ m{^\Q$flow\E/(.*)} ? $1 : $other->{name};
}

sub tree
{
	my ($h, $i, $depth) = @_;
	my $autosys = $h->{jobs}[$i]{semantics} eq 'autosys';
	return atom($h, $i) if $depth > 2 || chance(0.45 + 0.15 * $depth);
	my $op = $autosys ? any(qw(and or)) : any(qw(and and or or not least));
	return [ 'not', tree($h, $i, $depth + 1) ] if $op eq 'not';
	my @parts = map { tree($h, $i, $depth + 1) } 1 .. 2 + int rand 2;
	return [ 'least', 1 + int rand @parts, @parts ] if $op eq 'least';
	return [ $op, @parts ];
}

sub value_atom
{
	my ($h) = @_;
	return { kind => 'value', name => "$h->{name}_y", compare => any(qw(= <> < <= > >=)), with => 1 + int rand 3 } if chance(0.5);
	return { kind => 'value', name => "$h->{name}_x", compare => any('=', '<>'), with => any(qw(open shut)) };
}

sub atom
{
	my ($h, $i) = @_;
	my $job = $h->{jobs}[$i];
	my $autosys = $job->{semantics} eq 'autosys';
	my ($flow) = $job->{name} =~ m{^([^/]*)/};
	my @before = grep { !is_in($job, $_) } @{ $h->{jobs} }[ 0 .. $i - 1 ];
	my @inside = $flow ? grep { $_->{name} =~ m{^\Q$flow\E/} && is_near($h, $job, $_) } @before : ();
	my @outside = grep { !$flow || $_->{name} !~ m{^\Q$flow\E(/|$)} } @{ $h->{jobs} };
	@outside = grep { $_ != $job && !is_in($_, $job) } @outside;
	my %atom;
	return value_atom($h) if chance(0.15);
	if (@inside && chance(0.8)) { $atom{name} = leaf_of($h, $job, any(@inside)) }
	elsif (@outside)
	{
		my $other = any(@outside);
		my $is_before = grep { $_ == $other } @before;
		$atom{name} = leaf_of($h, $job, $other);
		$atom{lookback} = 'any' if !$autosys && (!$is_before || chance(0.3));
		if (!$without{ages} && chance(0.25))
		{
			# What ends in the moment in which it could start, empty or passed by: another run that waits beside it sees either.
			$atom{lookback} = $job->{kind} ne 'external' || !$job->{enabled} ? 'within' : any(qw(within within since));
			$job->{since_own} = 1 if $atom{lookback} eq 'since';
			$atom{minutes} = any(5, 15, 25, 45) if $atom{lookback} eq 'within';
		}
	}
	else { return value_atom($h) }
	$atom{kind} = any(qw(succeeded succeeded failed failed ended exitcode), $autosys ? 'terminated' : qw(terminated skipped));
	@atom{qw(compare with)} = (any(qw(= <> < <= > >=)), int rand 4) if $atom{kind} eq 'exitcode';
	return \%atom;
}

# What is asked at one moment must not depend on what else happens at that moment: values, and what has surely ended.
sub skip_tree
{
	my ($h, $i) = @_;
	my $job = $h->{jobs}[$i];
	return value_atom($h) if !@{ $job->{after} } || $job->{join_rule} ne 'all' || $job->{name} !~ m{/} || chance(0.5);
	my %atom = (name => any(@{ $job->{after} }), kind => any(qw(succeeded failed skipped ended)));
	return value_atom($h) if $atom{name} !~ m{s\d};
	return \%atom;
}

sub make_events
{
	my ($h, $count) = @_;
	my $model = Jobgrid::Model->new($h->{jobs}, $h->{values});
	my @top = grep { $_->{name} !~ m{/} } @{ $h->{jobs} };
	for my $i (1 .. $count)
	{
		my @event;
		$model->pass_time($minutes);
		for (1 .. 20)
		{
			@event = event($h, $model, $i <= @top ? $top[ $i - 1 ]{name} : any(@top)->{name}, $i <= @top);
			last if @event && apply($model, \@event);
			@event = ();
		}
		push @{ $h->{events} }, @event ? [@event] : ['nothing'];
	}
	return;
}

sub event
{
	my ($h, $model, $name, $must) = @_;
	my @live = grep { !Jobgrid::Model::is_final($_) } $model->runs;
	my @running = grep { $_->{state} eq 'running' && $_->{job}{kind} eq 'external' } @live;
	my @over = grep { Jobgrid::Model::is_final($_) && !($without{outcome_exit} && defined $_->{exit}) } $model->runs;
	my $dice = rand;
	return ('submit', $name, chance(0.8) ? $dates[0] : $dates[1]) if $must || $dice < 0.12;
	if ($dice < 0.70 && @running)
	{
		my $outcome = any(qw(succeeded succeeded succeeded failed failed cancelled));
		my $exit = chance(0.3) ? undef : $outcome eq 'succeeded' ? any(0, 0, 1) : $outcome eq 'failed' ? 1 + int rand 3 : undef;
		return ('end', any(@running)->{key}, $outcome, $exit);
	}
	return ('set_value', "$h->{name}_x", any(qw(open shut))) if $dice < 0.74;
	return ('set_value', "$h->{name}_y", 1 + int rand 3) if $dice < 0.78;
	return ('cancel', any(@live)->{key}) if $dice < 0.82 && @live;
	return ('hold', any(@live)->{key}) if $dice < 0.86 && @live;
	return ('release', any(@live)->{key}) if $dice < 0.92 && @live;
	return ('set_outcome', any(@over)->{key}, any(qw(succeeded failed cancelled skipped))) if $dice < 0.96 && @over;
	my @waiting = grep { $_->{state} eq 'waiting' && ($_->{parent} ? !$without{step_edits} : $_->{job}{kind} eq 'external') } @live;
	if (@waiting)
	{
		my $job = any(@waiting)->{job};
		my ($i) = grep { $h->{jobs}[$_]{name} eq $job->{name} } 0 .. $#{ $h->{jobs} };
		return ('edit', $job->{name}, chance(0.1) ? undef : tree($h, $i, 0));
	}
	return;
}

sub apply { my ($model, $event) = @_; my ($verb, @arguments) = @$event; return $model->$verb(@arguments) }

# What the model says after each event: the states of all runs. Events that cannot happen (any more) are left out.
sub play
{
	my ($h) = @_;
	my $model = Jobgrid::Model->new($h->{jobs}, $h->{values});
	my (@events, @expected);
	for my $event (@{ $h->{events} })
	{
		$model->pass_time($minutes);
		next if !apply($model, $event);
		push @events, $event;
		push @expected, $model->states;
	}
	return { %$h, events => \@events, expected => \@expected };
}

# Histories that are a little smaller: without an event, a job, a part of one.
sub smaller
{
	my ($h) = @_;
	my @smaller;
	my $last = $#{ $h->{events} };
	push @smaller, { %$h, events => [ @{ $h->{events} }[ 0 .. $last - 1 ] ] } if $last > 0;
	for my $i (0 .. $last)
	{
		push @smaller, { %$h, events => [ @{ $h->{events} }[ grep { $_ != $i } 0 .. $last ] ] };
	}
	for my $job (@{ $h->{jobs} })
	{
		my @jobs = grep { $_ != $job && !is_in($_, $job) } @{ $h->{jobs} };
		push @smaller, { %$h, jobs => \@jobs } if @jobs && !grep { names_gone($h, \@jobs, $_) } @jobs;
		my @changes;
		push @changes, [ condition => $_ ] for less_of($job->{condition});
		push @changes, [ skip_if => undef ] if $job->{skip_if};
		my @after = @{ $job->{after} };
		for my $i (0 .. $#after)
		{
			my @left = @after[ grep { $_ != $i } 0 .. $#after ];
			push @changes, [ after => \@left, join_rule => $job->{join_rule} =~ /^\d/ && $job->{join_rule} > @left ? 'all' : $job->{join_rule} ];
		}
		my %plain = (join_rule => 'all', when_failed => 'fail', on_failure => 'continue', enabled => 1, held => 0);
		for (sort keys %plain) { push @changes, [ $_ => $plain{$_} ] if $job->{$_} ne $plain{$_} }
		for my $change (@changes)
		{
			push @smaller, { %$h, jobs => [ map { $_ == $job ? { %$job, @$change } : $_ } @{ $h->{jobs} } ] };
		}
	}
	for my $i (0 .. $last)
	{
		my @event = @{ $h->{events}[$i] };
		next if $event[0] ne 'edit';
		for my $less (less_of($event[2]))
		{
			my @events = @{ $h->{events} };
			$events[$i] = [ @event[ 0, 1 ], $less ];
			push @smaller, { %$h, events => \@events };
		}
	}
	return @smaller;
}

# Whether a job, or an edit of one, names what is not there.
sub names_gone
{
	my ($h, $jobs, $job) = @_;
	my $model = Jobgrid::Model->new($jobs, {});
	my @trees = ($job->{condition}, $job->{skip_if}, map { $_->[2] } grep { $_->[0] eq 'edit' && $_->[1] eq $job->{name} } @{ $h->{events} });
	return scalar grep { !defined $model->resolve($job, $_) } @{ $job->{after} }, map { $_->{name} } grep { $_->{kind} ne 'value' } map { atoms_of($_) } @trees;
}

sub atoms_of
{
	my ($tree) = @_;
	return () if !ref $tree;
	return ref $tree eq 'HASH' ? $tree : map { atoms_of($_) } @$tree;
}

# Nothing, a part of it, or it with one part less.
sub less_of
{
	my ($tree) = @_;
	return () if !$tree;
	return (undef) if ref $tree eq 'HASH';
	my ($op, @parts) = @$tree;
	my @head = $op eq 'least' ? ($op, shift @parts) : ($op);
	my @less = (undef, @parts);
	for my $i (0 .. $#parts)
	{
		my @rest = @parts[ grep { $_ != $i } 0 .. $#parts ];
		push @less, [ @head, @rest ] if @rest > 1 && ($op ne 'least' || $head[1] <= @rest);
		push @less, map { [ @head, @parts[ 0 .. $i - 1 ], $_, @parts[ $i + 1 .. $#parts ] ] } grep { $_ } less_of($parts[$i]);
	}
	return @less;
}

# SQL

sub condition_text
{
	my ($tree, $autosys) = @_;
	return if !$tree;
	return atom_text($tree, $autosys) if ref $tree eq 'HASH';
	my ($op, @parts) = @$tree;
	my $least = $op eq 'least' ? shift @parts : undef;
	my @texts = map { condition_text($_, $autosys) } @parts;
	return "$least of (" . join(', ', @texts) . ')' if defined $least;
	@texts = map { ref $parts[$_] eq 'ARRAY' && $parts[$_][0] =~ /^(and|or)$/ ? "($texts[$_])" : $texts[$_] } 0 .. $#parts;
	return 'not ' . ($texts[0] =~ /^not/ ? "($texts[0])" : $texts[0]) if $op eq 'not';
	return join { and => [ ' and ', ' & ' ], or => [ ' or ', ' | ' ] }->{$op}[ $autosys ? 1 : 0 ], @texts;
}

sub atom_text
{
	my ($atom, $autosys) = @_;
	my %letters = (succeeded => 's', failed => 'f', ended => 'd', terminated => 't', exitcode => 'e', value => 'v');
	my $compare = $atom->{compare} ? " $atom->{compare} " . ($atom->{with} =~ /^\d+$/ || $autosys ? $atom->{with} : "'$atom->{with}'") : '';
	my $back = $atom->{lookback} // '';
	return "$letters{ $atom->{kind} }($atom->{name}" . ($back eq 'since' ? ', 0' : $back eq 'within' ? sprintf(', 00.%02d', $atom->{minutes}) : '') . ")$compare" if $autosys;
	return "$atom->{kind}($atom->{name})$compare" . ($back eq 'any' ? ' at any time' : $back eq 'since' ? ' since my last end' : $back eq 'within' ? " within '$atom->{minutes} minutes'" : '');
}

sub quoted { return defined $_[0] ? "'" . $_[0] =~ s/'/''/gr . "'" : 'null' }

# A row of a job, to be inserted into jobgrid.job.
sub job_sql
{
	my ($job, $tenant) = @_;
	my ($parent, $name) = $job->{name} =~ m{^(?:(.*)/)?([^/]*)$};
	my $autosys = $job->{semantics} eq 'autosys';
	return '(' . join(', ', quoted($tenant), quoted($parent), map({ quoted($_) } $name, $job->{kind}),
		'array[' . join(', ', map { quoted($_) } @{ $job->{after} }) . ']::text[]', quoted($job->{join_rule}),
		quoted(condition_text($job->{condition}, $autosys)), quoted(condition_text($job->{skip_if}, $autosys)),
		map({ quoted($_) } @$job{qw(semantics when_failed on_failure)}), $job->{enabled} ? 'true' : 'false', $job->{held} ? 'true' : 'false') . ')';
}
our $job_columns = 'tenant, parent, name, kind, after, join_rule, condition, skip_if, semantics, when_failed, on_failure, enabled, held';

# An event; id_of: the id of a run by its key, as SQL.
sub event_sql
{
	my ($h, $event, $tenant, $id_of) = @_;
	my ($verb, $what, @more) = @$event;
	return "select run_id from jobgrid.submit('$what', business_date => '$more[0]', tenant => '$tenant')" if $verb eq 'submit';
	return 'select state from jobgrid.report_outcome(' . $id_of->($what) . ", '$more[0]'" . (defined $more[1] ? ", $more[1])" : ')') if $verb eq 'end';
	return "select value from jobgrid.set_value('$what', '$more[0]', tenant => '$tenant')" if $verb eq 'set_value';
	return "select state from jobgrid.$verb(" . $id_of->($what) . ')' if $verb =~ /^(cancel|hold|release)$/;
	return 'select state from jobgrid.set_outcome(' . $id_of->($what) . ", '$more[0]', 'test')" if $verb eq 'set_outcome';
	if ($verb eq 'edit')
	{
		my ($job) = grep { $_->{name} eq $what } @{ $h->{jobs} };
		return 'update jobgrid.job set condition = ' . quoted(condition_text($more[0], $job->{semantics} eq 'autosys'))
		  . " where tenant = '$tenant' and full_name = '$what'";
	}
	return 'select' if $verb eq 'nothing';
	die "no such event: $verb\n";
}

# The history as a script for psql, in a server of its own with jobgrid.clock = virtual; after each event what the model says of the runs that have changed.
sub script
{
	my ($h) = @_;
	my $text = join '', map { "insert into jobgrid.global_value (name, value) values ('$_', '$h->{values}{$_}');\n" } sort keys %{ $h->{values} };
	$text .= "insert into jobgrid.job ($job_columns) values\n    " . join(",\n    ", map { job_sql($_, 'default') } @{ $h->{jobs} }) . ";\n";
	my $id_of = sub {
		my ($top, @steps) = split m{/}, $_[0];
		my ($job, $n) = split /#/, $top;
		my $id = "(select run_id from jobgrid.run where job = '$job' order by run_id offset " . ($n - 1) . ' limit 1)';
		for my $step (@steps) { $job .= "/$step"; $id = "(select run_id from jobgrid.run where job = '$job' and parent_run = $id)" }
		return $id;
	};
	my %last;
	for my $i (0 .. $#{ $h->{events} })
	{
		$text .= "select jobgrid_engine.set_clock(jobgrid_engine.moment() + '$minutes minutes'), pg_sleep(1);\n";
		$text .= event_sql($h, $h->{events}[$i], 'default', $id_of) . "; select pg_sleep(1);\n";
		my $now = $h->{expected}[$i];
		for (sort keys %$now) { $text .= "    -- $_ is $now->{$_}\n" if ($last{$_} // '') ne $now->{$_} }
		%last = %$now;
	}
	return $text;
}

1;
