# Runs that the scheduler cannot move, because they are locked or because moving them fails, hold up nobody else's, in
# whatever number; they are tried again, told about, and fill no log.
use strict;
use warnings;
use Jobgrid::Test;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);

my $node = new_node('main');
sql($node, <<'EOS');
insert into jobgrid.tenant (name) values ('loud'), ('quiet');
create role loud_team; create role loud_user login in role jobgrid_viewer, loud_team;
create role quiet_team; create role quiet_user login in role jobgrid_viewer, quiet_team;
insert into jobgrid.team (name, tenant, database_role) values ('loud', 'loud', 'loud_team'), ('quiet', 'quiet', 'quiet_team');
insert into jobgrid.queue (name) values ('broken');
select jobgrid.define_job(j, kind => 'external', tenant => t, queue => q)
from (values ('bulk', 'loud', 'default'), ('broken', 'loud', 'broken'), ('parent', 'loud', 'default'),
	('small', 'quiet', 'default')) v (j, t, q);
select jobgrid.define_job('child', kind => 'external', tenant => 'loud', after => '{parent}');
EOS
my $many = 1500;

sub scheduler { return sql($node, "select $_[0] from jobgrid.stat_scheduler where worker = 'scheduler'") }
sub error_lines
{
	my $log = slurp_file($node->logfile);
	return scalar(() = $log =~ /tap fails/g);
}

# How late a run of somebody else starts: one that is due in a moment, or at once in a lane that has to be made.
sub late
{
	my $how = $_[0] // q{delay => '500 ms'};
	my $run = sql($node, "select run_id from jobgrid.submit('small', $how)");
	wait_for_run($node, $run, 'running');
	return sql($node, "select extract(epoch from started_at - coalesce(due_at, submitted_at)) from jobgrid.run where run_id = $run");
}
wait_for_run($node, sql($node, q{select run_id from jobgrid.submit('small')}), 'running');

# Moments that are locked
my $session = $node->background_psql('jobgrid');
sql($node, "select count(*) from jobgrid.submit_many('bulk', count => $many, delay => '1 s')");
$session->query(q{begin; select count(*) from jobgrid.cancel(job => 'bulk')});
sleep 1.5;
my $before = scheduler('wakeups');
cmp_ok(late(), '<', 2, "$many locked moments hold up no other one");
sleep 1;
cmp_ok(scheduler('wakeups') - $before, '<', 100, 'and the scheduler does not spin');
my $bulk = sql($node, q{select min(run_id) from jobgrid_engine.due});
is(sql($node, "select blocker from jobgrid.why($bulk)"), 'locked', 'why tells what keeps such a run');
like(sql($node, "select detail from jobgrid.why($bulk)"), qr/^due since .*: another transaction was changing it at/, 'in words');
$session->query('rollback');
wait_for_value($node, q{select count(*) from jobgrid.run where job = 'bulk' and state = 'running'}, $many);
pass('they are released when they can be');

# Runs that cannot be released
sql($node, q{
	create function public.fail() returns trigger language plpgsql as $$ begin raise 'tap fails'; end $$;
	create trigger fail before insert on jobgrid_engine.lane for each row when (new.queue = 'broken')
	execute function public.fail()});
sql($node, "select count(*) from jobgrid.submit_many('broken', count => $many)");
sql($node, q{insert into jobgrid_engine.executor (name, owner_role, instance, state, pool, kinds, slots, protocol, version, connected_at)
	select n, session_user, gen_random_uuid(), 'offline', 'default', '{noop}', 1, 1, '0', now() from unnest('{one,two}'::text[]) n});
cmp_ok(late(q{executor => 'one'}), '<', 5, "$many runs that fail hold up no other one");
wait_for_value($node, 'select count(*) from jobgrid_engine.set_aside where error is not null', $many);
my $broken = sql($node, q{select min(run_id) from jobgrid_engine.pending});
is(sql($node, "select blocker from jobgrid.why($broken)"), 'scheduler_error', 'why tells that it failed');
like(sql($node, "select detail from jobgrid.why($broken)"), qr/: tap fails; tried .*, next at/, 'and how');
is(sql($node, q{select count(*) || ' ' || min(detail) from jobgrid.attention where job = 'broken'}),
	'1 the scheduler cannot move it: tap fails; ' . ($many - 1) . ' more of the job', 'attention shows them as one');
is($node->safe_psql('jobgrid', q{select count(*) from jobgrid.attention where job = 'broken'}, extra_params => [ '-U', 'loud_user' ]), 1,
	'to those who see the tenant');
