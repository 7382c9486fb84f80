# Schedules: they fire on time and once, an edit is in force at COMMIT, what overlaps waits, and no bad one stops the others.
# Where it is not about real time the test has the seconds pass.
use strict;
use warnings;
use Jobgrid::Test;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);

my $node = new_node('main', conf => "jobgrid.clock = virtual\nmax_prepared_transactions = 2\njobgrid.sql_workers = 8\nmax_worker_processes = 24");
sql($node, 'create role worker login; create table public.gate (name text); grant all on public.gate to worker');

# Defines a job whose runs end in the database: at once, or when its row is in public.gate.
sub job
{
	my ($name, $more, $gated) = @_;
	my $command = $gated
	  ? "do \$\$ begin while not exists (select from public.gate where name = ''$name'') loop perform pg_sleep(0.02); end loop; end \$\$"
	  : 'select 1';
	sql($node, "select jobgrid.define_job('$name', kind => 'sql', sql_role => 'worker', transaction => 'none', command => '$command'"
		  . ($more ? ", $more" : '') . ')');
	return;
}

sub schedule
{
	my ($job, $text, %columns) = @_;
	my $names = join '', map { ", $_" } sort keys %columns;
	my $values = join '', map { ", $columns{$_}" } sort keys %columns;
	sql($node, "insert into jobgrid.schedule (job, schedule$names) values ('$job', '$text'$values)");
	return;
}

sub fires { return sql($node, "select count(*) from jobgrid.fire where job = '$_[0]' and outcome = 'run'") }
sub outcomes { return sql($node, "select coalesce(string_agg(distinct concat_ws(' ', outcome, reason), ', '), '') from jobgrid.fire where job = '$_[0]'") }
sub unfinished { return sql($node, "select count(*) from jobgrid_engine.live_run l join jobgrid.job j using (job_id) where j.name = '$_[0]'") }
sub open_gate { sql($node, "insert into public.gate values ('$_[0]')"); return }
sub stop { sql($node, "delete from jobgrid.schedule where job = '$_[0]'"); return }

# A second passes, and all that is due by then is decided but for what the scheduler has to leave alone.
sub tick
{
	sql($node, q{select jobgrid_engine.set_clock(jobgrid_engine.moment() + interval '1 s')});
	settled();
	return;
}

sub settled
{
	wait_until($node, q{select not exists (select from jobgrid_engine.fire_cursor c where (c.edited or c.next_at <= jobgrid_engine.moment())
		and not exists (select from jobgrid_engine.set_aside a where a.place = 'fire' and a.run_id = c.schedule_id))});
	return;
}

# Seconds pass until a query gives true.
sub tick_until
{
	my ($query) = @_;
	for (1 .. 500)
	{
		return if sql($node, $query) eq 't';
		tick();
	}
	die "still not true: $query\n";
}

# Seconds pass until so many fires of a job are decided; gives back the number of those that are runs.
sub fires_until
{
	my ($job, $n) = @_;
	tick_until("select count(*) >= $n from jobgrid.fire where job = '$job'");
	return fires($job);
}

# As many runs of a job as that are at work.
sub running { my ($job, $n) = @_; wait_for_value($node, "select count(*) from jobgrid.run where job = '$job' and state = 'running'", $n); return }

# A new installation gets to work without a submission, by the clock on the wall
job('tick');
schedule('tick', 'every second');
wait_until($node, q{select count(*) >= 3 from jobgrid.fire where job = 'tick'});
pass('a schedule fires');
is(sql($node, q{select count(*) from jobgrid.fire where job = 'tick' and scheduled_for <> date_trunc('second', scheduled_for)}),
	0, 'at whole seconds');
is(sql($node, q{select count(*) from (select scheduled_for - lag(scheduled_for) over (order by scheduled_for) as gap
		from jobgrid.fire where job = 'tick') g where gap <> '1 s'}), 0, 'each second once');
cmp_ok(sql($node, q{select extract(epoch from max(late)) * 1000 from jobgrid.fire where job = 'tick'}), '<', 1000, 'and on time');
is(sql($node, q{select count(*) from jobgrid.fire f join jobgrid.run r using (run_id, scheduled_for)
		where f.job = 'tick' and r.source = 'schedule' and r.submitted_by = 'jobgrid'}), fires('tick'), 'each fire is a run');
