# Workflows of AutoSys semantics: boxes. Each test names its rule. All jobs are external, and end when the test says so.
use strict;
use warnings;
use Jobgrid::Test;
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep);

my $node = new_node('main');

sub define
{
	my ($name, $more) = @_;
	sql($node, "select jobgrid.define_job('$name', kind => 'external', semantics => 'autosys'" . ($more ? ", $more" : '') . ')');
	return;
}

sub box
{
	my ($name, $steps, $more) = @_;
	my $json = JSON::PP->new->canonical->encode([ map { {kind => 'external', %$_} } @$steps ]);
	sql($node, "select count(*) from jobgrid.define_workflow('$name', \$j\$$json\$j\$, semantics => 'autosys'" . ($more ? ", $more" : '') . ')');
	return;
}
sub submit { return sql($node, "select run_id from jobgrid.submit('$_[0]'" . ($_[1] ? ", $_[1]" : '') . ')') }

# Nothing is left for the scheduler and the dispatcher to do.
sub settle
{
	wait_until($node, <<'EOF');
select not exists (select from jobgrid_engine.ended) and not exists (select from jobgrid_engine.condition_news)
   and not exists (select from jobgrid_engine.pending where unmet is null or unmet = 0) and not exists (select from jobgrid_engine.ready)
   and not exists (select from jobgrid_engine.set_aside)
   and not exists (select from jobgrid_engine.workflow_run where stopping is not null and not stopped and unfinished > 0)
EOF
	return;
}

# States of the newest runs of jobs: "a=running b=waiting"; a job without a run has none.
sub states
{
	settle();
	return sql($node, "select string_agg(n.name || '=' || coalesce((select r.state from jobgrid.run r where r.job = n.name order by r.run_id desc limit 1), '-'), ' ' order by n.n)"
		  . " from unnest(string_to_array('@_', ' ')) with ordinality n (name, n)");
}

