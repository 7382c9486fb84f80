# Which executor gets which run: needs and what is free, queues, names, kinds; what is said where none can take a run.
use strict;
use warnings;
use Jobgrid::Test;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('main', conf => "jobgrid.poll_interval = '300ms'");
my $gb = 1073741824;

# One session for all that people do here: a psql a question would take most of the time.
my $people = start_session($node, user => 'postgres');

sub ask
{
	my ($answer, $error) = $people->query($_[0]);
	die "$error->{sqlstate}: $error->{message}\n$_[0]\n" if $error->{sqlstate};
	return $answer;
}

sub ask_until
{
	my ($query, $expected) = @_;
	for (1 .. 100 * $PostgreSQL::Test::Utils::timeout_default)
	{
		return if ask($query) eq $expected;
		select undef, undef, undef, 0.01;
	}
	die "never \"$expected\": $query\n";
}

sub submit
{
	my ($job, %arguments) = @_;
	my $run = ask("select run_id from jobgrid.submit('$job'"
		  . join('', map {", $_ => $arguments{$_}"} sort keys %arguments) . ')');
	ask_until("select state <> 'waiting' from jobgrid.run where run_id = $run", 't');
	return $run;
}

# What an exchange hands out, as run ids in their order; what was handed out is in %attempt from then on.
my %attempt;

