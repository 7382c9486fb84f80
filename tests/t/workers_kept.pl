# Retention with runs that have to be kept longer than their range: live ones and those of jobs with a longer retention
# are copied to the twins, where everything works as before; months of the twins go whole.
use strict;
use warnings;
use Jobgrid::Test;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

my $node = new_node('main', conf => "jobgrid.partition_rows = 2500\njobgrid.lease = '1h'\njobgrid.grace = '0'");
my $by_hand = 'set session_replication_role = replica;';
my $age = q{interval '100 days'};
sql($node, <<'EOS');
create role worker login;
select jobgrid.define_job('short', kind => 'noop');
select jobgrid.define_job('long', kind => 'noop', retention => '1 year');
select jobgrid.define_job('parent', kind => 'noop');
select jobgrid.define_job('child', kind => 'noop', after => '{parent}');
select jobgrid.define_job('sql', kind => 'sql', sql_role => 'worker', command => 'do $$ begin raise notice ''said''; end $$');
select jobgrid.define_job('outside', kind => 'external');
EOS

# A gate at which the janitor stops in the middle of copying or moving, as long as a session holds the lock.
sql($node, <<'EOS');
create function public.gate() returns trigger language plpgsql as $$
begin
    while exists (select from pg_locks where locktype = 'advisory' and objid = 42 and granted) loop
        perform pg_sleep(0.02);
    end loop;
    return new;
end
$$;
create trigger gate before insert or update on jobgrid_engine.kept_attempt for each row execute function public.gate();
EOS
my ($gate, $user);

sub submit { return sql($node, "select run_id from jobgrid.submit('$_[0]'" . ($_[1] ? ", $_[1]" : '') . ')') }
sub state_of { return sql($node, "select concat_ws('|', state, reason) from jobgrid.run where run_id = $_[0]") }
sub is_there { return sql($node, "select to_regclass('jobgrid_engine.run_$_[0]') is not null") eq 't' }
sub janitor { return sql($node, "select $_[0] from jobgrid.stat_scheduler where worker = 'janitor'") }
sub restart_janitor { sql($node, 'select pg_terminate_backend(' . janitor('pid') . ')'); return }