is($node->safe_psql('jobgrid', q{select count(*) from jobgrid.attention where job = 'broken'}, extra_params => [ '-U', 'quiet_user' ]), 0,
	'and to no others');
cmp_ok(error_lines(), '<', 100, 'the log tells of batches, not of each run');
$before = scheduler('transactions');
sleep 2;
cmp_ok(scheduler('transactions') - $before, '<', 4 * $many, 'the pause between tries grows');
cmp_ok(late($_), '<', 3, 'and tries hold up nobody') for q{executor => 'two'}, q{delay => '500 ms'};
sql($node, 'drop trigger fail on jobgrid_engine.lane');
sql($node, q{update jobgrid_engine.set_aside set until = now() + '100 ms'});
sql($node, q{select jobgrid_engine.ring('scheduler')});
wait_for_value($node, q{select count(*) from jobgrid.run where job = 'broken' and state = 'running'}, $many);
pass('they go on when they can');
wait_for_value($node, 'select count(*) from jobgrid_engine.set_aside', 0);
pass('and nothing is left of it');
is(sql($node, q{select count(*) from jobgrid.attention}), 0, 'attention neither');

# Ends whose conditions are locked
sql($node, q{select jobgrid.submit('child', business_date => date '2027-01-01' + n) from generate_series(1, 1500) n});
wait_for_value($node, q{select count(*) from jobgrid.run where job = 'child' and reason = 'condition'}, 1500);
sql($node, q{select jobgrid.define_job('own child', kind => 'external', after => '{small}', tenant => 'quiet')});
my $child = sql($node, q{select run_id from jobgrid.submit('own child', business_date => '2027-01-01')});
sql($node, q{select jobgrid.submit('parent', business_date => date '2027-01-01' + n) from generate_series(1, 1500) n});
wait_for_value($node, q{select count(*) from jobgrid.run where job = 'parent' and state = 'running'}, 1500);
$session->query(q{begin; select count(*) from jobgrid.cancel(job => 'child')});
sql($node, q{select jobgrid.report_outcome(run_id, 'succeeded') from jobgrid.run where job = 'parent' and state = 'running'});
wait_for_value($node, q{select count(*) from jobgrid_engine.set_aside where place = 'ended'}, 1500);
$before = scheduler('wakeups');
my $small = sql($node, q{select run_id from jobgrid.submit('small', business_date => '2027-01-01')});
wait_for_run($node, $small, 'running');
sql($node, "select jobgrid.report_outcome($small, 'succeeded')");
my $began = time;
wait_for_run($node, $child, 'running');
cmp_ok(time - $began, '<', 3, 'ends that are put back hold up no other one');
cmp_ok(scheduler('wakeups') - $before, '<', 100, 'and the scheduler does not spin');
$session->query('rollback');
wait_for_value($node, q{select count(*) from jobgrid.run where job = 'child' and state = 'running'}, 1500);
pass('they count when they can');
wait_for_value($node, 'select (select count(*) from jobgrid_engine.ended) + (select count(*) from jobgrid_engine.pending_on)
	+ (select count(*) from jobgrid_engine.set_aside)', 0);
pass('and leave nothing behind');

# The longest names that a job may have make a lane, whatever they are made of
sql($node, q{
	create function public.noise(bytes int) returns text volatile language sql as $$
		select string_agg(chr(33 + (random() * 13)::int + 20 * (random() * 3)::int), '') from generate_series(1, bytes) $$;
	insert into jobgrid.job_kind (name) values (rpad('k', 63, 'k'));
	with q as (insert into jobgrid.queue (name) values (noise(128)) returning name),
		p as (insert into jobgrid.pool (name) values (noise(128)) returning name)
	select jobgrid.define_job('large', kind => rpad('k', 63, 'k'), queue => q.name, pool => p.name, site => noise(128),
		executor => noise(128), capabilities => array(select noise(16) from generate_series(1, 64)), needs_cpus => 9999.999, needs_memory => '1000 TB',
		needs_tokens => (select jsonb_object_agg(left(md5(n::text) || md5('x' || n), 52), 1000000) from generate_series(1, 7) n)) from q, p});
my $large = sql($node, q{select run_id from jobgrid.submit('large')});
wait_for_run($node, $large, 'queued');
is(sql($node, 'select count(*) from jobgrid_engine.set_aside'), 0, 'the longest names that a job may have make a lane');
$session->quit;
$node->stop;
done_testing();
