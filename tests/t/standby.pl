# A standby idles and can be read; promoted, it goes on where the primary was, and executors find it.
use strict;
use warnings;
use Jobgrid::Test;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $folder = PostgreSQL::Test::Utils::tempdir();
my $primary = new_node('primary', allows_streaming => 1, conf => <<'EOF');
max_connections = 40
jobgrid.poll_interval = '200ms'
EOF
sql($primary, <<"EOF");
select jobgrid.define_job('gated', success_codes => '3',
    command => 'until [ -e "$folder/go" ]; do sleep 0.05; done; exit 3');
select jobgrid.define_job('quick', command => 'echo done');
select jobgrid.define_job('a child', command => 'true', after => '{gated}');
EOF
$primary->backup('backup');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'backup', has_streaming => 1);
$standby->start;

my $executor = start_executor(
	$primary,
	slots => 1,
	database => sprintf("host='%s,%s' port='%s,%s' dbname=jobgrid user=executor_node1 target_session_attrs=read-write",
		(map { $_->host } $primary, $standby), map { $_->port } $primary, $standby));
my $running = sql($primary, q{select run_id from jobgrid.submit('gated')});
is(wait_for_run($primary, $running, 'running'), 'running|', 'a run is at work');
my $queued = sql($primary, q{select run_id from jobgrid.submit('quick')});
my $child = sql($primary, q{select run_id from jobgrid.submit('a child')});
my $due = sql($primary, q{select run_id from jobgrid.submit('quick', delay => '5 s')});
wait_until($primary, "select state = 'queued' from jobgrid.run where run_id = $queued");
sql($primary, q{insert into jobgrid.schedule (job, schedule) values ('quick', 'on 2099-01-01 at 01:00')});
$primary->wait_for_catchup($standby);

# Idle, and readable
is(sql($standby, 'select pg_is_in_recovery()'), 't', 'the standby is one');
is(sql($standby, q{select count(*) from pg_stat_activity where backend_type like 'jobgrid%'}), 0,
	'no worker runs on it');
is(sql($standby, 'select count(*) from jobgrid.stat_scheduler where pid is not null'), 0, 'and its view says so');
my $views = q{select relname from pg_class where relkind = 'v' and relnamespace = 'jobgrid'::regnamespace};
for my $view (split /\n/, sql($standby, $views))
{
	my ($status, undef, $error) = $standby->psql('jobgrid', "select * from jobgrid.$view");
	is("$status $error", '0 ', "view $view can be read");
}
is(sql($standby, "select state from jobgrid.run where run_id = $running"), 'running', 'runs are seen as they are');
is(sql($standby, "select state from jobgrid.status($queued)"), 'queued', 'status() answers');
isnt(sql($standby, "select blocker from jobgrid.why($queued)"), '', 'why() answers');
is(sql($standby, q{select sum(runs) from jobgrid.load_forecast('2099-01-01 00:00+00')}), '1', 'load_forecast() answers');
is(sql($standby, q{select count(*) from jobgrid.validate() where severity = 'error'}), '0', 'validate() answers');
is(sql($standby, q{select ok from jobgrid.check_install() where check_name = 'workers'}), 'f',
	'check_install() answers');
is(error_of($standby, q{select jobgrid.submit('quick')})->{sqlstate}, '25006', 'nothing can be submitted');
is(error_of($standby, q{select jobgrid_engine.hello('other', gen_random_uuid(), 1, 1, '{shell}')})->{sqlstate}, '25006',
	'no executor is welcome');

# The primary dies, the standby takes over
my $epoch = sql($primary, 'select epoch from jobgrid_engine.cluster');
$primary->stop('immediate');
$standby->promote;
wait_for_value($standby, 'select count(*) from jobgrid.stat_scheduler where pid is not null', 3);
pass('workers are awake');
wait_until($standby, "select epoch > $epoch from jobgrid_engine.cluster");
pass('the epoch is raised');
is(sql($standby, q{select ok from jobgrid.check_install() where check_name = 'held'}), 't',
	'a failover is no clone: nothing is held');
append_to_file("$folder/go", '');
is(wait_for_run($standby, $running), 'succeeded|', 'the run that was at work reports to the new primary');
is(sql($standby, "select attempt || ' ' || exit_code from jobgrid.run where run_id = $running"), '1 3',
	'in its one attempt');
is(wait_for_run($standby, $_->[0]), 'succeeded|', $_->[1])
  for [ $queued, 'what was queued goes on' ], [ $child, 'what waited for it goes on' ], [ $due,
	'what waited for a moment goes on' ];
my $new = sql($standby, q{select run_id from jobgrid.submit('quick')});
is(wait_for_run($standby, $new), 'succeeded|', 'new work is done');
is(sql($standby, "select (select fence from jobgrid_engine.attempt where run_id = $new) >
	(select fence from jobgrid_engine.attempt where run_id = $running)"), 't', 'new attempts have higher fences');
is($executor->stop, 0, 'the executor stops cleanly');
unlike(slurp_file($_->logfile), qr/PANIC:|was terminated by signal/, $_->name . ': no process crashed')
  for $primary, $standby;
done_testing();