# A look at everything: the janitor forgets what it has looked at, and has nothing to do when it has got round.
sub look
{
	my $before = sql($node, 'select clock_timestamp()');
	restart_janitor();
	wait_until($node, "select pid is not null and state = 'idle' and started_at > '$before' and wakeups > 1
		and not exists (select from pg_locks l where l.pid = s.pid) from jobgrid.stat_scheduler s where worker = 'janitor'");
	return;
}

my $ranges = <<'EOS';
(select b[1]::bigint as since, b[2]::bigint as until from pg_inherits i join pg_class c on c.oid = i.inhrelid
	cross join regexp_match(pg_get_expr(c.relpartbound, c.oid), '\(''?(\d+)''?\) TO \(''?(\d+)''?\)') b
	where i.inhparent = 'jobgrid_engine.run'::regclass) r
EOS

# Fills the range in use with runs that end now, and one more, so that it is closed; gives back its bounds.
sub fill
{
	my ($job) = @_;
	my ($since, $until) = split /\|/, sql($node, "select since, until from jobgrid_engine.run_id_seq, $ranges
		where last_value >= since and last_value < until");
	sql($node, "select count(*) from jobgrid_engine.run_id_seq, jobgrid.submit_many('$job', count => ($until - last_value)::int)");
	sql($node, "$by_hand create temp table filled as select run_id from jobgrid_engine.ready join jobgrid_engine.run r using (run_id)
		where r.run_id <= $until and r.job_id = (select job_id from jobgrid.job where name = '$job') and r.pin is null;
		delete from jobgrid_engine.ready r using filled f where f.run_id = r.run_id;
		update jobgrid_engine.run r set state = 'succeeded', finished_at = submitted_at from filled f where f.run_id = r.run_id");
	return ($since, $until);
}

# Lets 100 days pass for the runs of a range.
sub grow_old
{
	my ($since) = @_;
	sql($node, "$by_hand update jobgrid_engine.run_$since set submitted_at = submitted_at - $age, finished_at = finished_at - $age");
	return;
}

# All that people see of the runs up to an id, but for what the clock moves.
sub seen
{
	my ($last) = @_;
	return sql($node, <<"EOS");
select to_jsonb(r) - 'run_time' from jobgrid.run r where r.run_id <= $last order by r.run_id;
select to_jsonb(a) - 'run_time' from jobgrid.attempt a where a.run_id <= $last order by a.run_id, a.attempt;
select to_jsonb(h) from jobgrid.history h where h.run_id <= $last order by h.run_id, h.at;
select r.run_id, l.* from jobgrid.run r, jobgrid.logs(r.run_id) l where r.run_id <= $last order by r.run_id, l.chunk;
select w.run_id, w.blocker, w.object, w.hint from jobgrid.run r, jobgrid.why(r.run_id) w where r.run_id <= $last order by 1, 2;
select to_jsonb(a) from jobgrid.attention a where a.run_id <= $last order by a.run_id;
EOS
}

# Starts a new janitor and waits until it stands at the gate.
sub janitor_at_gate
{
	$gate = $node->background_psql('jobgrid');
	$gate->query('select pg_advisory_lock(42)');
	restart_janitor();
	wait_until($node, q{select exists (select from pg_stat_activity where pid = (select pid from jobgrid.stat_scheduler
		where worker = 'janitor') and wait_event = 'PgSleep')});
	return;
}
sub open_gate { $gate->quit; return }

# A statement of a user, who has to wait for it; user_is_done() waits for its end.
sub user_waits
{
	my ($query, $wait) = @_;
	$user = $node->background_psql('jobgrid');
	my $pid = $user->query('select pg_backend_pid()');
	$user->{stdin} .= "$query;\n";
	$user->{run}->pump_nb;
	wait_until($node, "select wait_event = '$wait' from pg_stat_activity where pid = $pid");
	return;
}
sub user_is_done { $user->quit; return }

# What lies in the twins, place by place.
sub places
{
	return sql($node, q{select string_agg(format('%s:%s', place, n), ' ' order by place) from (select
		substr(tableoid::regclass::text, 25) as place, count(*) as n from jobgrid_engine.kept_run group by 1) p});
}

sub twins
{
	return join "\n", map { sql($node, "select md5(string_agg(t::text, ',' order by t::text)) from jobgrid_engine.kept_$_ t") }
	  qw(run attempt history output);
}

# A range in which something of everything lives, and some runs of a job that keeps them longer have ended
my $hand = start_session($node, name => 'hand');
$hand->hello;
sub print_lines
{
	my @attempts = @_;
	my $chunks = join ', ', map {"row($_->{run_id}, $_->{attempt}, $_->{fence}, 1, 'o', 0, 'line of $_->{run_id}')::jobgrid_engine.chunk"} @attempts;
	return $hand->rows("select * from jobgrid_engine.write_output(array[$chunks])");
}
sub end { my ($exit, @attempts) = @_; return $hand->exchange([ map { report($_, 'exited', exit_code => $exit) } @attempts ], 0) }
sub output_of { return sql($node, "select string_agg(convert_from(data, 'UTF8'), '') from jobgrid.logs($_[0])") }

sql($node, q{select count(*) from jobgrid.submit_many('long', count => 10)});
my ($bad, @good) = $hand->claim(10);
print_lines($bad, @good);
end(1, $bad);
end(0, @good);
my $working = submit('short');
my ($lease) = $hand->claim(1);
$hand->exchange([ report($lease, 'started') ], 0);
print_lines($lease);
my $pinned = submit('short', q{executor => 'hand'});
my $held = submit('short', q{idempotency_key => 'kept'});
my $due = submit('short', q{delay => '1000 days'});
my $child = submit('child', q{business_date => '2020-01-01'});
sql($node, "select jobgrid.hold($held, reason => 'kept')");
sql($node, q{select jobgrid.hold(job => 'sql')});
my $sql = submit('sql');
my $outside = submit('outside');
wait_for_run($node, $outside, 'running');
wait_until($node, "select state = 'queued' from jobgrid.run where run_id = $pinned");
wait_until($node, "select reason = 'condition' from jobgrid.run where run_id = $child");
my $last = sql($node, 'select last_value from jobgrid_engine.run_id_seq');
my ($first, $next) = fill('short');
look();
ok(is_there($first), 'a range stays while its runs are young');
grow_old($first);
my $before = seen($last);
like($before, qr/"state": "$_"/, "a run that is $_") for qw(succeeded failed running queued held waiting);

look();
wait_until($node, "select to_regclass('jobgrid_engine.run_$first') is null");
is(sql($node, "select count(*) from pg_class where relname in ('run_$first', 'attempt_$first', 'history_$first', 'output_$first')"),
	0, 'the range has gone, in all families');
is(sql($node, "select count(*) from jobgrid_engine.any_run where run_id > $last and run_id < $next"), 0, 'with what was over');
is(seen($last), $before, 'everybody sees what is kept as before');
like(places(), qr/^\d{6}:10 live:7$/, 'by month, and what lives apart');
is(sql($node, q{select count(*) from jobgrid_engine.kept_run where keep_until <> 'infinity' and keep_until not between
	(finished_at + interval '1 year')::date and (finished_at + interval '1 year 1 month')::date}), 0, 'the month after it may go');
my $twins = twins();
look();
is(twins(), $twins, 'another look changes nothing');

# An idempotency key knows its run wherever it is
is(sql($node, q{select (run_id, job, state, deduplicated)::text from jobgrid.submit('short', idempotency_key => 'kept')}),
	"($held,short,held,t)", 'a key used again gives the run that is kept');
is(error_of($node, q{select jobgrid.submit('long', idempotency_key => 'kept')})->{sqlstate}, 'JG003',
	'and is refused for another job');

# Nobody gets past the state routine
for my $table ('kept_run', 'kept_run_live')
{
	is(error_of($node, "$_ jobgrid_engine.$table" . (/update/ ? q{ set state = 'succeeded'} : ''))->{sqlstate}, 'JG007', "$_ $table")
	  for 'update', 'delete from', 'truncate';
}
is(error_of($node, q{update jobgrid_engine.kept_run set keep_until = '2020-01-01'})->{sqlstate}, 'JG007', 'nor moves a run');

# What lives goes on
is_deeply([ end(0, $lease) ], [], 'a run at work ends');
is_deeply([ end(0, $lease) ], [], 'its end may be told twice');
is(state_of($working), 'succeeded', 'it has succeeded');
is((grep { $_->{what} eq 'stale' } $hand->exchange([ report({ %$lease, fence => 1 }, 'exited', exit_code => 0) ], 0)), 1,
	'another fence is stale');
is(output_of($working), "line of $working", 'its output is there');
is(sql($node, "select string_agg(state, ',') from jobgrid.attempt where run_id = $working"), 'succeeded', 'and its attempt');

sql($node, "select jobgrid.release($held)");
my @claimed = $hand->claim(2);
is_deeply([ sort { $a <=> $b } map { $_->{run_id} } @claimed ], [ $pinned, $held ], 'what was queued and what was held are claimed');
$hand->exchange([ map { report($_, 'started') } @claimed ], 0);
print_lines(@claimed);
end(0, @claimed);
for (map { $_->{run_id} } @claimed)
{
	is(state_of($_), 'succeeded', 'and end');
	is(output_of($_), "line of $_", 'with what they printed');
}
is(sql($node, "select string_agg(action, ',' order by at) from jobgrid.history where run_id = $held"), 'hold,release',
	'the record goes on');
like(sql($node, "select detail from jobgrid.why($held)"), qr/exit code 0/, 'why says how it ended');

is(sql($node, "select state from jobgrid.cancel($due)"), 'cancelled', 'what waits is cancelled');
sql($node, q{select jobgrid.release(job => 'sql')});
is(wait_for_run($node, $sql), 'succeeded|', 'a SQL run runs');
like(output_of($sql), qr/NOTICE:  said/, 'and is heard');
sql($node, "select jobgrid.report_outcome($outside, 'failed', message => 'elsewhere')");
is(state_of($outside), 'failed|external', 'an external run takes its outcome');

submit('parent', q{business_date => '2020-01-01'});
end(0, $hand->claim(1));
my ($lost) = $hand->claim(1);
is($lost->{run_id}, $child, 'a condition that is met releases its run');
$hand->leave;
$hand = start_session($node, name => 'hand');
$hand->hello;
is(wait_for_run($node, $child, 'unknown'), 'unknown|executor_lost', 'a run is lost with its executor');
like(sql($node, "select detail from jobgrid.why($child)"), qr/"hand" vanished with attempt 1/, 'why tells of whom');
sql($node, "select jobgrid.set_outcome($child, 'succeeded', 'seen')");
is(state_of($child), 'succeeded|operator', 'and takes the outcome a person gives it');

# What has ended, too
my $failed = $bad->{run_id};
is(sql($node, "select count(*) from jobgrid.attention where run_id = $failed"), 1, 'a failure wants attention');
my $rerun = sql($node, "select run_id from jobgrid.rerun($failed)");
is(sql($node, "select superseded_by from jobgrid.run where run_id = $failed"), $rerun, 'until it is run again');
is(sql($node, "select count(*) from jobgrid.attention where run_id = $failed"), 0, 'and then no more');
is(error_of($node, "select jobgrid.rerun($failed)")->{sqlstate}, 'JG002', 'once is enough');
sql($node, "select jobgrid.set_outcome($good[0]{run_id}, 'failed', 'wrong figures')");
is(state_of($good[0]{run_id}), 'failed|operator', 'an outcome can be set');
is(sql($node, "select detail from jobgrid.history where run_id = $good[0]{run_id}"), 'wrong figures', 'and is on record');
is(error_of($node, qq{select jobgrid.cancel($last + 1)})->{sqlstate}, 'JG001', 'a run that has gone does not exist');
is(error_of($node, q{delete from jobgrid.job where name = 'long'})->{sqlstate}, 'JG002', 'a job with kept runs stays');

# Those that have ended move to their months, and whoever waits for one meanwhile finds it there
janitor_at_gate();
user_waits("select jobgrid.set_outcome($working, 'failed', 'in the middle of it')", 'relation');
open_gate();
user_is_done();
is(state_of($working), 'failed|operator', 'an outcome set while its run moves');
is(sql($node, "select keep_until = 'infinity' from jobgrid_engine.kept_run where run_id = $working"), 'f', 'is set where it is now');

# Then a month is over
$before = seen($last);
look();
wait_until($node, q{select count(*) = 0 from jobgrid_engine.kept_run where keep_until = 'infinity'});
is(seen($last), $before, 'what has ended is seen as before');
is(sql($node, q{select count(*) from jobgrid_engine.kept_attempt where keep_until = 'infinity'}), 0, 'but lies where it belongs');
my ($long_place) = places() =~ /(\d{6}):10/;
my ($short_place) = places() =~ /(\d{6}):7/;

# Makes a place of the twins one whose day came long ago.
sub overdue
{
	my ($place) = @_;
	for my $table (map {"kept_$_"} qw(run attempt history output))
	{
		sql($node, <<"EOS");
$by_hand
alter table jobgrid_engine.$table detach partition jobgrid_engine.${table}_$place;
update jobgrid_engine.${table}_$place set keep_until = '2020-01-01';
alter table jobgrid_engine.${table}_$place rename to ${table}_202001;
alter table jobgrid_engine.${table}_202001 alter keep_until set default '2020-01-01';
alter table jobgrid_engine.$table attach partition jobgrid_engine.${table}_202001 for values in ('2020-01-01');
EOS
	}
	return;
}
overdue($long_place);
look();
wait_until($node, q{select to_regclass('jobgrid_engine.kept_run_202001') is null});
my ($later) = places() =~ /(\d{6}):1$/;
is(places(), "$short_place:7 $long_place:9 $later:1", 'a retention that was made longer is kept: the runs move on');
cmp_ok($later, '>', $long_place, 'further, where an outcome was set later');
is(seen($last), $before, 'with all that is theirs');
sql($node, q{update jobgrid.job set retention = '30 days' where name = 'long'});
look();
is(places(), "$short_place:7 $long_place:9 $later:1", 'a shorter one does not hurry their month');
overdue($long_place);
look();
wait_until($node, q{select to_regclass('jobgrid_engine.kept_run_202001') is null});
is(places(), "$short_place:7 $later:1", 'a month that is over goes');
is(sql($node, q{select count(*) from pg_class where relname ~ '^kept_.*_202001'}), 0, 'in all families');
is(sql($node, "select count(*) from jobgrid.run where run_id <= $last"), 8, 'and nothing else');
sql($node, q{update jobgrid.job set retention = '1 year' where name = 'long'});

# When it does not pay
my ($second) = fill('short');
grow_old($second);
my $size = sql($node, "select count(*) from jobgrid_engine.run_$second");
my $hoarder = q{(select job_id from jobgrid.job where name = 'long')};
sql($node, "$by_hand update jobgrid_engine.run_$second set job_id = $hoarder where run_id >= $second + $size / 2 - 50");
cmp_ok($size, '>', 2000, 'a range is no small one');
look();
ok(is_there($second), 'with more than half of it to be kept, and more than 1,000 runs, a range stays');
sql($node, "$by_hand update jobgrid_engine.run_$second set job_id = (select job_id from jobgrid.job where name = 'short')
	where run_id < $second + $size / 2 + 50");
my $to_be_kept = sql($node, "select count(*) from jobgrid_engine.run_$second where job_id = $hoarder or state = 'live'");
look();
wait_until($node, "select to_regclass('jobgrid_engine.run_$second') is null");
is(sql($node, "select count(*) from jobgrid_engine.kept_run where run_id >= $second"), $to_be_kept, 'with less than half of it, it goes');

# An outcome that is set while its run is being copied, and submissions that need the janitor
my ($third) = fill('short');
my $late = $third + 100;
sql($node, "$by_hand update jobgrid_engine.run_$third set job_id = $hoarder where run_id between $late and $late + 9");
sql($node, "insert into jobgrid_engine.attempt (run_id, fence, attempt, version, claimed_at, finished_at, state)
	values ($late, 1, 1, 1, now(), now(), 'succeeded')");
grow_old($third);
janitor_at_gate();
is(state_of($late), 'succeeded', 'readers of a range that is being copied go on');
user_waits("select jobgrid.set_outcome($late, 'failed', 'in the middle of it')", 'relation');
open_gate();
user_is_done();
is(state_of($late), 'failed|operator', 'an outcome set while its run is being copied');
ok(is_there($third), 'has stopped the copy');
janitor_at_gate();
my $left = sql($node, "select max(until) - (select last_value from jobgrid_engine.run_id_seq) from $ranges");
user_waits("select count(*) from jobgrid.submit_many('short', count => $left)", 'Extension');
open_gate();
user_is_done();
ok(is_there($third), 'so has a submission that waits for a partition');
look();
wait_until($node, "select to_regclass('jobgrid_engine.run_$third') is null");
is(state_of($late), 'failed|operator', 'the outcome is not lost with the range');
is(sql($node, "select count(*) from jobgrid_engine.kept_run where run_id = $late"), 1, 'which has gone');

# Somebody reads the old range all the time: the copy is given up, and nobody waits for it for long
my ($fourth) = fill('short');
sql($node, "$by_hand update jobgrid_engine.run_$fourth set job_id = $hoarder where run_id between $fourth and $fourth + 9");
grow_old($fourth);
sql($node, "insert into jobgrid_engine.attempt (run_id, fence, attempt, version, claimed_at, finished_at, state)
	values ($fourth, 1, 1, 1, now(), now(), 'succeeded')");
$hand->query(q{set lock_timeout = '1s'});
submit('short');
end(0, $hand->claim(1));
janitor_at_gate();
my $reader = $node->background_psql('jobgrid');
$reader->query('begin; select count(*) from jobgrid_engine.run');
open_gate();
my ($rounds, $longest) = (0, 0);
do
{
	my $began = time;
	sql($node, q{set lock_timeout = '1s'; select jobgrid.submit('short')});
	end(0, $hand->claim(1));
	$longest = time - $began if time - $began > $longest;
	$rounds++;
} while (janitor('state') eq 'working');
pass("submissions, claims and ends waited for no lock for a second, $rounds times");
note "the longest took $longest s";
cmp_ok($rounds, '>', 1, 'while the janitor tried');
is(janitor('errors'), 0, 'which is no error');
ok(is_there($fourth), 'the range stays while somebody reads it');
is(sql($node, "select count(*) from jobgrid_engine.kept_run where run_id between $fourth and $fourth + 9"), 0, 'and the copy is taken back');
$reader->query('commit');
look();
wait_until($node, "select to_regclass('jobgrid_engine.run_$fourth') is null");
is(sql($node, "select count(*) from jobgrid_engine.kept_run where run_id between $fourth and $fourth + 9"), 10, 'then it goes');
$reader->quit;
$hand->leave;

is(sql($node, q{select sum(errors) from jobgrid.stat_scheduler}), 0, 'no worker has met an error');
$node->stop;
done_testing();
