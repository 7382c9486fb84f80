# Partitions: made before they are needed, however fast the ids come; a new day begins a new one; old ones go whole.
use strict;
use warnings;
use Jobgrid::Test;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('main', conf => 'jobgrid.partition_rows = 100');
sql($node, <<'EOF');
select jobgrid.define_job('noop', kind => 'noop');
EOF
my $by_hand = 'set session_replication_role = replica;';

# since and until of each partition, as "1-101 101-301 ..."; in one statement for all families, for they are being made.
sub all_ranges
{
	return split /\n/, sql($node, <<'EOF');
select string_agg(bounds[1] || '-' || bounds[2], ' ' order by bounds[1]::bigint)
from unnest(array['run', 'attempt', 'history', 'output']) with ordinality f (name, n)
left join (pg_inherits i join pg_class c on c.oid = i.inhrelid
	cross join regexp_match(pg_get_expr(c.relpartbound, c.oid), '\(''?(\d+)''?\) TO \(''?(\d+)''?\)') bounds)
	on i.inhparent = ('jobgrid_engine.' || f.name)::regclass
group by f.n order by f.n
EOF
}

sub ranges
{
	my ($run) = all_ranges();
	return $run // '';
}

sub check_families
{
	my ($what) = @_;
	my ($run, @others) = all_ranges();
	is_deeply(\@others, [ ($run) x 3 ], "all families have the same ranges, $what");
	my $holes = 0;
	my $last;
	for (split / /, $run)
	{
		my ($since, $until) = split /-/;
		$holes++ if defined $last && $since != $last;
		$last = $until;
	}
	is($holes, 0, "there is no hole, $what");
	return;
}

is(ranges('run'), '', 'before the first run there is no partition');
is(sql($node, q{select run_id from jobgrid.submit('noop')}), 1, 'the first run waits for its partition');
wait_until($node, q{select count(*) >= 2 from pg_inherits where inhparent = 'jobgrid_engine.run'::regclass});
check_families('at first');
is(sql($node, 'select count(*) from jobgrid_engine.cluster'), 1, 'the database knows whose it is');

# A burst past the last partition: no error, all runs are there
is(sql($node, q{select count(*), count(distinct run_id) from jobgrid.submit_many('noop', count => 5000)}), '5000|5000',
	'one transaction outruns the partitions');
my @sessions = map { $node->background_psql('jobgrid', on_error_stop => 1) } 1 .. 4;
$_->{stdin} .= ("select count(*) from jobgrid.submit_many('noop', count => 200);\n" x 20) . "\\echo end\n" for @sessions;
for my $session (@sessions)
{
	$session->{run}->pump until $session->{stdout} =~ /end/ || $session->{stderr} =~ /ERROR|FATAL/;
	unlike($session->{stderr}, qr/ERROR|FATAL/, 'and several at once');
	$session->quit;
}
is(sql($node, 'select count(*) from jobgrid_engine.run'), 1 + 5000 + 4 * 20 * 200, 'no run is lost');
is(sql($node, 'select count(*) from jobgrid_engine.ready'), 1 + 5000 + 4 * 20 * 200, 'each is queued once');
check_families('after the burst');
my $count = sql($node, q{select count(*) from pg_inherits where inhparent = 'jobgrid_engine.run'::regclass});
cmp_ok($count, '<', 40, 'ranges grow with the rate');
wait_until($node, q{select max(substr(inhrelid::regclass::text, 20)::bigint) > (select last_value from jobgrid_engine.run_id_seq)
	from pg_inherits where inhparent = 'jobgrid_engine.run'::regclass});
pass('and one lies ahead');

# A new day: the first run of the partition in use becomes yesterday's
my $last = sql($node, 'select last_value from jobgrid_engine.run_id_seq');
my ($since, $until) = map { my ($s, $u) = split /-/; $s <= $last && $last < $u ? ($s, $u) : () } split / /, ranges('run');
my $open = $node->background_psql('jobgrid');
$open->query(q{begin; select run_id from jobgrid.submit('noop')});
sql($node, "$by_hand update jobgrid_engine.run_$since set submitted_at = submitted_at - interval '1 day'");
sql($node, q{select pg_terminate_backend(pid) from jobgrid.stat_scheduler where worker = 'janitor'});
wait_until($node, q{select wakeups > 3 and state = 'idle' from jobgrid.stat_scheduler where worker = 'janitor'});
my $in_between = sql($node, q{select run_id from jobgrid.submit('noop')});
cmp_ok($in_between, '<', $until, 'while a transaction that has drawn an id is open, the day waits and submissions do not');
$open->query('commit');
$open->quit;
wait_until($node, "select last_value >= $until - 1 from jobgrid_engine.run_id_seq");
is(sql($node, q{select run_id from jobgrid.submit('noop')}), $until, 'the first run of a day begins a partition');
is(sql($node, q{select run_id from jobgrid.submit('noop')}), $until + 1, 'and the next one goes on in it');
check_families('after midnight');

# Retention: what is old goes whole; what of it has to be kept longer is workers_kept.pl's
sub retire
{
	my $old = sql($node, q{select extract(epoch from now())});
	sql($node, q{select pg_terminate_backend(pid) from jobgrid.stat_scheduler where worker = 'janitor'});
	wait_until($node, "select pid is not null and state = 'idle' and started_at > to_timestamp($old)"
		  . q{ from jobgrid.stat_scheduler where worker = 'janitor'});
	return;
}
sub there { return sql($node, "select count(*) from unnest(array['run', 'attempt', 'history', 'output']) f where to_regclass('jobgrid_engine.' || f || '_$_[0]') is not null") }
my @all = map { (split /-/)[0] } split / /, ranges('run');
my $old = $all[0];
sql($node, "$by_hand delete from jobgrid_engine.ready where run_id < $until;"
	  . "update jobgrid_engine.run set state = 'succeeded', submitted_at = now() - interval '92 days',
		finished_at = now() - interval '91 days' where run_id < $until");
my $reader = $node->background_psql('jobgrid');
$reader->query("begin; select count(*) from jobgrid_engine.run_$old");
retire();
is(there($old), 4, 'a partition that somebody reads stays for now');
$reader->query('commit');
$reader->quit;
retire();
wait_until($node, "select to_regclass('jobgrid_engine.run_$old') is null");
is(there($old), 0, 'an old partition goes, in all families');
is(there($until), 4, 'the one in use stays');
my @rest = grep { $_ > $old && $_ < $since } @all;
wait_until($node, "select bool_and(to_regclass('jobgrid_engine.run_' || since) is null) from unnest(array[" . join(',', @rest) . ']) since');
pass(@rest . ' more have gone');
is(sql($node, q{select count(*) from jobgrid.run where tenant = 'default' and state = 'succeeded'}),
	sql($node, 'select count(*) from jobgrid_engine.run where state <> ' . q{'live'}), 'views go on');

# Expired keys
sql($node, q{select jobgrid.submit('noop', idempotency_key => 'k' || n) from generate_series(1, 2500) n});
sql($node, q{update jobgrid_engine.idempotency_key set expires_at = now() - interval '1 s' where key <> 'k7'});
retire();
wait_for_value($node, 'select string_agg(key, $$,$$) from jobgrid_engine.idempotency_key', 'k7');
pass('expired keys go, in batches');

is(sql($node, q{select sum(errors) from jobgrid.stat_scheduler where worker <> 'janitor'}), 0, 'no worker has met an error');
$node->stop;
done_testing();
