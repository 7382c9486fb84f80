# What an edit will do, asked in its transaction before COMMIT or ROLLBACK. The clock stands still at noon of 1 June 2026, a Monday.
use strict;
use warnings;
use Jobgrid::Test;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

my $node = new_node('main', conf => "jobgrid.clock = virtual");
sql($node, q{select jobgrid_engine.set_clock('2026-06-01 12:00+00');
	create role team; create role business login in role jobgrid_business, team; insert into jobgrid.team (name, database_role) values ('team', 'team');
	create role stranger login in role jobgrid_business; create role other_team; insert into jobgrid.tenant (name) values ('other');
	insert into jobgrid.team (name, tenant, database_role) values ('other', 'other', 'other_team'); grant other_team to stranger;
	insert into jobgrid.calendar (name) values ('London'); insert into jobgrid.calendar_day (calendar, day) values ('London', '2026-08-31')});
sql($node, qq{select jobgrid.define_job('$_', kind => 'external', owner_team => 'team')}) for qw(load report mail tick);
sql($node, q{insert into jobgrid.schedule (job, schedule, time_zone, calendar) values ('load', 'every working day at 07:30', 'Europe/London', 'London');
	insert into jobgrid.schedule (job, schedule, time_zone) values ('report', 'last day of month at 18:00', 'UTC'), ('mail', 'every day at 09:00', 'UTC'),
		('tick', 'every minute', 'UTC')});