stop('tick');
is(sql($node, 'select count(*) from jobgrid_engine.fire_cursor'), 0, 'a schedule goes with its cursor');

# An edit is in force at COMMIT, whatever came before; there is nothing to reload
job('edited');
schedule('edited', 'on 2099-01-01');
wait_until($node, q{select run_at = '2099-01-01 00:00+00' from jobgrid.upcoming where job = 'edited'});
tick() for 1 .. 3;
my $edited = sql($node, q{select jobgrid_engine.moment(); update jobgrid.schedule set schedule = 'every second' where job = 'edited'});
fires_until('edited', 2);
is(sql($node, qq{select count(*) from jobgrid.fire f where job = 'edited' and scheduled_for <= '$edited'}), 0, 'nothing fires that lies before the edit');
sql($node, q{update jobgrid.job set enabled = false where name = 'edited'});
settled();
my $was = fires('edited');
tick() for 1 .. 3;
is(fires('edited'), $was, 'a disabled job does not fire');
is(sql($node, q{select happens, note from jobgrid.upcoming where job = 'edited'}), 'f|the job is disabled', 'and it says so');
my $minute_ago = sql($node, q{select to_char(jobgrid_engine.moment() at time zone 'UTC' - interval '1 minute', 'HH24:MI')});
sql($node, qq{update jobgrid.schedule set schedule = 'every day at $minute_ago' where job = 'edited';
	update jobgrid.job set enabled = true where name = 'edited'});
wait_until($node, q{select run_at is not null from jobgrid.upcoming where job = 'edited'});
is(sql($node, q{select run_at > jobgrid_engine.moment() + interval '23 hours' from jobgrid.upcoming where job = 'edited'}), 't',
	'an edit to a time of day that is over waits for tomorrow');

# Of edits in quick succession the last counts, wherever the scheduler was at the time
sql($node, <<'SQL');
select jobgrid.define_job('quick ' || i, kind => 'noop') from generate_series(1, 400) i;
insert into jobgrid.schedule (job, schedule, time_zone) select 'quick ' || i, 'every day at 01:00', 'UTC' from generate_series(1, 400) i;
do $$
begin
	for i in 1 .. 400 loop
		update jobgrid.schedule set schedule = 'every day at 02:00' where job = 'quick ' || i;
		commit;
		update jobgrid.schedule set schedule = 'every day at 03:00' where job = 'quick ' || i;
		commit;
	end loop;
end $$;
SQL
wait_until($node, q{select count(*) = 0 from jobgrid_engine.fire_cursor where edited});
is(sql($node, q{select count(*) from jobgrid.upcoming where job like 'quick %' and to_char(run_at at time zone 'UTC', 'HH24:MI') is distinct from '03:00'}),
	0, 'of edits in quick succession the last counts');
sql($node, q{delete from jobgrid.schedule where job like 'quick %'});

# One transaction edits and waits; what it says counts from its COMMIT on
my $session = $node->background_psql('jobgrid', on_error_stop => 0);
$session->query_safe(q{begin; update jobgrid.schedule set schedule = 'every second' where job = 'edited'});
my $opened = sql($node, q{select jobgrid_engine.moment()});
tick() for 1 .. 3;
my $committed = $session->query_safe(q{select jobgrid_engine.moment(); commit});
fires_until('edited', $was + 2);
is(sql($node, qq{select count(*) from jobgrid.fire where job = 'edited' and scheduled_for between '$opened' and '$committed'}), 0,
	'seconds that an open transaction let pass are no fires');
stop('edited');
$session->quit;

# A transaction prepared in two phases rings no bell; it is found
job('prepared');
sql($node, q{begin; insert into jobgrid.schedule (job, schedule) values ('prepared', 'every second'); prepare transaction 'edit'});
tick();
is(fires('prepared'), 0, 'a prepared edit is none yet');
sql($node, q{commit prepared 'edit'});
job('bell');
schedule('bell', 'on 2099-01-01'); # any bell
fires_until('prepared', 1);
pass('a committed one fires');
stop('prepared');

# Overlaps
job('waits', undef, 1);
schedule('waits', 'every second');
fires_until('waits', 4);
running('waits', 1);
is(unfinished('waits'), 2, 'one run works, one waits');
is(sql($node, q{select string_agg(state || ' ' || coalesce(reason, ''), ', ' order by run_id) from jobgrid.run where job = 'waits'}),
	'running , waiting overlap', 'for the other');
