# Workflows of many steps, and many workflows: a random graph of 100,000 steps (2,000 in the short form), one step before and
# after 100,000 others, chains of that length, steps that are all skipped, cancels that race the last end, a server that is
# killed while hundreds of workflows run. Every run ends once, in its order, and nothing is left. JOBGRID_TEST_SEED repeats a graph.
use strict;
use warnings;
use Jobgrid::Test;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);

my $long = ($ENV{JOBGRID_TEST_SIZE} // '') eq 'long';
my $size = $long ? 100_000 : 2_000;
my $deep = $long ? 100_000 : 200;  # one after the other, each with commits of its own
my $wide = $long ? 100_000 : 500;  # in each of the others
my $many = $long ? 400 : 40;       # workflows at a time
my $seed = $ENV{JOBGRID_TEST_SEED} || time;
$PostgreSQL::Test::Utils::timeout_default = 3600 if $long;
srand $seed;
note "JOBGRID_TEST_SEED=$seed";

my $node = new_node('main', conf => "max_wal_size = 4GB\nmax_connections = 100\njobgrid.heartbeat = '300ms'\n"
	  . "jobgrid.poll_interval = '200ms'\nrestart_after_crash = on\n");
sql($node, q{create role worker login;
	create table public.log (run_id bigint, at timestamptz default clock_timestamp());
	grant all on public.log to worker});
start_executor($node, slots => 200, plain => 1);

sub ms { return sprintf '%.0f ms', 1000 * $_[0] }

# A workflow and its steps: an expression for each column of the step i.
sub define
{
	my ($name, $n, %column) = @_;
	my $workflow = delete $column{workflow} // q{'continue'};
	my %all = (kind => q{'noop'}, after => q{'{}'}, %column);
	my $columns = join ', ', sort keys %all;
	my $values = join ', ', map { $all{$_} } sort keys %all;
	my $session = $node->background_psql('jobgrid');
	$session->query_safe("insert into jobgrid.job (name, kind, on_failure) values ('$name', 'workflow', $workflow); begin");
	my $began = time;
	$session->query_safe("insert into jobgrid.job (parent, name, $columns) select '$name', 's' || i, $values from generate_series(1, $n) i");
	my $inserted = time;
	$session->query_safe('commit');
	my $committed = time;
	$session->quit;
	note "$name: INSERT " . ms($inserted - $began) . ', COMMIT ' . ms($committed - $inserted);
	return $committed - $inserted;
}

# Submits and waits for its start; gives back the run and how long that took.
sub start
{
	my ($name) = @_;
	my $began = time;
	my $run = sql($node, "select run_id from jobgrid.submit('$name')");
	wait_until($node, "select exists (select from jobgrid_engine.any_run r where r.parent_run = $run)");
	my $took = time - $began;
	note "$name: all steps made " . ms($took) . ' after submit';
	return ($run, $took);
}

sub finish
{
	my ($run) = @_;
	my $began = time;
	my $end = wait_for_run($node, $run);
	note "run $run: $end, " . ms(time - $began);
	return $end;
}

sub states
{
	return sql($node, "select coalesce(string_agg(what || ' ' || n, ', ' order by what), '') from (select concat_ws(' ', state, reason) as what,"
		  . " count(*) as n from jobgrid_engine.any_run where root_run = $_[0] and run_id <> $_[0] group by 1) s");
}

sub nothing_is_left
{
	my ($what) = @_;
	is(sql($node, q{select (select count(*) from jobgrid_engine.member), (select count(*) from jobgrid_engine.workflow_run),
		(select count(*) from jobgrid_engine.pending_on), (select count(*) from jobgrid_engine.pending_condition),
		(select count(*) from jobgrid_engine.live_run), (select count(*) from jobgrid_engine.ended),
		(select count(*) from jobgrid_engine.any_run where state = 'live')}), '0|0|0|0|0|0|0', "$what: nothing is left of it");
	return;
}

# Steps that began before one that they run after had ended; of any workflow.
sub out_of_order
{
	my ($run) = @_;
	return sql($node, "with s as materialized (select job_id, started_at, finished_at from jobgrid_engine.any_run where root_run = $run)
		select count(*) from s join jobgrid_engine.job_edge e on e.job_id = s.job_id and e.purpose = 's' join s u on u.job_id = e.upstream_id
		where s.started_at < u.finished_at");
}

# A random graph in layers
my $width = int sqrt(10 * $size);
my $seen = $seed % 100_000;
my $check = define('graph', $size, after => "case when i <= $width then '{}' else array(
	select distinct 's' || ((i - 1) / $width - 1) * $width + 1 + abs(hashint8(i * 10 + k + $seen)) % $width from generate_series(1, 2 + i % 2) k) end");
cmp_ok($check, '<', $long ? 3 : 1, 'a graph is checked at COMMIT');
my $began = time;
is(sql($node, q{select jobgrid_engine.find_cycle('default') is null}), 't', 'it has no cycle');
note 'graph: cycle check ' . ms(time - $began);
my ($error) = error_of($node, q{update jobgrid.job set after = array['s} . $size . q{'] where full_name = 'graph/s1'});
like($error->{message}, qr/would wait for itself/, 'one that is closed is refused') or diag explain $error;
my ($run, $took) = start('graph');
cmp_ok($took, '<', $long ? 20 : 2, 'it starts');
is(finish($run), 'succeeded|', 'it runs to its end');
is(states($run), "succeeded $size", 'each step ends once');
is(sql($node, "select count(*) from jobgrid_engine.any_run r join jobgrid_engine.any_attempt a using (run_id) where r.root_run = $run and r.run_id <> $run"),
	$size, 'with one attempt');
is(out_of_order($run), 0, 'after all that it runs after');
nothing_is_left('the graph');

# The same by define_workflow()
$began = time;
is(sql($node, qq{select count(*) from jobgrid.define_workflow('listed', (select jsonb_agg(jsonb_build_object('name', j.name, 'kind', 'noop')
	|| case when cardinality(j.after) > 0 then jsonb_build_object('needs', j.after) else '{}' end) from jobgrid.job j where j.parent = 'graph'))}),
	$size + 1, 'a list of as many steps is defined');
note 'define_workflow: ' . ms(time - $began);
$began = time;
sql($node, q{update jobgrid.job set after = '{s1}' where full_name = 'listed/s} . $size . q{'});
note 'an edit of one step beside: ' . ms(time - $began);

# One before many, and one after them, a third of which fail
define('fan', $wide + 2, after => "case i when 1 then '{}' when $wide + 2 then array(select 's' || k from generate_series(2, $wide + 1) k) else '{s1}' end");
($run) = start('fan');
is(finish($run), 'succeeded|', 'one before and after many');
is(out_of_order($run), 0, 'in order');
nothing_is_left('the fan');
my $fails = $long ? 3_000 : 30;
my $third = $fails / 3;
define('failing', $fails + 2, kind => "case when i = 1 or i = $fails + 2 then 'noop' else 'shell' end", attempts => '1',
	command => "case when i = 1 or i = $fails + 2 then null when i % 3 = 0 then 'exit 1' else 'true' end",
	after => "case i when 1 then '{}' when $fails + 2 then array(select 's' || k from generate_series(2, $fails + 1) k) else '{s1}' end");
($run) = start('failing');
is(finish($run), 'failed|member_failed', 'a third of them fails');
is(states($run), 'failed exit_code ' . $third . ', skipped upstream_failed 1, succeeded ' . ($fails - $third + 1), 'the others have run, the last is skipped');
nothing_is_left('the fan that fails');

# Chains
define('chain', $deep, after => q{case when i > 1 then array['s' || i - 1] else '{}' end});
($run) = start('chain');
is(finish($run), 'succeeded|', 'a chain runs to its end');
is(out_of_order($run), 0, 'in order');
define('skipped', $wide, kind => q{case i when 1 then 'shell' else 'noop' end}, attempts => '1', command => q{case i when 1 then 'exit 1' end},
	after => q{case when i > 1 then array['s' || i - 1] else '{}' end});
my $transactions = q{select transactions from jobgrid.stat_scheduler where worker = 'scheduler'};
($run) = start('skipped');
wait_until($node, q{select count(*) > 0 from jobgrid_engine.any_run where root_run = } . $run . q{ and state = 'failed'});
my $before = sql($node, $transactions);
is(finish($run), 'failed|member_failed', 'a chain whose first step fails');
my $after = sql($node, $transactions);
is(states($run), 'failed exit_code 1, skipped upstream_failed ' . ($wide - 1), 'is skipped');
cmp_ok($after - $before, '<', $wide / 2, 'without a transaction for each step: ' . ($after - $before));
define('disabled', $wide, enabled => 'i = 1', after => q{case when i > 1 then array['s' || i - 1] else '{}' end});
($run) = start('disabled');
is(finish($run), 'succeeded|', 'a chain of which only the first step is enabled');
is(states($run), 'skipped disabled ' . ($wide - 1) . ', succeeded 1', 'the others are passed over');
nothing_is_left('the chains');

# A cancel of many
define('cancelled', $wide, kind => q{case i when 1 then 'shell' else 'noop' end}, command => q{case i when 1 then 'sleep 1000' end},
	after => q{case when i > 1 then '{s1}'::text[] else '{}' end});
($run) = start('cancelled');
wait_until($node, "select exists (select from jobgrid_engine.lease l join jobgrid_engine.any_run r using (run_id) where r.parent_run = $run and l.state = 'running')");
$began = time;
sql($node, "select jobgrid.cancel($run, reason => 'enough')");
note 'cancel: ' . ms(time - $began);
is(finish($run), 'cancelled|operator', 'a workflow is cancelled');
is(states($run), 'cancelled operator 1, skipped workflow_stopped ' . ($wide - 1), 'with all its steps');
nothing_is_left('the cancelled one');
define('stopping', $wide, workflow => q{'stop'}, kind => q{case when i <= 2 then 'shell' else 'noop' end}, attempts => '1',
	command => q{case i when 1 then 'sleep 1000' when 2 then 'exit 1' end}, after => q{case when i > 2 then '{s1}'::text[] else '{}' end});
($run) = start('stopping');
is(finish($run), 'failed|member_failed', 'one that stops when a step fails');
is(states($run), 'cancelled operator 1, failed exit_code 1, skipped workflow_stopped ' . ($wide - 2), 'skips all others');
nothing_is_left('the stopped one');

# Cancels at any moment around the end of workflows whose steps write into a log, exactly once
sql($node, q{insert into jobgrid.job (name, kind) values ('small', 'workflow');
	insert into jobgrid.job (parent, name, kind, sql_role, after, attempts, on_lost, command)
	select 'small', n, 'sql', 'worker', a, 5, 'retry', 'insert into public.log values (current_setting(''jobgrid.run_id'')::bigint)'
	from (values ('a', '{}'::text[]), ('b', '{a}'), ('c', '{a}'), ('d', '{b,c}')) s (n, a);
	create table cancel (run_id bigint, at timestamptz, took interval)});
# One after the other: how long they take, then cancelled at any moment within that and a little later.
sql($node, qq{create procedure race(most interval) language plpgsql as \$\$
	declare
		run bigint;
		began timestamptz;
	begin
		run := (select run_id from jobgrid.submit('small'));
		commit;
		began := clock_timestamp();
		loop
			exit when clock_timestamp() - began > most or (select r.state <> 'live' from jobgrid_engine.any_run r where r.run_id = run);
			commit;
			perform pg_sleep(0.001);
		end loop;
		if most < '1 hour' then
			perform jobgrid.cancel(run, reason => 'a race');
			commit;
		end if;
		insert into cancel values (run, clock_timestamp(), clock_timestamp() - began);
	end \$\$});
my $racer = $node->background_psql('jobgrid');
$racer->query_safe("call race('1 day')") for 1 .. 5;
my $usual = sql($node, 'select percentile_disc(0.5) within group (order by took) from cancel; truncate cancel');
for (1 .. $many)
{
	my $part = 1.2 * rand;
	$racer->query_safe("call race('$usual'::interval * $part)");
}
$racer->quit;
my $runs = sql($node, q{select string_agg(run_id::text, ', ') from cancel});
wait_until($node, "select not coalesce(bool_or(state = 'live'), false) from jobgrid_engine.any_run where root_run in ($runs) or run_id in ($runs)");
my $ends = sql($node, "select string_agg(concat_ws(' ', state, reason, n), ', ' order by state) from (select state, reason, count(*) as n
	from jobgrid_engine.any_run where run_id in ($runs) group by 1, 2) s");
note "cancelled within 1.2 times $usual: $ends";
is(sql($node, "select count(*) from jobgrid_engine.any_run where run_id in ($runs) and concat_ws(' ', state, reason) in ('succeeded', 'cancelled operator')"),
	$many, 'each succeeds or is cancelled');
is(sql($node, "select count(*) from jobgrid_engine.any_run r where r.run_id in ($runs) and r.state = 'succeeded' and (select count(*)
	from jobgrid_engine.any_run s where s.parent_run = r.run_id and s.state = 'succeeded') <> 4"), 0, 'what succeeded has run all of its steps');
# What ran in the moment of the cancel may have been too far to be stopped; nothing begins after it.
is(sql($node, 'select count(*) from cancel c join jobgrid_engine.any_run r on r.parent_run = c.run_id where r.started_at > c.at'), 0,
	'nothing begins after the COMMIT of the cancel');
is(sql($node, q{select count(*) from jobgrid_engine.any_run r join jobgrid.job j using (job_id) where j.parent = 'small'
	and (r.state = 'succeeded') <> exists (select from public.log l where l.run_id = r.run_id)}), 0, 'what succeeded, and only that, is in the log');
nothing_is_left('the race');

# Hundreds of workflows, one in the other, while processes and the server are killed
sql($node, q{truncate public.log;
	insert into jobgrid.job (name, kind) values ('outer', 'workflow');
	insert into jobgrid.job (parent, name, kind, after) values ('outer', 'left', 'workflow', '{}'), ('outer', 'right', 'workflow', '{left}');
	insert into jobgrid.job (parent, name, kind, sql_role, after, attempts, retry_delay, on_lost, command)
	select 'outer/' || p, n, 'sql', 'worker', a, 100, '0', 'retry', 'insert into public.log values (current_setting(''jobgrid.run_id'')::bigint)'
	from unnest('{left,right}'::text[]) p, (values ('a', '{}'::text[]), ('b', '{a}')) s (n, a);
	insert into jobgrid.job (parent, name, kind, after) values ('outer', 'last', 'noop', '{right}')});
my @runs = split /\n/, sql($node, "select run_id from jobgrid.submit_many('outer', count => $many)");
$runs = join ', ', @runs;
my $left = "select count(*) from jobgrid_engine.any_run where run_id in ($runs) and state = 'live'";
my $kills = 0;
for my $part (0.9, 0.7, 0.5, 0.3)
{
	wait_until($node, "select ($left) <= $part * $many");
	last if sql($node, $left) eq '0';
	$kills++;
	if ($part == 0.7 || $part == 0.3)
	{
		$node->stop('immediate');
		$node->start;
		next;
	}
	my @workers = split /\n/, sql($node, q{select pid from pg_stat_activity where backend_type like 'jobgrid%' order by random()});
	kill 'KILL', $workers[0];
	wait_until($node, 'select true');
}
wait_until($node, "select ($left) = 0");
cmp_ok($kills, '>=', 2, "killed $kills times");
is(sql($node, "select string_agg(distinct concat_ws(' ', state, reason), ', ') from jobgrid_engine.any_run where root_run in ($runs) or run_id in ($runs)"),
	'succeeded', 'all of them succeed');
is(sql($node, "select count(*) from jobgrid_engine.any_run where root_run in ($runs) and run_id not in ($runs)"), 7 * $many, 'with all their steps');
is(sql($node, 'select count(*), count(distinct run_id) from public.log'), 4 * $many . '|' . 4 * $many, 'each of which has done its work once');
is(sql($node, "select count(*) from jobgrid_engine.any_run s join jobgrid.job j using (job_id) join jobgrid_engine.any_run u on u.parent_run = s.parent_run
	join jobgrid.job k on k.job_id = u.job_id where s.root_run in ($runs) and k.name = any (j.after) and s.started_at < u.finished_at"), 0, 'in order');
nothing_is_left('the workflows in workflows');
unlike(slurp_file($node->logfile), qr/PANIC:|TRAP:|signal 11/, 'nothing crashed by itself');
done_testing();
