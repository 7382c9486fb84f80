# What a clock can do to schedules: leap forward and back by seconds, hours and years, or stand still while the scheduler
# is stopped. Each fire is accounted for, by the policy of its schedule, and none happens twice.
use strict;
use warnings;
use Jobgrid::Test;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep);

my $node = new_node('main', conf => "jobgrid.clock = virtual\njobgrid.sql_workers = 8\nmax_worker_processes = 24");
sql($node, 'create role worker login');

sub set_clock { sql($node, "select jobgrid_engine.set_clock('$_[0]')"); return }

# A job of kind external: its runs stay until the test ends them, and cost nothing.
sub job
{
	my ($name, $text, %columns) = @_;
	$columns{on_overlap} //= q{'parallel'};
	my $names = join '', map { ", $_" } sort keys %columns;
	my $values = join '', map { ", $columns{$_}" } sort keys %columns;
	sql($node, "select jobgrid.define_job('$name', kind => 'external');
		insert into jobgrid.schedule (job, schedule$names) values ('$name', '$text'$values)");
	wait_until($node, "select run_at is not null from jobgrid.upcoming where job = '$name'");
	return;
}

# What became of a job's fires, in their order: times of day in UTC, how many, outcome and reason.
sub fires
{
	return sql($node, qq{select coalesce(string_agg(to_char(scheduled_for at time zone 'UTC', 'HH24:MI')
		|| case when fires > 1 then to_char(until at time zone 'UTC', '-HH24:MI (') || fires || ')' else '' end
		|| ' ' || outcome || coalesce(' ' || reason, ''), ', ' order by scheduled_for), '') from jobgrid.fire where job = '$_[0]'});
}

sub next_at { return sql($node, "select to_char(run_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI') from jobgrid.upcoming where job = '$_[0]'") }

# Waits until the scheduler has looked at everything that is due.
sub settled
{
	wait_until($node, q{select not exists (select from jobgrid_engine.fire_cursor where edited or next_at <= jobgrid_engine.moment())});
	return;
}

# Stops the process while it sleeps and holds nothing that others would wait for; gives back its id.
sub stop_scheduler
{
	my $pid = sql($node, q{select pid from jobgrid.stat_scheduler where worker = 'scheduler'});
	for (1 .. 100)
	{
		wait_until($node, "select wait_event = 'Extension' from pg_stat_activity where pid = $pid");
		kill 'STOP', $pid;
		return $pid if sql($node, "select wait_event from pg_stat_activity where pid = $pid") eq 'Extension';
		kill 'CONT', $pid;
	}
	die "the scheduler never sleeps\n";
}

is(error_of($node, q{select jobgrid_engine.set_clock('infinity')})->{sqlstate}, 'JG003', 'no clock is at the end of time');
set_clock('2026-03-02 07:59:00+00');
my $executor = start_session($node);
my $refused = error_of($node, q{select * from jobgrid_engine.hello('x', gen_random_uuid(), 1, 1, '{shell}')}, user => 'executor_hand');
is($refused->{message}, 'a server with a virtual clock takes no executors', 'no executor works by a clock that is set');

# An outage of two hours, by each policy
job("missed $_", 'every 15 minutes', when_missed => "'$_'") for qw(none latest all ask);
job('missed three', 'every 15 minutes', when_missed => q{'all'}, missed_limit => 3);
sql($node, q{select jobgrid.define_job('missed critical', kind => 'external', criticality => 1);
	insert into jobgrid.schedule (job, schedule) values ('missed critical', 'every 15 minutes')});
sql($node, q{insert into jobgrid.calendar (name) values ('books');
	insert into jobgrid.calendar_day (calendar, day) values ('books', '2026-03-02');
	insert into jobgrid.application (name, time_zone, calendar) values ('books', 'UTC', 'books')});
job('booked', 'every hour');
sql($node, q{update jobgrid.job set application = 'books' where name = 'booked'});
settled();
set_clock('2026-03-02 08:00:01+00');
settled();
is(fires("missed none"), '08:00 run', 'a fire on time');
set_clock('2026-03-02 10:05:00+00');
settled();
is(fires('missed none'), '08:00 run, 08:15-10:00 (8) missed when_missed none', 'none: what was missed is told');
is(fires('missed latest'), '08:00 run, 08:15-09:45 (7) missed when_missed latest, 10:00 run', 'latest: the latest is made up');
is(fires('missed all'), '08:00 run, 08:15 run, 08:30 run, 08:45 run, 09:00 run, 09:15 run, 09:30 run, 09:45 run, 10:00 run',
	'all: each is made up');
is(fires('missed three'), '08:00 run, 08:15-09:15 (5) missed when_missed all, 09:30 run, 09:45 run, 10:00 run',
	'at most so many');
is(fires('missed ask'), '08:00 run, 08:15-09:45 (7) missed when_missed ask, 10:00 held', 'ask: one run is held');
is(sql($node, q{select state, reason from jobgrid.run where job = 'missed ask' order by run_id desc limit 1}), 'held|missed',
	'and says why');
is(sql($node, q{select when_missed from jobgrid.schedule where job = 'missed critical'}), 'ask', 'as for a job of criticality 1');
is(sql($node, q{select distinct business_date from jobgrid.run where job like 'missed %'}), '2026-03-02', 'all of their day');
is(sql($node, q{select distinct business_date from jobgrid.run where job = 'booked'}), '2026-02-27',
	'or, on a holiday of their application, of the business day before');

# Small steps: nothing is lost, nothing twice
my $before = fires('missed all');
set_clock('2026-03-02 10:14:59.5+00');
wait_until($node, q{select count(*) > 0 from jobgrid.fire where job = 'missed all' and scheduled_for = '2026-03-02 10:15+00'});
set_clock('2026-03-02 10:14:59.5+00');
settled();
sleep 1.2;
is(fires('missed all'), "$before, 10:15 run", 'a clock that goes back by a second fires nothing twice');

# An hour forward, an hour back
set_clock('2026-03-02 11:16:00+00');
settled();
is(fires('missed latest') =~ s/.*10:15 run, //r, '10:30-11:00 (3) missed when_missed latest, 11:15 run', 'an hour forward is an outage');
set_clock('2026-03-02 10:17:00+00');
sleep 0.5;
my $latest = fires('missed latest');
set_clock('2026-03-02 10:46:00+00');
settled();
sleep 0.5;
is(fires('missed latest'), $latest, 'an hour back: what has fired fires not again');
is(next_at('missed latest'), '2026-03-02 11:30', 'the next is the one after');
sql($node, q{update jobgrid.schedule set note = 'edited' where job = 'missed latest';
	update jobgrid.schedule set schedule = 'every 15 minutes from 00:00 on mon-sun' where job = 'missed latest';
	update jobgrid.schedule set schedule = '*/15 0-23 * * *', valid_from = '2026-01-01' where job = 'missed latest'});
settled();
set_clock('2026-03-02 11:02:00+00');
settled();
is(fires('missed latest'), $latest, 'nor after an edit, which looks at the clock');
set_clock('2026-03-02 11:31:00+00');
settled();
is(fires('missed latest'), "$latest, 11:30 run", 'and then it goes on');

# Ten years forward and back again
set_clock('2036-03-02 11:00:30+00');
settled();
is(next_at('missed latest'), '2036-03-02 11:15', 'ten years forward: the next fire is the next');
is(sql($node, q{select count(*), min(fires) > 350000 from jobgrid.fire where job = 'missed latest' and until > '2027-01-01'
	and outcome = 'missed'}), '1|t', 'what was missed is counted in one row');
set_clock('2026-03-02 12:00:30+00');
wait_until($node, q{select bool_and(run_at < '2027-01-01') from jobgrid.upcoming});
is(next_at('missed latest'), '2026-03-02 12:15', 'ten years back: the clock was wrong, and schedules go on');
like(slurp_file($node->logfile), qr/the clock was ahead by more than a day: \d+ schedules go on from now/, 'which the log says');

# A scheduler that stands still, and one that is ended, again and again
sql($node, q{delete from jobgrid.schedule});
job('stands', 'every minute', when_missed => q{'all'});
set_clock('2026-03-03 08:00:30+00');
settled();
sql($node, q{select jobgrid.submit('booked')});
wait_for_value($node, q{select string_agg(distinct business_date::text || ' ' || state, ', ') from jobgrid.run where job = 'booked'
	and business_date in ('2026-02-27', '2026-03-03')}, '2026-02-27 running, 2026-03-03 running');
pass('what of an earlier business day is not finished stays beside that of today');
my $had = sql($node, q{select coalesce(sum(fires), 0) from jobgrid.fire where job = 'stands'});
my $pid = stop_scheduler();
set_clock('2026-03-03 08:05:31+00');
sleep 0.3;
kill 'CONT', $pid;
settled();
is(sql($node, q{select coalesce(sum(fires), 0) from jobgrid.fire where job = 'stands'}) - $had, 5,
	'a scheduler that stood still accounts for each fire once');
for my $round (1 .. 10)
{
	sql($node, q{select pg_terminate_backend(pid) from jobgrid.stat_scheduler where worker = 'scheduler'});
	set_clock(sprintf '2026-03-03 08:%02d:31+00', 5 + $round);
}
settled();
is(sql($node, q{select coalesce(sum(fires), 0) from jobgrid.fire where job = 'stands'}) - $had, 15,
	'and so does one that was ended ten times');
is(sql($node, q{select count(*) from (select scheduled_for from jobgrid.run where job = 'stands' group by 1 having count(*) > 1) twice}), 0,
	'none is a run twice');

# Edits while the scheduler stands still: what was due before them is decided by what was said then and by the new policy
sql($node, q{delete from jobgrid.schedule});
set_clock('2026-03-04 07:59:30+00');
job("edit $_", 'every 15 minutes', when_missed => q{'none'}) for qw(all latest none twice off zone calendar gone fresh);
sql($node, q{insert into jobgrid.calendar (name) values ('edited');
	update jobgrid.schedule set calendar = 'edited' where job = 'edit calendar';
	select jobgrid.define_job('edit setting', kind => 'external');
	insert into jobgrid.schedule (job, schedule, when_missed, on_overlap) values ('edit setting', 'at 08:15, 09:00', 'all', 'parallel')});
settled();
$pid = stop_scheduler();
set_clock('2026-03-04 09:00:30+00');
sql($node, q{update jobgrid.schedule set schedule = 'at 23:00', when_missed = 'all', missed_limit = 3 where job = 'edit all';
	update jobgrid.schedule set schedule = 'at 23:00', when_missed = 'latest' where job = 'edit latest';
	update jobgrid.schedule set schedule = 'at 23:00' where job = 'edit none';
	update jobgrid.schedule set schedule = 'every 20 minutes', when_missed = 'all' where job = 'edit twice';
	update jobgrid.schedule set enabled = false where job = 'edit off';
	update jobgrid.job set time_zone = 'Asia/Kathmandu' where name = 'edit zone';
	insert into jobgrid.calendar_day (calendar, day) values ('edited', '2026-03-05');
	begin;
	update jobgrid.schedule set schedule = 'at 22:00' where job = 'edit gone';
	update jobgrid.schedule set schedule = 'at 23:00', note = 'the last counts' where job = 'edit gone';
	commit;
	delete from jobgrid.schedule where job = 'edit fresh';
	insert into jobgrid.schedule (job, schedule, when_missed, on_overlap) values ('edit fresh', 'every 15 minutes', 'all', 'parallel')});
set_clock('2026-03-04 10:05:00+00');
sql($node, q{update jobgrid.schedule set schedule = 'at 23:00' where job = 'edit twice'});
$node->append_conf('postgresql.conf', "jobgrid.time_zone = 'Asia/Tokyo'");
$node->reload;
kill 'CONT', $pid;
settled();
is(fires('edit all'), '08:00-08:15 (2) missed when_missed all, 08:30 run, 08:45 run, 09:00 run', 'all, of what was due before the edit');
is(fires('edit latest'), '08:00-08:45 (4) missed when_missed latest, 09:00 run', 'the latest');
is(fires('edit none'), '08:00-09:00 (5) missed when_missed none', 'or none');
is(fires('edit twice'), '08:00 run, 08:15 run, 08:30 run, 08:45 run, 09:00 run, 09:20 run, 09:40 run, 10:00 run',
	'of two edits each counts for its time');
is(fires('edit off'), '08:00-09:00 (5) missed disabled', 'what is switched off makes up nothing, and that is told');
is(fires('edit zone'), '08:00-10:00 (9) missed when_missed none', 'the zone of a job is no edit of what was due before');
is(fires('edit calendar'), '08:00-10:00 (9) missed when_missed none', 'nor are the days of a calendar');
is(fires('edit gone'), '08:00-09:00 (5) missed when_missed none', 'what a transaction says in between counts for nothing');
is(fires('edit fresh'), '09:15 run, 09:30 run, 09:45 run, 10:00 run', 'nothing lies before a new schedule');
is(fires('edit setting'), '08:15 run, 09:00 run', 'nor is jobgrid.time_zone, which has changed meanwhile');
is(next_at($_), $_ eq 'edit setting' ? '2026-03-04 23:15' : '2026-03-04 14:00', "$_ goes on as it says now") for 'edit all', 'edit setting';
is(sql($node, q{select count(*) from jobgrid_engine.schedule_before}), 0, 'what was said before is kept no longer than that');
$node->append_conf('postgresql.conf', "jobgrid.time_zone = 'UTC'");
$node->reload;

# Each fire counts, and one runs at a time: all wait, and go in their order
sql($node, q{delete from jobgrid.schedule});
job('queue', 'every 15 minutes', when_missed => q{'all'}, on_overlap => q{'wait'});
set_clock('2026-03-04 11:16:00+00');
settled();
is(fires('queue'), '10:15 run, 10:30 run, 10:45 run, 11:00 run, 11:15 run', 'with all no fire is skipped because another waits');
my @order;
for my $left (reverse 0 .. 4)
{
	wait_until($node, q{select count(*) = 1 from jobgrid.run where job = 'queue' and state = 'running'});
	is(sql($node, q{select count(*) from jobgrid.run where job = 'queue' and state = 'waiting' and reason = 'overlap'}), $left,
		"one runs, $left wait for it");
	push @order, sql($node, q{select to_char(scheduled_for at time zone 'UTC', 'HH24:MI') from jobgrid.run where job = 'queue' and state = 'running'});
	sql($node, q{select jobgrid.report_outcome(run_id, 'succeeded') from jobgrid.run where job = 'queue' and state = 'running'});
}
is("@order", '10:15 10:30 10:45 11:00 11:15', 'in the order of their moments');

# A clock that was wrong while edits were made: what was said before them is said of a time that never came
sql($node, q{delete from jobgrid.schedule});
job('wrong', 'every 15 minutes');
settled();
$pid = stop_scheduler();
set_clock('2026-03-09 09:00:00+00');
sql($node, q{update jobgrid.schedule set schedule = 'at 23:00' where job = 'wrong'});
is(sql($node, q{select count(*) from jobgrid_engine.schedule_before}), 1, 'an edit in a time to come');
set_clock('2026-03-04 12:00:30+00');
kill 'CONT', $pid;
settled();
is(next_at('wrong'), '2026-03-04 23:00', 'the clock goes back: from now on only what is said now counts');
is(fires('wrong'), '11:30-11:45 (2) missed when_missed latest, 12:00 run', 'and until now what was said before');

# What is kept of fires: those that are runs for a week, what was missed for 90 days
sql($node, q{delete from jobgrid.schedule});
job('kept', 'on 2027-03-04 at 12:00, 12:01, 12:02', when_missed => q{'latest'});
set_clock('2027-03-04 13:00:00+00');
settled();
is(fires('kept'), '12:00-12:01 (2) missed when_missed latest, 12:02 run', 'a run, and two that were missed');
sql($node, q{create table witness as select * from jobgrid_engine.fire where scheduled_for = '2027-03-04 12:02+00'});
for my $after (['6 days', '2', 'six days later both are told'], ['8 days', '1', 'after a week the run has its own record'],
	['89 days', '1', 'what was missed is told for longer'], ['91 days', '0', 'and not for ever'])
{
	my ($age, $left, $what) = @$after;
	# The last run that is too old then: once it is gone, the janitor has deleted what it will.
	my $then = "timestamptz '2027-03-04 13:00:00+00' + interval '$age'";
	sql($node, qq{insert into jobgrid_engine.fire select (jsonb_populate_record(w, jsonb_build_object(
			'at', $then - interval '7 days 1 second', 'scheduled_for', timestamptz '2020-01-01'))).* from witness w;
		select jobgrid_engine.set_clock($then)});
	wait_until($node, q{select not exists (select from jobgrid_engine.fire where scheduled_for = '2020-01-01')});
	is(sql($node, q{select count(*) from jobgrid.fire where job = 'kept'}), $left, $what);
}

# The setting is an edit of all that follow it; what could not fire is tried again
sql($node, q{delete from jobgrid.schedule});
job('follows', 'every day at 12:00', on_overlap => q{'parallel'});
set_clock('2027-07-01 10:00:00+00');
settled();
is(next_at('follows'), '2027-07-01 12:00', 'by the setting as it is');
$node->append_conf('postgresql.conf', "jobgrid.time_zone = 'Europe/Zurich'");
$node->reload;
wait_until($node, q{select run_at = '2027-07-02 10:00+00' from jobgrid.upcoming where job = 'follows'});
pass('by the new one, from now on: noon was at this moment');
$node->append_conf('postgresql.conf', "jobgrid.time_zone = 'Europe/Atlantis'");
$node->reload;
wait_until($node, q{select count(*) = 1 from jobgrid.attention where job = 'follows'});
like(sql($node, q{select detail from jobgrid.attention where job = 'follows'}), qr/time zone "Europe\/Atlantis" .*does not exist/,
	'a setting that is none is told');
$node->append_conf('postgresql.conf', "jobgrid.time_zone = 'UTC'");
$node->reload;
wait_until($node, q{select run_at = '2027-07-01 12:00+00' from jobgrid.upcoming where job = 'follows'});
is(sql($node, q{select count(*) from jobgrid.attention where job = 'follows'}), 0, 'and mended');

# New rules of a zone
my $zones = $ENV{JOBGRID_TEST_ZONES};
{
	mkdir "$zones/Test";
	my $copy = sub { system_or_bail('cp', "/usr/share/zoneinfo/$_[0]", "$zones/Test/$_[1]") };
	$copy->('UTC', 'Other');
	$copy->('Europe/London', 'Here');
	my $other = new_node('zones', conf => 'jobgrid.clock = virtual');
	sql($other, q{select jobgrid_engine.set_clock('2026-07-01 12:00+00'); create role worker login;
		select jobgrid.define_job(n, kind => 'external') from unnest('{moved,stays}'::text[]) n \g /dev/null
		insert into jobgrid.schedule (job, schedule) values ('moved', 'every day at 09:00 in Test/Here'), ('stays', 'every day at 09:00 in Test/Other')});
	wait_until($other, q{select count(*) = 2 from jobgrid.upcoming where run_at is not null});
	is(sql($other, q{select to_char(run_at at time zone 'UTC', 'DD HH24:MI') from jobgrid.upcoming order by job}), "02 08:00\n02 09:00",
		'fires by the zones as they are');
	$copy->('Europe/Zurich', 'New');
	rename "$zones/Test/New", "$zones/Test/Here" or die $!;
	sql($other, q{select jobgrid_engine.set_clock('2026-07-01 12:00:40+00')});
	wait_until($other, q{select count(*) > 0 from jobgrid.schedule_event});
	is(sql($other, q{select to_char(run_at at time zone 'UTC', 'DD HH24:MI') from jobgrid.upcoming order by job}), "02 07:00\n02 09:00",
		'a new file moves the fires of its zone');
	is(sql($other, q{select job, event, detail from jobgrid.schedule_event}),
		'moved|zone_changed|the rules of Test/Here have changed: the next fire is 2026-07-02 07:00:00, not 2026-07-02 08:00:00',
		'and that is told');
}

done_testing();
