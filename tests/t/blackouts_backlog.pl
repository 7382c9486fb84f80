# A blackout of a job with many queued runs: they are moved behind it piece by piece, and none of them starts meanwhile.
use strict;
use warnings;
use Jobgrid::Test;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('main');
sql($node, q{select jobgrid.define_job(name, command => 'true') from unnest(array['backlog', 'other']) name;
	select count(jobgrid.submit('backlog')) from generate_series(1, 20000)});
wait_until($node, 'select count(*) = 20000 from jobgrid_engine.ready');
my $hand = start_session($node, name => 'hand');
$hand->hello(slots => 100000);
$hand->claim(10);
sub attempts { my ($want) = @_; return scalar grep { $_->{what} eq 'attempt' } $hand->exchange([], $want) }

# A run that is locked keeps the scheduler from having done with the edit, however fast it is.
my $locked = sql($node, 'select max(run_id) from jobgrid_engine.ready');
my $session = $node->background_psql('jobgrid');
$session->query_safe("begin; select jobgrid.hold($locked)");
sql($node, q{insert into jobgrid.blackout (name, job, starts_at) values ('backlog', 'backlog', '2020-01-01')});
wait_until($node, 'select exists (select from jobgrid_engine.shutter where closed) and exists (select from jobgrid_engine.misplaced)');
is(attempts(100), 0, 'nothing of it starts while it is moved');
my $other = sql($node, q{select run_id from jobgrid.submit('other')});
is(attempts(100), 1, 'what else is in its lane does');
$session->query_safe('rollback');
is(sql($node, "select state from jobgrid.run where run_id = $locked"), 'queued', 'what was locked is queued');
is(attempts(100), 0, 'and does not start either');
wait_until($node, 'select not exists (select from jobgrid_engine.shutter_edit)');
wait_for_value($node, 'select count(*) from jobgrid_engine.ready r join jobgrid_engine.lane l using (lane_id) where not l.open', 19990);
is(attempts(100), 0, 'nor when all of it is behind the blackout');
sql($node, 'delete from jobgrid.blackout');
is(scalar($hand->claim(100)), 100, 'until it is gone');
$session->quit;
$hand->leave;
$node->stop;
done_testing();
