# A database that was cloned or restored hands out nothing until somebody says so; executors that vanish lose their runs.
use strict;
use warnings;
use Jobgrid::Test;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep);

my $folder = PostgreSQL::Test::Utils::tempdir();
my $token = "$folder/token";
my $node = new_node('main', allows_streaming => 1,
	conf => "jobgrid.cluster_token_file = '$token'\njobgrid.lease = '1s'\njobgrid.grace = '1s'");

sub define { sql($_[0], q{create role worker login; select jobgrid.define_job('quick', kind => 'sql', command => 'select 1', sql_role => 'worker')}); return }
sub submit { return sql($_[0], 'select run_id from jobgrid.submit(' . ($_[1] // q{'quick'}) . ')') }
sub held { return sql($_[0], 'select jobgrid_engine.held_reason()') }
sub ring { sql($_[0], "select jobgrid_engine.ring('$_[1]')"); return }

# The token is made with the first run, for the server alone
ok(!-e $token, 'before the first run there is no token');
define($node);
is(wait_for_run($node, submit($node)), 'succeeded|', 'the first run');
like(slurp_file($token), qr/^[0-9a-f]{32}$/, 'makes the token');
is((stat $token)[2] & 07777, 0600, 'readable by the server alone');
is(sql($node, 'select token from jobgrid_engine.cluster'), slurp_file($token), 'and in the database');
$node->restart;
is(wait_for_run($node, submit($node)), 'succeeded|', 'after a restart it works at once');
is(sql($node, 'select epoch from jobgrid_engine.cluster'), 1, 'in the same epoch');

# A clone without the file; one with the file is a promoted standby (another test)
$node->backup('backup');
my $clone = PostgreSQL::Test::Cluster->new('clone');
$clone->init_from_backup($node, 'backup');
$clone->append_conf('postgresql.conf', "jobgrid.cluster_token_file = '$folder/token_of_clone'");
$clone->start;
wait_until($clone, q{select state = 'held' from jobgrid.stat_scheduler where worker = 'scheduler'});
like(held($clone), qr/clone/, 'a clone is held');
ok(!-e "$folder/token_of_clone", 'and makes itself no token');
my $run = submit($clone);
my $late = submit($clone, q{'quick', delay => '100 ms'});
sleep 1.5;
is(sql($clone, "select string_agg(state, ',' order by run_id) from jobgrid.run where run_id in ($run, $late)"), 'queued,waiting',
	'it takes submissions and starts nothing');
$clone->restart;
wait_until($clone, q{select state = 'held' from jobgrid.stat_scheduler where worker = 'scheduler'});
pass('a restart does not free it');
sql($clone, q{select jobgrid.unfreeze('a test system')});
is(wait_for_run($clone, $_), 'succeeded|', 'unfreeze() does') for $run, $late;
is(sql($clone, 'select epoch from jobgrid_engine.cluster'), 2, 'in a new epoch');
isnt(slurp_file("$folder/token_of_clone"), slurp_file($token), 'with a token of its own');
$clone->restart;
is(wait_for_run($clone, submit($clone)), 'succeeded|', 'and it stays free');
unlink "$folder/token_of_clone";
$clone->restart;
wait_until($clone, q{select state = 'held' from jobgrid.stat_scheduler where worker = 'scheduler'});
pass('a token that is lost holds it');
$clone->stop;

# A restore brings its tables one by one: whatever order they come in, nothing of it starts
my $target = new_node('target');
define($target);
sql($target, <<'EOF');
insert into jobgrid_engine.lane (queue, tenant_id, kind, pool) values ('default', 1, 'external', 'default'), ('default', 1, 'sql', 'default');
insert into jobgrid_engine.ready (run_id, rank, since, job_id, tenant_id, lane_id, business_date, state)
	select 1000000 + lane_id, 50, now(), 1, 1, lane_id, '2026-01-01', 'queued' from jobgrid_engine.lane;
insert into jobgrid_engine.due (run_id, rank, since, due_at, job_id, tenant_id, business_date, state)
	values (1000010, 50, now(), now(), 1, 1, '2026-01-01', 'waiting');
EOF
ring($target, $_) for qw(scheduler dispatcher janitor);
sleep 1;
is(sql($target, 'select (select count(*) from jobgrid_engine.ready), (select count(*) from jobgrid_engine.due), (select count(*) from jobgrid_engine.lease)'),
	'2|1|0', 'rows that come before the identity stay as they are');
is(sql($target, 'select count(*) from jobgrid_engine.cluster')
	  . sql($target, q{select count(*) from pg_inherits where inhparent = 'jobgrid_engine.run'::regclass}), '00', 'and nothing is written');
my $session = start_session($target, name => 'early');
$session->hello(kinds => q{'{external,sql}'});
is(scalar(grep { $_->{what} eq 'attempt' } $session->exchange([], 10)), 0, 'not even to an executor that asks');
sql($target, q{insert into jobgrid_engine.cluster (system_identifier, database_oid, timeline, epoch, adopted_at) values (1, 1, 1, 7, now())});
ring($target, 'scheduler');
wait_until($target, q{select state = 'held' from jobgrid.stat_scheduler where worker = 'scheduler'});
like(held($target), qr/restored/, 'the identity of another cluster holds it');
is(($session->exchange([], 10))[0]{what}, 'held', 'which an executor is told');
$session->leave;
$target->stop;

# Executors that vanish: the session ends without a word, and lease and grace go by
sql($node, qq{select jobgrid.define_job('$_', command => 'true', on_lost => '$_', attempts => 2, retry_delay => '0') from (values (1)) x})
  for qw(hold retry fail);
$session = start_session($node, name => 'vanishing');
$session->hello;
my %run = map { $_ => submit($node, "'$_'") } qw(hold retry fail);
my %cancelled = (retry => submit($node, q{'retry'}));
my @attempts = $session->claim(4);
is(scalar @attempts, 4, 'an executor has taken runs');
sql($node, "select jobgrid.cancel($cancelled{retry})");
$session->leave;
sleep 0.8;
is(sql($node, q{select count(*) from jobgrid_engine.lease}), 4, 'a lost session alone loses nothing');
wait_for_value($node, 'select count(*) from jobgrid_engine.lease', 0);
is(sql($node, "select concat_ws('|', state, reason) from jobgrid.run where run_id = $run{hold}"), 'unknown|executor_lost', 'on_lost = hold');
is(sql($node, "select concat_ws('|', state, reason) from jobgrid.run where run_id = $run{fail}"), 'failed|executor_lost', 'on_lost = fail');
is(sql($node, "select concat_ws('|', state, reason) from jobgrid.run where run_id = $cancelled{retry}"), 'cancelled|executor_lost',
	'a run that was to be cancelled never retries');
is(sql($node, q{select string_agg(distinct concat_ws('|', state, reason), ',') from jobgrid.attempt where reason = 'executor_lost'}),
	'unknown|executor_lost', 'attempts end as unknown');
is(sql($node, q{select state from jobgrid.executor where executor = 'vanishing'}), 'offline', 'the executor is offline');
wait_until($node, "select state = 'queued' from jobgrid.run where run_id = $run{retry}");
pass('on_lost = retry: queued again');
$session = start_session($node, name => 'vanishing');
$session->hello;
my ($again) = $session->claim(1);
is("$again->{run_id} $again->{attempt}", "$run{retry} 2", 'its second attempt');
my ($old) = grep { $_->{run_id} == $run{retry} } @attempts;
my @answers = $session->exchange([ report($old, 'exited', exit_code => 0) ], 0);
is(scalar(grep { $_->{what} eq 'stale' && $_->{run_id} == $run{retry} } @answers), 1, 'the report of an attempt that was given up is stale');
is(sql($node, "select state from jobgrid.run where run_id = $run{retry}"), 'starting', 'and changes nothing');

# The server restarts: a lease lives on, and gets its grace from the start
$node->restart;
sleep 1;
is(sql($node, "select state from jobgrid.run where run_id = $run{retry}"), 'starting', 'after a restart executors have time to come back');
wait_until($node, "select state = 'failed' from jobgrid.run where run_id = $run{retry}");
pass('one that does not come back loses its runs, and two attempts are all');
$session->leave;
$node->stop;
done_testing();