is(outcomes('waits'), 'run, skipped overlap', 'further fires are skipped, and that is told');
like(sql($node, q{select detail from jobgrid.why(job => 'waits') where blocker = 'overlap'}), qr/run \d+/, 'why says which run stands in the way')
  or diag sql($node, q{select * from jobgrid.why(job => 'waits')});
sql($node, q{update jobgrid.schedule set schedule = 'on 2099-01-01' where job = 'waits'});
open_gate('waits');
wait_until($node, q{select count(*) = 2 from jobgrid.run where job = 'waits' and state = 'succeeded'});
pass('the one that waited runs when the other has ended');

job('skips', undef, 1);
schedule('skips', 'every second', on_overlap => q{'skip'});
fires_until('skips', 3);
is(unfinished('skips'), 1, 'with skip only one run is there');
is(outcomes('skips'), 'run, skipped overlap', 'the others are skipped');
stop('skips');
open_gate('skips');

job('replaces', undef, 1);
schedule('replaces', 'every second', on_overlap => q{'replace'});
tick_until(q{select count(*) >= 2 from jobgrid.run where job = 'replaces' and state = 'cancelled'});
is(unfinished('replaces') <= 2, 1, 'with replace the newest run takes the place of the one before');
stop('replaces');
open_gate('replaces');

job('parallel', undef, 1);
schedule('parallel', 'every second', on_overlap => q{'parallel'}, max_parallel => 3);
fires_until('parallel', 6);
running('parallel', 3);
pass('three at the same time');
is(unfinished('parallel'), 4, 'and one that waits');
stop('parallel');
open_gate('parallel');

# Several schedules of a job, parameters, validity, jitter, a hold
job('several', q{parameters => '{"a": 1, "b": 1}'});
schedule('several', 'every second', name => q{'one'}, parameters => q{'{"b": 2}'}, on_overlap => q{'parallel'});
schedule('several', 'every second', name => q{'two'}, parameters => q{'{"b": 3}'}, on_overlap => q{'parallel'});
tick_until(q{select count(distinct schedule) = 2 from jobgrid.fire where job = 'several'});
is(sql($node, q{select distinct r.parameters from jobgrid.run r where r.job = 'several' order by 1}),
	qq({"a": 1, "b": 2}\n{"a": 1, "b": 3}), 'each with its own parameters');
sql($node, q{update jobgrid.schedule set valid_until = current_date - 1 where job = 'several'});
wait_until($node, q{select bool_and(note = 'it does not fire any more') from jobgrid.upcoming where job = 'several'});
pass('a schedule ends with its validity');
stop('several');

job('jitters');
schedule('jitters', 'every second', jitter => q{'1 hour'}, on_overlap => q{'parallel'});
fires_until('jitters', 3);
stop('jitters');
is(sql($node, q{select bool_and(state = 'waiting' and reason = 'not_before' and due_at between scheduled_for and scheduled_for + interval '1 hour')
	and count(distinct due_at - scheduled_for) > 1 from jobgrid.run where job = 'jitters'}), 't', 'jitter delays each run by an amount of its own');
sql($node, q{select jobgrid.cancel(job => 'jitters')});

job('held');
sql($node, q{select jobgrid.hold(job => 'held')});
schedule('held', 'every second');
tick_until(q{select count(*) > 0 from jobgrid.run where job = 'held' and state = 'held' and reason = 'operator'});
tick_until(q{select count(*) > 1 from jobgrid.fire where job = 'held' and outcome = 'skipped'});
is(unfinished('held'), 1, 'fires of a held job are held, one for all');
stop('held');

# A bad schedule, or a job whose role is gone, stops nobody else
job('good');
job('bad');
job('orphan');
job('ruled', q{parameter_schema => '{"region": {"type": "string", "required": true, "enum": ["EU", "US"]}, "n": {"type": "integer", "default": 5}}'});
schedule('good', 'every second');
schedule('bad', 'every second');
sql($node, q{create role leaves login; select jobgrid.define_job('orphan', sql_role => 'leaves')});
schedule('orphan', 'every second');
schedule('ruled', 'every second', parameters => q{'{"region": "EU"}'});
fires_until('bad', 1);
fires_until('ruled', 1);
is(sql($node, q{select distinct parameters from jobgrid.run where job = 'ruled'}), '{"n": 5, "region": "EU"}',
	'a fire has the parameters of its schedule, and the defaults of the schema');
