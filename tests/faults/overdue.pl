# The server was down for three days, and a great many fires are overdue: each is accounted for by the policy of its
# schedule, in transactions of bounded size and with bounded memory, while other schedules fire on time, and nothing is lost
# or made twice when the server is killed in the midst of it. A million runs in full size.
use strict;
use warnings;
use Jobgrid::Test;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);

my $long = ($ENV{JOBGRID_TEST_SIZE} // '') eq 'long';
my $each = $long ? 10_000 : 100; # schedules a policy
my $limit = 100;                 # of fires that are made up
$PostgreSQL::Test::Utils::timeout_default = 1800 if $long;

my $node = new_node('main', conf => <<'EOF');
jobgrid.clock = virtual
track_commit_timestamp = on
max_wal_size = 4GB
EOF

# All that is due is decided.
sub settled { wait_until($node, q{select not exists (select from jobgrid_engine.fire_cursor where edited or next_at <= jobgrid_engine.moment())}); return }

# Holds up the scheduler when a part of the runs is there; gives back the session that does.
my $expected = $each * ($limit + 2) + 10_000;
sub hold_up
{
	my ($part) = @_;
	my $session = $node->background_psql('jobgrid');
	$session->query_safe(qq{begin; do \$\$ begin
		while (select count(*) < $part * $expected from jobgrid_engine.fire where run_id is not null) loop
			perform pg_sleep(0.001);
		end loop; end \$\$; lock table jobgrid_engine.fire in share mode});
	return $session;
}

sub scheduler { return sql($node, q{select pid from jobgrid.stat_scheduler where worker = 'scheduler'}) }

my %memory; # kB of the schedulers, at most
sub note_memory
{
	my $status = slurp_file('/proc/' . scheduler() . '/status');
	for my $what (qw(VmHWM RssShmem))
	{
		my ($kb) = $status =~ /^$what:\s+(\d+) kB/m;
		$memory{$what} = $kb if $kb > ($memory{$what} // 0);
	}
	return;
}

# Three days ago by the virtual clock, which is the machine's again after a restart
my $began = sql($node, q{select date_trunc('hour', now() at time zone 'UTC' - interval '3 days') + interval '1 minute'}) . ' UTC';
sql($node, qq{select jobgrid_engine.set_clock('$began');
	insert into jobgrid.job (name, kind) select policy || ' ' || n, 'noop' from unnest('{all,latest,none,ask}'::text[]) policy, generate_series(1, $each) n;
	insert into jobgrid.schedule (job, schedule, time_zone, when_missed, missed_limit, on_overlap)
	select policy || ' ' || n, 'every 40 minutes', 'UTC', policy, $limit, case when policy = 'all' then 'parallel' else 'wait' end
	from unnest('{all,latest,none,ask}'::text[]) policy, generate_series(1, $each) n;
	insert into jobgrid.job (name, kind) select name, 'noop' from unnest('{dense 1,second 1,second 2,second 3}'::text[]) name;
	insert into jobgrid.schedule (job, schedule, time_zone, when_missed, missed_limit, on_overlap)
	values ('dense 1', 'every 20 seconds', 'UTC', 'all', 10000, 'parallel'), ('second 1', 'every second', 'UTC', 'latest', 1, 'parallel'),
		('second 2', 'every second', 'UTC', 'latest', 1, 'parallel'), ('second 3', 'every second', 'UTC', 'latest', 1, 'parallel')});
settled();
sql($node, q{create table first as select schedule_id, least(c.next_at, (select min(f.scheduled_for) from jobgrid_engine.fire f
	where f.schedule_id = c.schedule_id)) as run_at from jobgrid_engine.fire_cursor c});
$node->stop('immediate');

# Killed again and again; then held up until what fires each second is due, in the midst of the rest
my $clock = time;
my @killed;
$node->start;
for my $part ($long ? (0.2, 0.4, 0.6) : (0.1))
{
	my $session = hold_up($part);
	note_memory();
	push @killed, time;
	$node->stop('immediate');
	eval { $session->quit };
	$node->start;
}
my $session = hold_up($long ? 0.7 : 0.3);
my $stood = time;
sleep 1.2;
$session->quit;
my $alone = time + 0.5; # from here on nobody does
settled();
my $took = time - $clock;
sleep 2;
note_memory();
sql($node, q{update jobgrid.schedule set enabled = false});
settled();

# What there was to fire, day by day, as schedule_times() gives so many at most; and what was told of each schedule
sql($node, qq{create table moment as
	select schedule, run_at from unnest('{every 40 minutes,every 20 seconds,every second}'::text[]) schedule, generate_series(0, 4) n,
		lateral (select date_trunc('day', '$began'::timestamptz, 'UTC') + n * interval '1 day') d (midnight),
		jobgrid.schedule_times(schedule, 'UTC', greatest('$began', midnight - interval '1 second'), 86400)
	where run_at < midnight + interval '1 day';
	create index on moment (schedule, run_at);
	create table told as
	select s.schedule_id, split_part(s.job, ' ', 1) as policy, s.schedule, sum(f.fires) as fires, max(f.until) as until,
		count(*) filter (where f.outcome = 'run') as runs, count(*) filter (where f.outcome = 'held') as held,
		coalesce(sum(f.fires) filter (where f.outcome = 'missed'), 0) as missed, max(f.until) filter (where f.outcome = 'missed') as missed_until,
		string_agg(distinct f.reason, ', ') as reasons
	from jobgrid_engine.fire f join jobgrid.schedule s using (schedule_id) group by s.schedule_id;
	analyze});
is(sql($node, q{select count(*) from told}), 4 * $each + 4, 'each schedule has its fires told');
is(sql($node, q{select count(*) from told t join first f using (schedule_id)
	where fires <> (select count(*) from moment m where m.schedule = t.schedule and m.run_at between f.run_at and t.until)}), 0,
	'each of them once, from the first to the last');
is(sql($node, q{select count(*) from jobgrid_engine.fire f join jobgrid.schedule s using (schedule_id)
	where not exists (select from moment m where m.schedule = s.schedule and m.run_at = f.scheduled_for)}), 0, 'and no other');

# One may have come on time meanwhile.
is(sql($node, qq{select count(*) from told t where policy = 'all' and (runs not between $limit and $limit + 1 or missed = 0 or reasons <> 'when_missed all'
	or runs <> (select count(*) from moment m where m.schedule = t.schedule and m.run_at > t.missed_until and m.run_at <= t.until))}), 0,
	"all: the latest $limit are run");
is(sql($node, q{select count(*) from told where policy = 'dense' and runs >= 10000 and missed > 0}), 1, 'or the latest 10,000');
is(sql($node, q{select count(*) from told where policy = 'latest' and (runs not between 1 and 2 or runs + missed <> fires or reasons <> 'when_missed latest')}), 0,
	'latest: one is');
is(sql($node, q{select count(*) from told where policy = 'none' and (runs > 1 or runs + missed <> fires or reasons <> 'when_missed none')}), 0, 'none: none is');
is(sql($node, q{select count(*) from told where policy = 'ask' and (held <> 1 or missed < fires - 2)}), 0, 'ask: one is held');

# Nothing is lost, nothing twice
my $runs = sql($node, q{select count(*) from jobgrid_engine.fire where run_id is not null});
cmp_ok($runs, '>=', $expected, "$runs fires are runs");
is(sql($node, q{select count(*), count(distinct run_id), count(distinct (schedule_id, scheduled_for)) from jobgrid_engine.run}), "$runs|$runs|$runs",
	'each has one run');
is(sql($node, q{select count(*) from jobgrid_engine.fire f join jobgrid_engine.run r using (run_id, schedule_id, scheduled_for)}), $runs, 'which is its own');
is(sql($node, q{select count(*), count(distinct run_id) from (select run_id from jobgrid_engine.due union all select run_id from jobgrid_engine.pending
	union all select run_id from jobgrid_engine.ready union all select run_id from jobgrid_engine.parked) n}), "$runs|$runs", 'and is in one place');

# What made up for the outage: transactions by their commit
sql($node, q{create table backlog as
	select pg_xact_commit_timestamp(x) as at, n from (select f.xmin as x, count(f.run_id) as n from jobgrid_engine.fire f
		where f.at - f.scheduled_for > interval '1 minute' group by f.xmin) t});
my ($transactions, $most) = split /\|/, sql($node, q{select count(*), max(n) from backlog});
cmp_ok($most, '<=', 2100, "of $transactions transactions none made more than $most runs");
for my $i (0 .. $#killed)
{
	is(sql($node, "select count(*) filter (where at < to_timestamp($killed[$i])) > 0 and count(*) filter (where at > to_timestamp($killed[$i])) > 0 from backlog"),
		't', 'a kill was in the midst of them');
}

# Others fire on time meanwhile
is(sql($node, q{select count(*) from told where policy = 'second' and missed > (select count(*) from moment where schedule = 'every second'
	and run_at < (select min(at) from backlog))}), 0, 'what fires each second has missed nothing but the outage');
my ($before, $after) = split /\|/, sql($node, qq{select count(*) filter (where b.at between f.scheduled_for and f.at), count(*) filter (where b.at > f.at)
	from backlog b, (select scheduled_for, pg_xact_commit_timestamp(f.xmin) as at from jobgrid_engine.fire f join told t using (schedule_id)
		where t.policy = 'second' and f.outcome = 'run' and f.scheduled_for > to_timestamp($stood) order by 1 limit 1) f});
cmp_ok($before, '<=', 1, 'nothing is made up for before it but what was going on');
cmp_ok($after, '>', 2, "and the rest behind it ($after transactions)");
my ($fires, $p50, $p99, $max) = split /\|/, sql($node, qq{select count(*), ceil(percentile_cont(0.5) within group (order by ms)),
	ceil(percentile_cont(0.99) within group (order by ms)), ceil(max(ms)) from (
		select extract(epoch from pg_xact_commit_timestamp(f.xmin) - f.scheduled_for) * 1000 as ms from jobgrid_engine.fire f join told t using (schedule_id)
		where t.policy = 'second' and f.outcome = 'run' and f.scheduled_for > to_timestamp($alone)) late});
cmp_ok($max, '<', 5000, "it commits in time: $fires fires, median $p50 ms, 99 % $p99 ms, at most $max ms");

cmp_ok($memory{VmHWM} - $memory{RssShmem}, '<', 64 * 1024, "the scheduler's memory is bounded: $memory{VmHWM} kB at most, $memory{RssShmem} kB of it the server's");
diag(sprintf '%d runs of %d schedules in %.1f s, restarts included', $runs, 4 * $each + 4, $took);
done_testing();
