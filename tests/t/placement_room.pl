# What is promised is kept while everything happens at once: no executor and no token is ever taken beyond what there is,
# with executors that claim side by side, are killed and come back; and what they had is free again.
use strict;
use warnings;
use Jobgrid::Test;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('main', conf => "jobgrid.poll_interval = '200ms'\njobgrid.lease = '2s'\njobgrid.heartbeat = '500ms'\njobgrid.grace = '1s'");
my $people = start_session($node, user => 'postgres');

sub ask
{
	my ($answer, $error) = $people->query($_[0]);
	die "$error->{sqlstate}: $error->{message}\n$_[0]\n" if $error->{sqlstate};
	return $answer;
}
sub submit
{
	my $run = ask("select run_id from jobgrid.submit('$_[0]')");
	wait_for_run($node, $run, 'queued');
	return $run;
}
sub got { return join ',', map { $_->{run_id} } grep { $_->{what} eq 'attempt' } @_ }

ask(q{insert into jobgrid.resource (name, amount) values ('licence', 2), ('none_left', 0)});
ask(q{select jobgrid.define_job('lic', kind => 'noop', needs_tokens => '{"licence": 1}'),
	jobgrid.define_job('lic2', kind => 'noop', needs_tokens => '{"licence": 2}'),
	jobgrid.define_job('never', kind => 'noop', needs_tokens => '{"none_left": 1}')});

# Two sessions, one after the other and one inside the other's transaction. What an executor itself offers of a name that
# the grid counts does not count.
my ($a, $b) = map { start_session($node, name => $_) } qw(a b);
$_->hello(tokens => q{'{"licence": 50}'}) for $a, $b;
my @runs = map { submit('lic') } 1 .. 4;
$a->query('begin');
my ($first) = $a->exchange([], 1);
is($first->{run_id}, $runs[0], 'the first token goes to one executor');
is(got($b->exchange([], 5)), '', 'until he has committed, another gets none, and does not wait');
$a->query('commit');
my ($second) = $b->exchange([], 5);
is($second->{run_id}, $runs[1], 'then the other one');
is(got($b->exchange([], 5)), '', 'and no third');
is(got($a->exchange([], 5)), '', 'by nobody');
is(ask('select amount, free from jobgrid.stat_resource where resource = ' . q{'licence'}), '2|0', 'none is free');
is(ask("select blocker, detail from jobgrid.why($runs[2])"), 'no_token|the grid has no "licence" free, the job needs 1; '
	  . qq{run $runs[0] of "lic" has 1, run $runs[1] of "lic" has 1}, 'why says what is missing and who has it');
my $both = submit('lic2');
is(got($a->exchange([ report($first, 'exited', exit_code => 0) ], 1)), $runs[2], 'an end makes room, in the same exchange');
ask(q{update jobgrid.resource set amount = 1 where name = 'licence'});
is(got($b->exchange([ report($second, 'exited', exit_code => 0) ], 5)), '', 'fewer than are taken: nothing more starts');
is(ask("select blocker, detail from jobgrid.why($both)"), 'no_matching_executor|needs an executor for noop jobs in pool "default"; '
	  . 'the grid has 1 "licence", the job needs 2', 'what the grid has too little of is held');
my $never = submit('never');
is(ask("select reason, detail from jobgrid.attention where run_id = $never"),
	'no_matching_executor|the grid has no "none_left", the job needs 1', 'and listed');
ask("select jobgrid.cancel($_)") for $never, $both, $runs[3];
$_->query('select jobgrid_engine.goodbye()') for $a, $b;
wait_until($node, q{select count(*) = 0 from jobgrid_engine.lease});
is(ask(q{select amount, free from jobgrid.stat_resource where resource = 'licence'}), '1|1', 'an executor that has left holds none');
ask("select jobgrid.set_outcome($runs[2], 'succeeded', 'by hand')");
is(error_of($node, q{select jobgrid.define_job('in the server', kind => 'sql', command => 'select 1', needs_tokens => '{"licence": 1}')})->{sqlstate},
	'JG003', 'a job that runs on no node has no needs');

# Everything at once
ask(q{update jobgrid.resource set amount = 3 where name = 'licence'});
ask(qq{select jobgrid.define_job(name, command => 'sleep 0.1', on_lost => 'retry', attempts => 10, retry_delay => '0', needs_cpus => cpus,
	needs_memory => memory, needs_tokens => tokens::jsonb)
	from (values ('licensed', 0.5, null, '{"licence": 1}'), ('wide', 1.5, '300 MB', '{}'), ('narrow', 0.25, '600 MB', '{"gpu": 1}'),
		('both', null, '200 MB', '{"licence": 2, "gpu": 1}')) j (name, cpus, memory, tokens)});
my @arguments = (slots => 10, arguments => [ '--cpus', '2', '--memory', '1 GB', '--tokens', 'gpu=2' ]);
my ($one, $two) = map { start_executor($node, name => $_, @arguments) } qw(one two);
ask(q{select count(*) from (values ('licensed'), ('wide'), ('narrow'), ('both')) j (name), jobgrid.submit_many(name, count => 25)});
my ($samples, $over, $licences, $cores, $killed, $crashed) = (0, 0, 0, 0);
my $deadline = time + $PostgreSQL::Test::Utils::timeout_default;
while (time < $deadline)
{
	my ($left, $bad, $taken, $busy) = split /\|/, ask(q{select (select count(*) from jobgrid_engine.live_run),
		(select count(*) from jobgrid_engine.executor_room where executor_id in (select executor_id from jobgrid_engine.executor where name in ('one', 'two'))
			and (cpu_milli < 0 or memory < 0 or (tokens ->> 'gpu')::integer < 0))
		+ (select count(*) from jobgrid_engine.resource_room where free < 0),
		(select amount - free from jobgrid_engine.resource_room where name = 'licence'),
		(select 2000 - min(cpu_milli) from jobgrid_engine.executor_room join jobgrid_engine.executor using (executor_id) where name in ('one', 'two'))});
	$samples++;
	$over += $bad;
	$licences = $taken if $taken > $licences;
	$cores = $busy if $busy > $cores;
	last if $left == 0;
	kill 'KILL', $two->agent // 0 if $left < 70 && !$killed++;
	if ($left < 50 && !$crashed++)
	{
		$one->crash;
		$one = start_executor($node, name => 'one', folder => $one->folder, @arguments, wait => 0);
	}
	select undef, undef, undef, 0.01;
}
is(ask(q{select string_agg(distinct state, ',') from jobgrid.run where job in ('licensed', 'wide', 'narrow', 'both')}), 'succeeded',
	'all runs have succeeded, although executors were killed');
ok($crashed && $killed, 'which they were');
is($over, 0, "$samples looks: nothing was ever taken beyond what there is");
is($licences, 3, 'and all of the licences at times');
cmp_ok($cores, '>=', 1500, 'and cores');
is(ask(q{select free from jobgrid.stat_resource where resource = 'licence'}), '3', 'all is free at the end');
is(ask(q{select string_agg(worker || ': ' || last_error, '; ') from jobgrid.stat_scheduler where last_error is not null}), '',
	'no worker has met an error');
is($_->stop, 0, 'it stops cleanly') for $one, $two;
done_testing();
