# A year of 10,000 schedules at once, of all that the language can say and in all policies: the clock leaps, and each fire is
# accounted for. What each should have done is asked of schedule_times(): of a part of them, in full size of all.
use strict;
use warnings;
use Jobgrid::Test;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

my $long = ($ENV{JOBGRID_TEST_SIZE} // '') eq 'long';
my $schedules = 10_000;
my $node = new_node('main', conf => 'jobgrid.clock = virtual');

sub settled { wait_until($node, q{select not exists (select from jobgrid_engine.fire_cursor where edited or next_at <= jobgrid_engine.moment())}); return }

# The texts whose meaning the unit test of the language has written down
my ($table) = slurp_file('tests/unit/extension_schedule.c') =~ /meanings\[\]\[2\] = \{(.*?)\n\};/s;
my @texts = $table =~ /^\t\{"([^"]+)",/mg;
cmp_ok(scalar @texts, '>=', 140, scalar(@texts) . ' texts');

# What fires more than twice a minute is more than is counted in a year; of what fires often there is one each.
my $list = join ', ', map { "'$_'" } @texts;
sql($node, qq{select jobgrid_engine.set_clock('2026-01-01 00:00:30+00');
	insert into jobgrid.calendar (name, fiscal_years, fiscal_weeks) values ('year', '{2025-02-02,2026-02-01,2027-01-31}', '{4,4,5}');
	insert into jobgrid.calendar_day (calendar, day) select 'year', day::date from unnest('{2026-01-01,2026-04-03,2026-04-06,2026-12-25,2026-12-28}'::text[]) day;
	create table shape as select row_number() over () as n, schedule, (select count(*) from jobgrid.schedule_times(schedule, 'UTC',
			'2026-01-05 00:00+00', 2001, 'year', 'run_anyway') where run_at < '2026-01-06 00:00+00') as a_day from unnest(array[$list]) schedule;
	delete from shape where a_day > 2000;
	create table rare as select row_number() over () - 1 as n, schedule from shape where a_day <= 24});

# Made as a restore makes them, without the triggers of each row
my %columns = map { $_ => sql($node, qq{select string_agg(attname, ', ' order by attnum) from pg_attribute
	where attrelid = 'jobgrid.$_'::regclass and attnum > 0 and not attisdropped and attgenerated = ''}) } qw(job schedule);
sql($node, qq{select jobgrid.define_job('template', kind => 'noop') \\g /dev/null
	insert into jobgrid.schedule (job, schedule, on_overlap) values ('template', 'daily', 'parallel');
	set session_replication_role = replica;
	insert into jobgrid.job ($columns{job}) overriding system value select $columns{job} from generate_series(1, $schedules) n,
		lateral (select (jsonb_populate_record(j, jsonb_build_object('job_id', 100 + n, 'name', 'y' || n))).* from jobgrid.job j where j.name = 'template') j;
	insert into jobgrid.schedule ($columns{schedule}) overriding system value select $columns{schedule} from (
			select g.n, coalesce(shape.schedule, rare.schedule) as says from generate_series(1, $schedules) g (n) left join shape on shape.n = g.n
			join rare on rare.n = abs(hashint4(g.n)::bigint) % (select count(*) from rare)) u,
		lateral (select (jsonb_populate_record(s, jsonb_build_object('schedule_id', 100 + n, 'job', 'y' || n, 'schedule', says,
				'time_zone', ('{UTC,Europe/London,America/New_York,Australia/Lord_Howe,Africa/Casablanca,Asia/Kathmandu,Antarctica/Troll}'::text[])[1 + n % 7],
				'when_clock_skips', ('{null,run_after,skip,autosys}'::text[])[1 + n / 7 % 4],
				'when_clock_repeats', ('{null,first,second,both,autosys}'::text[])[1 + n / 28 % 5],
				'when_missed', ('{none,latest,all,ask}'::text[])[1 + n / 3 % 4], 'missed_limit', 3)
			|| case when n % 2 = 0 or says like '%fiscal%' then jsonb_build_object('calendar', 'year',
				'when_holiday', ('{null,skip,run_before,run_after,run_anyway}'::text[])[1 + n / 2 % 5]) else '{}' end)).*
			from jobgrid.schedule s where s.job = 'template') s;
	insert into jobgrid_engine.fire_cursor (schedule_id, edited, from_at, next_at)
		select schedule_id, true, jobgrid_engine.moment(), 'infinity' from jobgrid.schedule where job <> 'template';
	analyze jobgrid.job, jobgrid.schedule, jobgrid_engine.fire_cursor});
sql($node, q{select jobgrid_engine.ring('scheduler')});
settled();
sql($node, q{create table first as select schedule_id, from_at, next_at from jobgrid_engine.fire_cursor});
is(sql($node, q{select string_agg(distinct error, ', ') from jobgrid_engine.fire_cursor where error is not null}), '', 'each can fire');
is(sql($node, q{select count(*), count(distinct schedule) > 130 from jobgrid.schedule where job <> 'template'}), "$schedules|t", "$schedules schedules");

my $leap = time;
sql($node, q{select jobgrid_engine.set_clock('2027-01-01 00:00:30+00')});
settled();
my $took = time - $leap;
my $fires = sql($node, q{select sum(fires) from jobgrid.fire});
cmp_ok($took, '<', 60, sprintf '%d fires of a year in %.1f s', $fires, $took);

# Since the last minute fires are on time, and each is a run.
sql($node, q{create table told as select f.schedule_id, sum(f.fires) as fires, coalesce(sum(f.fires) filter (where f.outcome = 'missed'), 0) as missed,
		count(*) filter (where f.outcome = 'run' and f.at - f.scheduled_for > interval '61 s') as made_up, count(*) filter (where f.outcome = 'held') as held,
		count(*) filter (where f.outcome = 'run' and f.at - f.scheduled_for <= interval '61 s') as on_time
	from jobgrid_engine.fire f group by 1});
is(sql($node, q{select count(*) from told where fires <> missed + made_up + held + on_time}), 0, 'each is a run, is held or missed');
is(sql($node, q{select string_agg(distinct s.when_missed, ', ') from told join jobgrid.schedule s using (schedule_id)
	where (made_up, held) is distinct from (case s.when_missed when 'none' then 0 when 'latest' then (on_time = 0)::integer
			when 'all' then least(3, fires - on_time) else 0 end, (s.when_missed = 'ask' and fires > on_time)::integer)}), '', 'by its policy');
my $some = $long ? 'true' : 't.fires < 50000 and (s.schedule_id < 250 or s.schedule_id % 40 = 0)';
my ($asked, $wrong) = split /\|/, sql($node, qq{select count(*), coalesce(sum((coalesce(t.fires, 0) <> meant)::integer), 0)
	from jobgrid.schedule s join first f using (schedule_id) join jobgrid_engine.fire_cursor c using (schedule_id) left join told t using (schedule_id),
		lateral (select count(*) as meant from generate_series(0, 12) m, lateral (select '2026-01-01 00:00+00'::timestamptz + m * interval '30 days') k (since),
			jobgrid_engine.schedule_fires(s.schedule_id, greatest(since, f.from_at), since + interval '30 days', 100000)
			where run_at < least(c.next_at, '2027-01-02 00:00+00')) x
	where $some});
is($wrong, 0, "as many as schedule_times() says, of $asked schedules");

done_testing();
