# A standby may be up for long before it is promoted: no executor is given up before it could be heard.
use strict;
use warnings;
use Jobgrid::Test;
use PostgreSQL::Test::Cluster;
use Test::More;

my $primary = new_node('primary', allows_streaming => 1, conf => "jobgrid.lease = '2s'\njobgrid.grace = '1s'\n");
sql($primary, q{select jobgrid.define_job('work', command => 'true')});
$primary->backup('backup');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'backup', has_streaming => 1);
$standby->start;
wait_until($standby, q{select clock_timestamp() > pg_postmaster_start_time() + interval '5 s'});

my $session = start_session($primary, name => 'gone');
$session->hello;
my $run = sql($primary, q{select run_id from jobgrid.submit('work')});
$session->claim(1);
$primary->wait_for_catchup($standby);
$session->leave;
$primary->stop('immediate');
my $before = sql($standby, 'select extract(epoch from clock_timestamp())');
$standby->promote;
wait_until($standby, "select exists (select from jobgrid.why($run) where detail like '% is silent since %')");
is(sql($standby, qq{select extract(epoch from substring(detail from 'since ([0-9:]{8})')::time
		- date_trunc('second', to_timestamp($before))::time + interval '24 h')::int % 86400 < 3600
	from jobgrid.why($run) where detail like '% is silent since %'}), 't', 'it is silent since the promotion, says why');
is(wait_for_run($standby, $run, 'unknown'), 'unknown|executor_lost', 'an executor that never comes is given up');
cmp_ok(sql($standby, "select extract(epoch from at) - $before from jobgrid.history where run_id = $run and action = 'lost'"),
	'>=', 3, 'but not before lease and grace have passed since the promotion');
$standby->stop;
done_testing();