# Two edits that did not see each other
sql($node, q{set session_replication_role = replica; update jobgrid.schedule set parameters = '{"region": "Asia"}' where job = 'ruled'});
sql($node, q{set session_replication_role = replica; update jobgrid.schedule set schedule = 'every blue moon' where job = 'bad';
	update jobgrid_engine.fire_cursor set edited = true where schedule_id = (select schedule_id from jobgrid.schedule where job = 'bad')});
sql($node, q{drop role leaves});
tick_until(q{select count(*) > 0 from jobgrid.attention where job = 'bad'});
like(sql($node, q{select reason, detail from jobgrid.attention where job = 'bad'}),
	qr/^schedule_error\|schedule "main" cannot fire: "blue" at position 7 is not a day$/, 'a bad schedule is shown with its error');
tick_until(q{select count(*) > 0 from jobgrid.fire where job = 'orphan' and outcome = 'skipped' and reason = 'role_missing'});
pass('a fire whose role is gone is told');
tick_until(q{select count(*) > 0 from jobgrid.fire where job = 'ruled' and outcome = 'skipped' and reason = 'parameters'});
is(sql($node, q{select reason, detail from jobgrid.attention where job = 'ruled'}),
	'schedule_error|schedule "main" cannot fire: parameter "region" cannot be "Asia"', 'so is one whose parameters the schema refuses');
$was = fires('good');
fires_until('good', $was + 2);
pass('the others fire');
sql($node, q{update jobgrid.schedule set schedule = 'every second' where job = 'bad'; create role leaves login;
	update jobgrid.schedule set parameters = '{"region": "US"}' where job = 'ruled'});
$was = fires('bad');
tick_until(qq{select count(*) > $was from jobgrid.fire where job = 'bad' and outcome = 'run'});
tick_until(q{select count(*) = 0 from jobgrid.attention where job in ('bad', 'orphan', 'ruled')});
pass('mended, they fire again, and nobody need look any more');
stop($_) for qw(good bad orphan ruled);

# A row that somebody has locked waits, and nobody waits for it
job('locked');
job('free');
schedule('locked', 'every second');
schedule('free', 'every second');
fires_until('locked', 1);
$session = $node->background_psql('jobgrid', on_error_stop => 0);
$session->query_safe(q{begin; select from jobgrid_engine.fire_cursor where schedule_id = (select schedule_id from jobgrid.schedule where job = 'locked') for update});
my $locked = fires('locked');
$was = fires('free');
fires_until('free', $was + 3);
is(fires('locked') <= $locked + 1, 1, 'a schedule whose cursor is locked does not fire');
$session->query_safe('rollback');
tick_until(qq{select count(*) > $locked + 2 from jobgrid.fire where job = 'locked'});
pass('and catches up');
$session->quit;
stop($_) for qw(locked free);

# The scheduler sleeps until the next fire
job('rare');
schedule('rare', 'on 2099-01-01');
sql($node, q{delete from jobgrid.schedule where job <> 'rare'});
wait_until($node, q{select count(*) = 0 from jobgrid_engine.pending_on});
# So that what is looked at now and then has just been looked at
sql($node, q{select jobgrid_engine.set_clock(jobgrid_engine.moment() + interval '5 minutes')});
settled();
sleep 1;
my $wakeups = sql($node, q{select wakeups from jobgrid.stat_scheduler where worker = 'scheduler'});
sleep 5;
cmp_ok(sql($node, q{select wakeups from jobgrid.stat_scheduler where worker = 'scheduler'}) - $wakeups, '<=', 1,
	'nobody wakes up where nothing is due');

# A restart may bring another zone
job('follows');
job('stays');
schedule('follows', 'every day at 12:00');
schedule('stays', 'every day at 12:00 in UTC');
wait_until($node, q{select count(*) = 2 from jobgrid.upcoming where job in ('follows', 'stays') and run_at is not null});
$node->append_conf('postgresql.conf', "jobgrid.time_zone = 'Asia/Tokyo'");
$node->restart;
wait_until($node, q{select to_char(run_at at time zone 'UTC', 'HH24:MI') = '03:00' from jobgrid.upcoming where job = 'follows'});
is(sql($node, q{select to_char(run_at at time zone 'UTC', 'HH24:MI') from jobgrid.upcoming where job = 'stays'}), '12:00',
	'schedules follow a setting that a restart has brought, and no others');

done_testing();