sub finish
{
	my ($job, $outcome, $exit) = @_;
	settle();
	wait_until($node, "select state = 'running' from jobgrid.run where job = '$job' order by run_id desc limit 1");
	sql($node, "select jobgrid.report_outcome((select max(run_id) from jobgrid.run where job = '$job'), '" . ($outcome // 'succeeded') . "'" . (defined $exit ? ", $exit" : '') . ')');
	return;
}

# Latches: the last end counts, whatever its date
define('A');
define('B', q{condition => 's(A)'});
submit('A', q{business_date => '2026-01-05'});
finish('A');
submit('B', q{business_date => '2026-03-05'});
is(states('B'), 'B=running', 'latch: a success of last week satisfies s()');
finish('B');
submit('A');
finish('A', 'failed', 3);
submit('B');
is(states('B'), 'B=waiting', 'latch: a later failure takes it away');
define('C', q{condition => 'f(A) & e(A) > 2 & d(A) & n(A)'});
submit('C');
is(states('C'), 'C=running', 'f(), e(), d(), n() of a job that has failed');
submit('A');
finish('A', 'cancelled');
define('D', q{condition => 't(A) & d(A) & n(A)'});
submit('D');
is(states('B', 'D'), 'B=waiting D=running', 't() and d() of a job that was killed, which has not failed');
define('E', q{condition => 'f(A)'});
submit('E');
is(states('E'), 'E=waiting', 'killed is not failed');

# One precedence, from left to right
define('X');
define('Y');
define('Z');
submit('X');
finish('X');
define('flat', q{condition => 's(X) | s(Y) & s(Z)'});
submit('flat');
is(states('flat'), 'flat=waiting', 'flat: (s(X) | s(Y)) & s(Z) waits for Z');
submit('Z');
finish('Z');
is(states('flat'), 'flat=running', 'flat: which ends it');

# Undefined jobs and globals
define('undefined', q{condition => 'n(NOBODY)', unknown_names => 'warn'});
submit('undefined');
is(states('undefined'), 'undefined=running', 'undefined job: n() is true');
for my $atom (qw(s f d t))
{
	define("undefined_$atom", "condition => '$atom(NOBODY)', unknown_names => 'warn'");
	submit("undefined_$atom");
	is(states("undefined_$atom"), "undefined_$atom=waiting", "undefined job: $atom() is false");
}
define('global', q{condition => 'v(REGION) = EU'});
submit('global');
is(states('global'), 'global=waiting', 'undefined global: false');
sql($node, q{insert into jobgrid.global_value (name, value) values ('REGION', 'EU')});
is(states('global'), 'global=running', 'a global that is set is looked at again');

# Lookback
define('back', q{condition => 's(X, 01.00)'});
submit('back');
is(states('back'), 'back=running', 'lookback: a success of an hour ago at most');
finish('back');
sql($node, "update jobgrid_engine.job_status set ended_at = ended_at - interval '2 hours' where job_id = (select job_id from jobgrid.job where name = 'X')");
submit('back');
is(states('back'), 'back=waiting', 'lookback: not an older one');
define('own', q{condition => 's(Z, 0)'});
submit('own');
is(states('own'), 'own=running', 'lookback 0: satisfied at the first run');
finish('own');
submit('own');
is(states('own'), 'own=waiting', 'lookback 0: and then by an end after the own last one');
submit('Z');
finish('Z');
is(states('own'), 'own=running', 'lookback 0: which comes');
define('own_two', q{condition => 's(Z, 0) & v(GATE) = open'});
submit('own_two') for 1 .. 2;
submit('own_two', q{ignore_conditions => true, reason => 'test'});
finish('own_two');
sql($node, q{insert into jobgrid.global_value (name, value) values ('GATE', 'open')});
is(sql($node, q{select count(*) from jobgrid.run where job = 'own_two' and state = 'waiting'}), 2, 'lookback 0: an own end takes away what waits');
sql($node, q{select jobgrid.cancel(job => 'own_two')});

# A box: members are forgotten at its start, by those outside as well; each runs once
box('BOX', [ {name => 'one'}, {name => 'two', condition => 's(one)'} ]);
define('after_two', q{condition => 's(two)'});
my $run = submit('BOX');
is(states('BOX', 'BOX/one', 'BOX/two'), 'BOX=running BOX/one=running BOX/two=waiting', 'box: members without conditions start at once');
finish('BOX/one');
is(states('BOX/two'), 'BOX/two=running', 'box: s() of a sibling');
finish('BOX/two');
is(wait_for_run($node, $run), 'succeeded|', 'box: SUCCESS if all its members are');
$run = submit('BOX');
is(states('BOX/two'), 'BOX/two=waiting', 'box start: what a sibling did last time is forgotten');
submit('after_two');
is(states('after_two'), 'after_two=waiting', 'box start: by those outside, too');
finish('BOX/one', 'failed', 1);
is(states('BOX', 'BOX/two'), 'BOX=running BOX/two=waiting', 'box: a member whose condition never comes true keeps it running');
like(sql($node, "select string_agg(note, '') from jobgrid.cancel($run)"), qr/starts nothing more/, 'which somebody ends');
is(wait_for_run($node, $run), 'cancelled|operator', 'box: KILLJOB');

# Default status: after all are done
box('FOLD', [ {name => 'f1'}, {name => 'f2'} ]);
$run = submit('FOLD');
finish('FOLD/f1', 'failed', 1);
is(states('FOLD'), 'FOLD=running', 'box: FAILURE is told when all are done');
finish('FOLD/f2');
is(wait_for_run($node, $run), 'failed|member_failed', 'box: and then it is');

# box_success, box_failure
box('WHEN', [ {name => 'w1'}, {name => 'w2'}, {name => 'w3', condition => 's(w2)'} ], q{succeeds_if => 's(w1)'});
$run = submit('WHEN');
finish('WHEN/w1');
is(wait_for_run($node, $run), 'succeeded|', 'box_success: told when the job inside reaches the status, the others do not matter');
is(states('WHEN/w2', 'WHEN/w3'), 'WHEN/w2=running WHEN/w3=skipped', 'what runs goes on, the rest does not start');
finish('WHEN/w2');
box('FAILS', [ {name => 'x1'}, {name => 'x2', stops_with_workflow => JSON::PP::true}, {name => 'x3'} ], q{fails_if => 'f(x1)'});
$run = submit('FAILS');
finish('FAILS/x1', 'failed', 1);
is(wait_for_run($node, $run), 'failed|fails_if', 'box_failure: at once');
is(states('FAILS/x2', 'FAILS/x3'), 'FAILS/x2=cancelled FAILS/x3=running', 'job_terminator: who has it is killed when the box fails, others go on');
finish('FAILS/x3');
sql($node, q{insert into jobgrid.global_value (name, value) values ('GO', 'no')});
box('OUTSIDE', [ {name => 'o1'}, {name => 'o2'}, {name => 'o3'} ], q{succeeds_if => 'v(GO) = yes'});
$run = submit('OUTSIDE');
finish('OUTSIDE/o1');
sql($node, q{select jobgrid.set_value('GO', 'yes')});
is(states('OUTSIDE'), 'OUTSIDE=running', 'box_success: what lies outside is not looked at when it changes');
finish('OUTSIDE/o2', 'failed', 1);
is(wait_for_run($node, $run), 'succeeded|', 'but when the next member ends');
finish('OUTSIDE/o3');
sql($node, q{select jobgrid.set_value('GO', 'no')});
$run = submit('OUTSIDE');
finish("OUTSIDE/o$_") for 1 .. 3;
is(states('OUTSIDE'), 'OUTSIDE=running', 'box_success: not met when all have ended well: it stays RUNNING');
sql($node, q{select jobgrid.set_value('GO', 'yes')});
is(states('OUTSIDE'), 'OUTSIDE=running', 'for good');
sql($node, "select jobgrid.cancel($run)");
wait_for_run($node, $run);
sql($node, q{select jobgrid.set_value('GO', 'no')});
$run = submit('OUTSIDE');
finish("OUTSIDE/o$_") for 1 .. 2;
finish('OUTSIDE/o3', 'failed', 1);
is(wait_for_run($node, $run), 'failed|member_failed', 'box_success not met: the default holds for FAILURE');

# Terminators, auto_hold
box('TERM', [ {name => 't1', stops_workflow => JSON::PP::true}, {name => 't2', stops_with_workflow => JSON::PP::true}, {name => 't3'},
		{name => 't4', condition => 's(t3)'} ]);
$run = submit('TERM');
finish('TERM/t1', 'failed', 1);
is(wait_for_run($node, $run), 'failed|terminator', 'box_terminator: a member that fails ends the box');
is(states('TERM/t2', 'TERM/t3', 'TERM/t4'), 'TERM/t2=cancelled TERM/t3=running TERM/t4=skipped', 'job_terminator: kills who has it; nothing more starts');
define('after_term', q{condition => 't(TERM)'});
submit('after_term');
is(states('after_term'), 'after_term=running', 'a terminated box is terminated, not failed');
finish('TERM/t3');
box('HELD', [ {name => 'h1', auto_hold => JSON::PP::true}, {name => 'h2'} ]);
$run = submit('HELD');
is(states('HELD/h1', 'HELD/h2'), 'HELD/h1=held HELD/h2=running', 'auto_hold: held each time the box starts');
finish('HELD/h2');
is(states('HELD'), 'HELD=running', 'a held member holds the box open');
sql($node, "select jobgrid.release((select max(run_id) from jobgrid.run where job = 'HELD/h1'))");
finish('HELD/h1');
is(wait_for_run($node, $run), 'succeeded|', 'until it is released and has run');

# A box in a box
box('BIG', [ {name => 'b1'}, {name => 'small', kind => 'workflow', condition => 's(b1)', steps => [ {name => 's1', kind => 'external'}, {name => 's2', kind => 'external', condition => 's(s1)'} ]},
		{name => 'b2', condition => 's(s1)'} ]);
$run = submit('BIG');
finish('BIG/b1');
is(states('BIG/small', 'BIG/small/s1', 'BIG/b2'), 'BIG/small=running BIG/small/s1=running BIG/b2=waiting', 'box in a box');
finish('BIG/small/s1');
is(states('BIG/small/s2', 'BIG/b2'), 'BIG/small/s2=running BIG/b2=running', 'names are those of the whole tenant');
finish('BIG/small/s2');
finish('BIG/b2');
is(wait_for_run($node, $run), 'succeeded|', 'and the outer one ends with the inner one');


# n() is mutual exclusion, also where both could start at the same moment
define('left');
define('right', q{condition => 'n(left)'});
define('left', q{condition => 'n(right)'});
for (1 .. 3)
{
	sql($node, q{begin; select jobgrid.submit('left'); select jobgrid.submit('right'); commit});
	my $both = states('left', 'right');
	like($both, qr/^left=(running right=waiting|waiting right=running)$/, 'one of two that exclude each other starts');
	my ($first, $second) = $both =~ /left=running/ ? qw(left right) : qw(right left);
	finish($first);
	is(states($second), "$second=running", 'the other when that has ended');
	finish($second);
}
is(sql($node, q{select count(*) from jobgrid_engine.watched_run}), 0, 'nothing is left of that');
define('either', q{condition => 'n(left) | s(right)'});
submit('left');
submit('either');
is(states('left', 'either'), 'left=running either=running', 'unless the condition holds without it');
finish('left');
finish('either');

# Ends from elsewhere: the other engine tells what its jobs did
define('remote');
define('local', q{condition => 's(remote)'});
submit('local', q{business_date => '2026-02-02'});
is(states('local'), 'local=waiting', 'a job of elsewhere that nobody has told of');
sql($node, q{select jobgrid.report_outcome(job => 'remote', outcome => 'failed', exit_code => 4, at => now() - interval '2 hours', source => 'autosys')});
is(states('local'), 'local=waiting', 'it has failed');
sql($node, q{select jobgrid.report_outcome(job => 'remote', outcome => 'succeeded', at => now() - interval '3 hours', source => 'autosys')});
is(states('local'), 'local=waiting', 'what is told late about earlier changes nothing');
sql($node, q{select jobgrid.report_outcome(job => 'remote', outcome => 'succeeded', at => now() - interval '1 hour', source => 'autosys')});
is(states('local'), 'local=running', 'the last end counts');
is(sql($node, q{select concat_ws(' ', source, state, exit_code) from jobgrid.run where job = 'remote' order by run_id limit 1}), 'autosys failed 4', 'each is a run on record');
$run = submit('remote');
settle();
is(sql($node, q{select run_id from jobgrid.report_outcome(job => 'remote', outcome => 'succeeded')}), $run, 'a run that is going on is meant');
like(error_of($node, q{select jobgrid.report_outcome(job => 'remote', outcome => 'succeeded', at => now() + interval '1 day')})->{message}, qr/has not ended at/, 'the future has no ends');

# A box that hangs is told, with who waits for what; not one that something lets go on
box('HUNG', [ {name => 'g1'}, {name => 'g2', condition => 's(g1)'}, {name => 'g3', condition => 's(g2)'} ]);
box('WAITS', [ {name => 'v1'}, {name => 'v2', condition => 'v(GO) = later'} ]);
define('tonight');
box('NIGHT', [ {name => 'n1', condition => 's(tonight)'} ]);
sql($node, q{insert into jobgrid.schedule (job, schedule) values ('tonight', 'every day at 23:00')});
$run = submit('HUNG');
my $waits = submit('WAITS');
my $night = submit('NIGHT');
finish('HUNG/g1', 'failed', 1);
finish('WAITS/v1');
settle();
is(sql($node, 'select count(*) from jobgrid_engine.workflow_run where hung is not null'), 0, 'not at once');
sql($node, "update jobgrid_engine.workflow_run set moved_at = moved_at - interval '30 s'");
$node->poll_query_until('jobgrid', "select hung is not null from jobgrid_engine.workflow_run where run_id = $run") or die 'it is not told';
is(sql($node, "select job || ' ' || detail from jobgrid.attention where reason = 'hung'"),
	'HUNG g2 waits for succeeded(HUNG/g1) at any time; g3 waits for succeeded(HUNG/g2) at any time', 'hung box: which member waits for which atom');
like(sql($node, "select detail from jobgrid.why($run) limit 1"), qr/it hangs/, 'and why() says so');
sql($node, "select jobgrid.rerun((select max(run_id) from jobgrid.run where job = 'HUNG/g1'))");
finish("HUNG/g$_") for 1 .. 3;
is(wait_for_run($node, $run), 'succeeded|', 'a member that is run again lets it go on');
is(sql($node, "select string_agg(run_id::text, ' ' order by run_id) from jobgrid_engine.workflow_run where hung is null"), "$waits $night",
	'who waits for a value, or a job that fires, does not hang');

done_testing();