# What an edit shows before it is rolled back, as somebody, without the columns that do not matter here.
sub preview
{
	my ($edit, %more) = @_;
	my $n = $more{n} // 100;
	my @options = $more{user} ? (user => $more{user}) : ();
	return sql($node, "begin; $edit; select what, job, schedule, to_char(was at time zone 'UTC', 'DD Mon HH24:MI'), to_char(becomes at time zone 'UTC', 'DD Mon HH24:MI'), detail
		from jobgrid.preview_changes($n); rollback", @options);
}

is(preview('select'), "count||||04 Aug 00:00|0 schedules changed: 0 starts added, 0 removed, 0 moved", 'nothing edited, nothing changed');
my $moved = preview(q{update jobgrid.schedule set schedule = 'every working day at 06:15' where job = 'load'}, n => 2);
is($moved, "count||||04 Aug 00:00|1 schedule changed: 0 starts added, 0 removed, 45 moved\n"
	. "moved|load|main|02 Jun 06:30|02 Jun 05:15|\nmoved|load|main|03 Jun 06:30|03 Jun 05:15|", 'an earlier time of day: each moves, earliest first, so many as asked for');
is(sql($node, q{select schedule from jobgrid.schedule where job = 'load'}), 'every working day at 07:30', 'rolled back, nothing has happened');
is(preview(q{insert into jobgrid.calendar_day (calendar, day) values ('London', '2026-06-03'), ('London', '2026-07-10')}),
	"count||||04 Aug 00:00|1 schedule changed: 0 starts added, 2 removed, 0 moved\nremoved|load|main|03 Jun 06:30||\nremoved|load|main|10 Jul 06:30||", 'holidays take away');
is(preview(q{update jobgrid.job set enabled = false where full_name = 'report'}),
	"count||||04 Aug 00:00|1 schedule changed: 0 starts added, 2 removed, 0 moved\nremoved|report|main|30 Jun 18:00||\nremoved|report|main|31 Jul 18:00||",
	'both month ends are looked at');
is(preview(q{delete from jobgrid.schedule where job = 'report'}),
	"count||||04 Aug 00:00|1 schedule changed: 0 starts added, 2 removed, 0 moved\nremoved|report|main|30 Jun 18:00||\nremoved|report|main|31 Jul 18:00||", 'a schedule that goes');
is(preview(q{insert into jobgrid.schedule (job, name, schedule, time_zone) values ('report', 'half', 'on the 15th at 18:00', 'UTC')}),
	"count||||04 Aug 00:00|1 schedule changed: 2 starts added, 0 removed, 0 moved\nadded|report|half||15 Jun 18:00|\nadded|report|half||15 Jul 18:00|", 'one that comes');
is(preview(q{update jobgrid.tenant set time_zone = 'Asia/Tokyo' where name = 'default'}),
	"count||||04 Aug 00:00|0 schedules changed: 0 starts added, 0 removed, 0 moved", 'a zone that nobody goes by');
is(preview(q{insert into jobgrid.blackout (name, tenant, job, starts_at, ends_at) values ('freeze', 'default', 'mail', '2026-06-05 00:00+00', '2026-06-07 12:00+00')}),
	"count||||04 Aug 00:00|1 schedule changed: 0 starts added, 2 removed, 1 moved\nremoved|mail|main|05 Jun 09:00||\nremoved|mail|main|06 Jun 09:00||\nmoved|mail|main|07 Jun 09:00|07 Jun 12:00|",
	'what a blackout holds starts at its end, once');
is(preview(q{insert into jobgrid.blackout (name, tenant, job, starts_at, ends_at, what_happens) values ('freeze', 'default', 'mail', '2026-06-05 00:00+00', '2026-06-07 12:00+00', 'skip')}),
	"count||||04 Aug 00:00|1 schedule changed: 0 starts added, 3 removed, 0 moved\nremoved|mail|main|05 Jun 09:00||\nremoved|mail|main|06 Jun 09:00||\nremoved|mail|main|07 Jun 09:00||", 'or not at all');
like(preview(q{update jobgrid.job set run_window = '10:00-11:00', when_outside = 'skip', time_zone = 'UTC' where full_name = 'mail'}, n => 0),
	qr/^warning\|mail\|main\|\|\|all its fires fall outside the run window 10:00-11:00 or into blackouts: it starts nothing$/m, 'a window that never opens for it');
like(preview(q{update jobgrid.job set run_window = '10:00-11:00', time_zone = 'UTC' where full_name = 'mail'}, n => 1),
	qr/^moved\|mail\|main\|02 Jun 09:00\|02 Jun 10:00\|$/m, 'a window that it waits for');
like(preview(q{update jobgrid.schedule set schedule = 'on 2026-01-01' where job = 'mail'}, n => 0), qr/^warning\|mail\|main\|\|\|does not fire in all that time$/m, 'a schedule that is over');
like(preview(q{insert into jobgrid.schedule (job, name, schedule, time_zone) values ('mail', 'second', 'every mon at 09:00', 'UTC')}, n => 0),
	qr/^warning\|mail\|second\|\|08 Jun 09:00\|starts at the same moment as schedule "main" of the job, 9 times$/m, 'two schedules of a job that collide');
sql($node, q{select jobgrid.define_job('print ' || n, command => 'true', needs_tokens => '{"license": 1}') from generate_series(1, 2) n;
	insert into jobgrid.schedule (job, schedule, time_zone) values ('print 1', 'last day of month at 18:00', 'UTC'), ('print 2', 'daily at 19:00', 'UTC')});
like(preview(q{update jobgrid.schedule set schedule = 'every day at 18:00' where job = 'print 2'}, n => 0),
	qr/^warning\|print 2\|main\|\|30 Jun 18:00\|starts at the same moment as job "print 1", 2 times; both need the same token$/m, 'two jobs that need the same token');
like(preview(q{update jobgrid.calendar set known_until = '2026-06-30' where name = 'London'; update jobgrid.schedule set schedule = 'every working day at 07:00' where job = 'load'}, n => 0),
	qr/^warning\|\|\|\|\|calendar "London" knows its days until 2026-06-30 only/m, 'a calendar that runs out');
like(preview(q{update jobgrid.schedule set schedule = 'every second' where job = 'tick'}, n => 0), qr/^warning\|tick\|main\|\|\S+ Jun [0-9:]+\|has more starts than are compared/m, 'what is too much is said');

# Runs that are there
my $run = sql($node, q{select run_id from jobgrid.submit('report')});
wait_for_value($node, "select state from jobgrid.run where run_id = $run", 'running');
sql($node, q{select jobgrid.hold(job => 'report'); select jobgrid.submit('report')});
like(preview(q{update jobgrid.job set timeout = '2 hours', parameters = '{"a": 1}' where full_name = 'report'}),
	qr/^runs\|report\|\|\|\|1 not started yet: will use the edit; 1 not started yet: keep parameters; 1 at work: will not use it$/m, 'which runs an edit reaches');

# As others
like(preview(q{update jobgrid.schedule set schedule = 'every day at 10:00' where job = 'mail'}, user => 'business', n => 1),
	qr/^moved\|mail\|main\|02 Jun 09:00\|02 Jun 10:00\|$/m, 'business asks for its own edit');
is(sql($node, q{begin; select count(*) from jobgrid.preview_changes() where job is not null; rollback}, user => 'stranger'), 0, 'others see nothing of it');
my $session = $node->background_psql('jobgrid', on_error_stop => 0);
$session->query_safe(q{begin; update jobgrid.schedule set schedule = 'every day at 23:00' where job = 'mail'});
is(preview('select', n => 0), "count||||04 Aug 00:00|0 schedules changed: 0 starts added, 0 removed, 0 moved", 'what others have not committed is nothing');
like($session->query_safe(q{savepoint s; update jobgrid.schedule set schedule = 'every day at 22:00' where job = 'mail'; rollback to s;
	select count(*) from jobgrid.preview_changes() where what = 'moved' and to_char(becomes at time zone 'UTC', 'HH24:MI') = '23:00'}), qr/^6[0-9]$/m, 'what is rolled back to a savepoint is gone');
$session->query_safe('rollback');
$session->quit;

# Schedules that need the same token, each compared with each
sql($node, q{select jobgrid.define_job('token ' || i, kind => 'noop', needs_tokens => '{"shared": 1}') from generate_series(0, 59) i;
	insert into jobgrid.schedule (job, schedule, time_zone) select 'token ' || i, i || ' * * * * *', 'UTC' from generate_series(0, 59) i});
$session = $node->background_psql('jobgrid');
my $pid = $session->query_safe('select pg_backend_pid()');
like($session->query_safe(q{begin; update jobgrid.schedule set schedule = (split_part(schedule, ' ', 1)::integer + 30) % 60 || ' * * * * *' where job like 'token %'; select count(*) from jobgrid.preview_changes(0) where what = 'count'}), qr/^1$/m, 'all of them are edited');
my ($most) = slurp_file("/proc/$pid/status") =~ /^VmHWM:\s+(\d+) kB/m;
cmp_ok($most / 1024, '<', 200, 'which takes some memory for each, not for each pair');
$session->query_safe('rollback');
$session->quit;
sql($node, q{delete from jobgrid.schedule where job like 'token %'});

# Many
my $many = ($ENV{JOBGRID_TEST_SIZE} // '') eq 'long' ? 10000 : 1000;
sql($node, qq{select count(jobgrid.define_job('many ' || i, kind => 'noop')) from generate_series(1, $many) i;
	insert into jobgrid.schedule (job, schedule, calendar) select 'many ' || i, 'every working day at 07:30', 'London' from generate_series(1, $many) i});
my $all = $many + 1;
my $began = time;
like(preview(q{insert into jobgrid.calendar_day (calendar, day) values ('London', '2026-06-03')}, n => 1), qr/^count\|\|\|\|04 Aug 00:00\|$all schedules changed: 0 starts added, $all removed, 0 moved$/m, 'a holiday of many schedules');
my $took = time - $began;
note "$many schedules changed: $took s";
cmp_ok($took, '<', 60, 'takes seconds');

done_testing();
