# A standby takes over that has not got the last commits of its primary: what executors had been given by these is taken up
# again, nobody is judged before his time, and the old primary is told from the new one when it comes back.
use strict;
use warnings;
use Jobgrid::Test;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $primary = new_node('primary', allows_streaming => 1, conf => "jobgrid.lease = '1h'\nmax_connections = 40");
sql($primary, q{select jobgrid.define_job(name, command => 'true') from unnest(array['work', 'filler', 'of the silent']) name});
sub submit { return sql($_[0], "select run_id from jobgrid.submit('$_[1]')") }
sub state_of { return sql($_[0], "select state, reason from jobgrid.run where run_id = $_[1]") }

my $silent = start_session($primary, name => 'silent');
$silent->hello;
my $unheard = submit($primary, 'of the silent');
$silent->exchange([ map { report($_, 'started') } $silent->claim(1) ], 0);
my $ahead = start_session($primary, name => 'ahead');
$ahead->hello;

my $wait_ms = 4000;
$primary->backup('backup');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'backup', has_streaming => 1);
$standby->append_conf('postgresql.conf', "jobgrid.lease = '2s'\njobgrid.grace = '2s'");
$standby->start;
my ($given_again, $taken) = map { submit($primary, 'work') } 1, 2;
wait_for_value($primary, "select count(*) from jobgrid.run where run_id in ($given_again, $taken) and state = 'queued'", 2);
$primary->wait_for_catchup($standby);

# From here on the standby gets nothing
$standby->append_conf('postgresql.conf', "primary_conninfo = ''");
$standby->reload;
wait_for_value($standby, 'select count(*) from pg_stat_wal_receiver', 0);
my $new = submit($primary, 'work');
sql($primary, q{select count(*) from jobgrid.submit_many('filler', count => 60); select count(*) from jobgrid.cancel(job => 'filler')});
my $number_of_another = submit($primary, 'work');
my @attempts = map { { %$_, tenant => 'default', job => 'work' } } sort { $a->{run_id} <=> $b->{run_id} } $ahead->claim(4);
$ahead->exchange([ map { report($_, 'started') } @attempts ], 0);
is(join(',', map { $_->{run_id} } @attempts), "$given_again,$taken,$new,$number_of_another", 'an executor has taken four runs');
is(state_of($standby, $taken), 'queued|', 'which the standby does not know');
is(sql($standby, "select count(*) from jobgrid.run where run_id in ($new, $number_of_another)"), 0, 'of two not even that they exist');

# Promotion, when the standby has run for longer than a lease
wait_until($standby, "select clock_timestamp() - pg_postmaster_start_time() > interval '$wait_ms ms'");
$_->leave for $silent, $ahead;
$primary->stop('immediate');
$standby->promote;
wait_until($standby, 'select epoch = 2 from jobgrid_engine.cluster');
wait_until($standby, "select state = 'unknown' from jobgrid.run where run_id = $unheard");
cmp_ok(sql($standby, "select extract(epoch from h.at - w.started_at) * 1000 from jobgrid.history h, jobgrid.stat_scheduler w
	where h.run_id = $unheard and h.action = 'lost' and w.worker = 'scheduler'"), '>=', $wait_ms,
	'a lease has its time and its grace from the promotion on');
$standby->append_conf('postgresql.conf', "jobgrid.lease = '1h'");
$standby->reload;
wait_for_value($standby, 'show jobgrid.lease', '1h');

# The new primary goes on meanwhile
my $other = start_session($standby, name => 'other');
$other->hello;
my ($again) = $other->claim(1);
is($again->{run_id}, $given_again, 'one of the runs is given to somebody else');
my $fillers = 0;
while (sql($standby, "select count(*) from jobgrid.run where run_id = $number_of_another") == 0)
{
	die "run $number_of_another is not reached\n" if $fillers++ > 100;
	submit($standby, 'filler');
}
is(sql($standby, "select job from jobgrid.run where run_id = $number_of_another"), 'filler', 'another one\'s number is another job\'s now');

my $instance = $ahead->{instance};
$ahead = start_session($standby, name => 'ahead');
$ahead->{instance} = $instance;
my $all = known('running', @attempts[ 0 .. 2 ], { %{ $attempts[3] }, state => 'ended' });
my $welcome = $ahead->hello(known => $all);
is_deeply($welcome->{stale_runs}, [$given_again], 'what was given to somebody else is to be stopped');
is(sql($standby, "select count(*) from jobgrid.attention where run_id = $given_again and detail like '%may have run twice'"), 1,
	'and somebody is to look whether it ran twice');
is(state_of($standby, $given_again), 'starting|', 'it goes on where it is');
is(state_of($standby, $taken), 'unknown|ghost', 'what waited waits no longer');
my %made = map { split /\|/ } split /\n/, sql($standby, q{select labels->>'ghost_of', run_id from jobgrid.run where source = 'ghost'});
is(join(',', sort { $a <=> $b } keys %made), "$new,$number_of_another", 'what did not exist has runs that stand for it');
is(state_of($standby, $made{$_}), 'unknown|ghost', "run $made{$_} for run $_") for sort keys %made;
is_deeply($ahead->hello(known => $all)->{stale_runs}, [$given_again], 'said again, it is the same');
is(sql($standby, q{select count(*) from jobgrid.run where source = 'ghost'}), 2, 'and makes no more runs');

my $chunk = "row($new, 1, $attempts[2]{fence}, 1, 'o', 0, 'said')::jobgrid_engine.chunk";
is_deeply($ahead->rows("select * from jobgrid_engine.write_output(array[$chunk])"), [], 'output is taken');
is(scalar(grep { $_->{what} eq 'stale' } $ahead->exchange([ map { report($_, 'exited', exit_code => 0) } @attempts[ 1 .. 3 ] ], 0)), 0,
	'and ends');
is(state_of($standby, $_), 'succeeded|', "run $_ has succeeded") for $taken, values %made;
is(sql($standby, "select convert_from(data, 'UTF8') from jobgrid.logs($made{$new})"), 'said', 'with its output');
is(state_of($standby, $number_of_another), 'queued|', 'and nobody else\'s run has');
$other->exchange([ report($again, 'exited', exit_code => 0) ], 0);
is(state_of($standby, $given_again), 'succeeded|', 'nor has what somebody else runs come to harm');

# The old primary comes back
my ($newest) = $ahead->claim(1);
$ahead->leave;
$primary->start;
my $lost = start_session($primary, name => 'ahead');
wait_until($primary, q{select state = 'idle' from jobgrid.stat_scheduler where worker = 'scheduler'});
my $states = q{select string_agg(concat_ws(' ', run_id, state, reason), ',' order by run_id) from jobgrid.run};
my $before = sql($primary, $states);
my (undef, $error) = $lost->query("select jobgrid_engine.hello('ahead', '$instance', 1, 10, '{shell}', known => " . known('running', $newest) . ')');
is($error->{sqlstate}, 'JG015', 'the old primary does not take an executor that has attempts of the new one');
like(slurp_file($primary->logfile), qr/ERROR:  executor "ahead" has attempts of epoch 2, and this database is in epoch 1/, 'its log says so');
is(sql($primary, $states), $before, 'and nothing has changed');
$_->leave for $lost, $other;
unlike(slurp_file($_->logfile), qr/PANIC:|TRAP:|was terminated by signal/, $_->name . ': no process crashed') for $primary, $standby;
$_->stop for $primary, $standby;
done_testing();