sub claim
{
	my ($session, %options) = @_;
	my @answers = grep { $_->{what} eq 'attempt' } $session->exchange($options{reports} // [], $options{slots} // 10);
	$attempt{ $_->{run_id} } = $_ for @answers;
	return join ',', map { $_->{run_id} } @answers;
}
sub ends { return map { report($attempt{$_}, 'exited', exit_code => 0) } @_ }
sub why { return ask("select blocker, object, detail from jobgrid.why($_[0])") }

sub executor
{
	my ($name, $fields) = @_;
	return ask("select $fields from jobgrid.executor where executor = '$name'");
}
sub lacks { return ask("select detail from jobgrid.attention where run_id = $_[0] and reason = 'no_matching_executor'") }

ask(<<'EOS');
select jobgrid.define_job('plain', kind => 'noop');
select jobgrid.define_job('cpu', kind => 'noop', needs_cpus => 1.5);
select jobgrid.define_job('memory', kind => 'noop', needs_memory => '3 GB');
select jobgrid.define_job('token', kind => 'noop', needs_tokens => '{"gpu": 1}');
select jobgrid.define_job('all', kind => 'noop', needs_cpus => 0.5, needs_memory => '1 GB', needs_tokens => '{"gpu": 2}');
EOS
my $hand = start_session($node, name => 'hand');
my %offer = (cpus => 2, memory => 4 * $gb, tokens => q{'{"gpu": 2, "licence": 1}'});
my $welcome = $hand->hello(%offer);
is(executor('hand', 'state, cpus, memory, tokens'), "online|2|${\(4 * $gb)}|" . '{"gpu": 2, "licence": 1}',
	'what an executor offers is shown');

# Each resource by itself
my %one = (cpu => 'it has 0.5 cores free, the job needs 1.5', memory => 'it has 1 GB free, the job needs 3 GB');
for my $what (sort keys %one)
{
	my @runs = map { submit($what) } 1 .. 2;
	is(claim($hand), $runs[0], "$what: one fits");
	is(claim($hand), '', "$what: two do not");
	is(why($runs[1]), "no_room|default|no executor that could take it has so much free; the nearest is \"hand\": $one{$what}",
		"$what: and why");
	my $plain = submit('plain');
	is(claim($hand), $plain, "$what: who needs nothing passes");
	is(claim($hand, reports => [ ends($runs[0], $plain) ]), $runs[1], "$what: the next follows in the call that ends the first");
	claim($hand, reports => [ ends($runs[1]) ]);
}
my @tokens = map { submit('token') } 1 .. 3;
is(claim($hand), "$tokens[0],$tokens[1]", 'tokens are counted');
my $all = submit('all');
is(claim($hand, reports => [ ends($tokens[0]) ]), $tokens[2], 'a token that is given back is taken by the next in order');
like(why($all), qr/no_room.*it has no "gpu" free, the job needs 2/, 'what needs two waits');
is(claim($hand, reports => [ ends($tokens[1]) ]), '', 'one of two is not enough');
is(claim($hand, reports => [ ends($tokens[2]) ]), $all, 'two are');
is(ask(q{select needs_cpus, needs_memory, needs_tokens from jobgrid.lane where needs_cpus = 0.5}), '0.5|1 GB|{"gpu": 2}',
	'lanes show what they need');

# What runs keeps its room whatever happens to its job, its lane or the server
my @later = map { submit('all') } 1 .. 2;
ask(q{select jobgrid.define_job('all', needs_tokens => '{"gpu": 1}')});
ask(q{select jobgrid.pause_queue('default')});
ask(q{select jobgrid.resume_queue('default')});
is(claim($hand), '', 'an edit changes neither what runs nor what is queued');
my $edited = submit('all');
is(claim($hand, reports => [ ends($all) ]), $later[0], 'but what comes later');
$node->restart;
$people = start_session($node, user => 'postgres');
$hand->leave;
$hand = start_session($node, name => 'hand');
$hand->{instance} = ask(q{select instance from jobgrid_engine.executor where name = 'hand'});
$hand->hello(%offer);
is(claim($hand), '', 'after a restart the room of what runs is still taken');
is(claim($hand, reports => [ ends($later[0]) ]), $later[1], 'and given back');
is(claim($hand, reports => [ ends($later[1]) ]), $edited, 'the edited one is next');

# Offering less than what runs there needs
$hand->hello(%offer, cpus => 0.25, tokens => q{'{"licence": 1}'});
my $memory = submit('memory');
is(claim($hand), $memory, 'a resource that is over its limit counts for nobody else');
is(claim($hand, reports => [ ends($edited, $memory) ]), '', 'and all is free again');
$hand->hello(%offer);

# Nobody is woken for what does not fit, and who has room is
$hand->query("listen $welcome->{channel}");
my @fill = map { submit('cpu') } 1 .. 2;
is(claim($hand), $fill[0], 'one run takes the room');
select undef, undef, undef, 0.5;
$hand->notified;
my @waiting = map { submit('cpu') } 1 .. 5;
select undef, undef, undef, 0.5;
is($hand->notified, 0, 'an executor without room is not woken');
my $other = start_session($node, name => 'other');
$other->query('listen ' . $other->hello(%offer)->{channel});
is(claim($other), $fill[1], 'another one has room');
claim($other, reports => [ ends($fill[1]) ], slots => 0);
is(claim($other), $waiting[0], 'its first');
is(claim($other, reports => [ ends($waiting[0]) ]), $waiting[1], 'and second');
claim($other, reports => [ ends($waiting[1]) ], slots => 0);
is(claim($hand, reports => [ ends($fill[0]) ]), $waiting[2], 'the first executor takes one again');
is(claim($other), $waiting[3], 'and the other');
is(claim($other, reports => [ ends($waiting[3]) ]), $waiting[4], 'the last one');
is(claim($other, reports => [ ends($waiting[4]) ]), '', 'then nothing is left');
$_->notified for $hand, $other;
my $wakes = submit('cpu');
my $woken = 0;
for (1 .. 1000) { last if $woken = $other->notified; select undef, undef, undef, 0.05 }
is($woken, 1, 'who has room is woken');
is($hand->notified, 0, 'who has none is not');
is(claim($other), $wakes, 'and gets it');
claim($other, reports => [ ends($wakes) ], slots => 0);
claim($hand, reports => [ ends($waiting[2]) ], slots => 0);
$other->query('select jobgrid_engine.goodbye()');

# What nothing can take is held and listed, with what the nearest one lacks
ask(<<'EOS');
insert into jobgrid.pool (name) values ('far');
insert into jobgrid.queue (name) values ('night');
select jobgrid.define_job('big', kind => 'noop', needs_memory => '8 GB');
select jobgrid.define_job('wide', kind => 'noop', needs_cpus => 4);
select jobgrid.define_job('odd', kind => 'noop', needs_tokens => '{"tpu": 1, "gpu": 3}');
select jobgrid.define_job('watch', kind => 'file_watch');
select jobgrid.define_job('distant', kind => 'noop', pool => 'far');
select jobgrid.define_job('at night', kind => 'noop', queue => 'night');
EOS
my %missing = (
	big => 'the nearest is "hand": it has 4 GB, the job needs 8 GB',
	wide => 'the nearest is "hand": it has 2 cores, the job needs 4',
	odd => 'the nearest is "hand": it has 2 "gpu", the job needs 3, it has no "tpu", the job needs 1',
	watch => 'the nearest is "hand": it runs no file_watch jobs',
	distant => 'pool "far" has no executor');
my %stuck = map { $_ => submit($_) } sort keys %missing;
is(claim($hand), '', 'what cannot be served is not handed out');
for my $job (sort keys %missing)
{
	is(lacks($stuck{$job}), $missing{$job}, "$job: listed with what is missing");
	like(why($stuck{$job}), qr/^no_matching_executor\|default\|.*\Q$missing{$job}\E$|^no_matching_executor\|far\|/,
		"$job: why says the same");
	is(ask("select state from jobgrid.run where run_id = $stuck{$job}"), 'queued', "$job: it waits");
}
my $silent = start_session($node, name => 'silent');
$silent->hello;
my $needy = submit('cpu');
is(claim($silent), '', 'an executor that does not say what it offers gets nothing that needs something');
is(claim($hand), $needy, 'one that does gets it');
claim($hand, reports => [ ends($needy) ]);
my $strong = start_session($node, name => 'strong');
$strong->hello(cpus => 8, memory => 64 * $gb, tokens => q{'{"gpu": 4, "tpu": 1}'}, kinds => q{'{noop,file_watch}'});
is(lacks($stuck{big}), '', 'an executor that can comes: it leaves the list');
is(claim($strong), join(',', map { $stuck{$_} } sort { $stuck{$a} <=> $stuck{$b} } grep { $_ ne 'distant' } keys %stuck),
	'and is handed out, with all others');
claim($strong, reports => [ ends(map { $stuck{$_} } grep { $_ ne 'distant' } keys %stuck) ], slots => 0);
$strong->query('select jobgrid_engine.goodbye()');

# Queues
my $bound = start_session($node, name => 'bound');
$bound->hello(queue => q{'night'}, %offer);
my ($by_day, $by_night) = (submit('plain'), submit('at night'));
is(claim($bound), $by_night, 'an executor that is bound to a queue serves that queue only');
is(claim($hand), $by_day, 'others serve all');
claim($hand, reports => [ ends($by_day) ], slots => 0);
my $shared = submit('at night');
is(claim($hand), $shared, 'that queue too');
claim($hand, reports => [ ends($shared) ], slots => 0);
claim($bound, reports => [ ends($by_night) ], slots => 0);
$silent->hello(queue => q{'no such queue'}, pool => q{'far'});
is(executor('silent', 'state, queue, problem'), 'error|no such queue|queue "no such queue" does not exist: no job can be in it',
	'a queue that does not exist: the executor is taken, and what is wrong is shown');
is(claim($silent), '', 'it serves nothing');
is(lacks($stuck{distant}), 'the nearest is "silent": it serves only queue "no such queue", which does not exist',
	'and whoever waits for it says why');
$silent->hello(pool => q{'far'});
is(executor('silent', 'state, problem'), 'online|', 'bound to none any more it is well');
is(claim($silent), $stuck{distant}, 'and serves');
claim($silent, reports => [ ends($stuck{distant}) ], slots => 0);

# By name: the pool does not matter then
my $pinned = submit('plain', executor => q{'silent'});
is(claim($hand), '', 'a run that is pinned belongs to nobody else');
is(claim($silent), $pinned, 'whatever pool its executor is in');
claim($silent, reports => [ ends($pinned) ], slots => 0);
is(error_of($node, q{select jobgrid.submit('plain', executor => 'silant')})->{hint}, 'Did you mean "silent"?', 'a name that nobody has');
ask(q{select jobgrid.define_job('elsewhere', kind => 'noop', executor => 'no such executor')});
my $nobody = submit('elsewhere');
is(lacks($nobody), 'there is no executor "no such executor"', 'by its job, whose executor may come later');
ask("select jobgrid.cancel($nobody)");

# States
$hand->hello(%offer, slots => 2);
is(executor('hand', 'state, free_slots'), 'online|2', 'online');
submit('plain') for 1 .. 3;
claim($hand, slots => 2);
is(executor('hand', 'state, free_slots, running'), 'busy|0|2', 'busy: no slot is free, from the claim on');
$hand->rows(q{select jobgrid_engine.heartbeat(1, 0.5, 0.5, 0.5, 'no disk') as orders});
is(executor('hand', 'state, problem'), 'error|no disk', 'error: it says what is wrong');
like(sql($node, q{select ok || detail from jobgrid.check_install() where check_name = 'executor_problems'}), qr/^false.*hand: no disk/, 'so does doctor');
$hand->leave;
ask_until(q{select state from jobgrid.executor where executor = 'hand'}, 'suspect');
pass('suspect: its session is gone');
is(executor('other', 'state'), 'offline', 'offline: it has left');
$_->query('select jobgrid_engine.goodbye()') for $silent, $bound;

# Real executors offer what the node has, or what they are told to
my $measured = start_executor($node, name => 'measured');
my $cores = () = slurp_file('/proc/cpuinfo') =~ /^processor/mg;
my ($total) = slurp_file('/proc/meminfo') =~ /^MemTotal:\s+(\d+)/;
cmp_ok(executor('measured', 'cpus'), '>=', 1, 'a real executor offers cores');
cmp_ok(executor('measured', 'cpus'), '<=', $cores, 'that the node has');
is(executor('measured', 'memory'), $total * 1024, 'and its memory');
my $told = start_executor($node, name => 'told', arguments => [
	'--cpus', '7.5', '--memory', '48GB', '--tokens', 'gpu=2,licence_x=1', '--queue', 'night' ]);
is(executor('told', 'cpus, memory, tokens, queue'), "7.5|${\(48 * $gb)}|" . '{"gpu": 2, "licence_x": 1}|night', 'or what it is told');
ask(q{select jobgrid.define_job('real', command => 'true', queue => 'night', needs_cpus => 7.5, needs_tokens => '{"licence_x": 1}')});
my @real = map { submit('real') } 1 .. 3;
is(wait_for_run($node, $_), 'succeeded|', 'and serves who needs that') for @real;
is(ask("select string_agg(distinct executor, ',') from jobgrid.run where run_id in (" . join(',', @real) . ')'), 'told',
	'nobody else could');
is($_->stop, 0, 'it stops cleanly') for $measured, $told;
is(ask(q{select string_agg(worker || ': ' || last_error, '; ') from jobgrid.stat_scheduler where last_error is not null}), '',
	'no worker has met an error');
unlike(slurp_file($node->logfile), qr/PANIC:|was terminated by signal/, 'no process crashed');
done_testing();
