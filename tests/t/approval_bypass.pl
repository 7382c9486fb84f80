# Ways in which one person alone might get an edit into force that needs another's approval. Each ends with the table as it was.
use strict;
use warnings;
use Jobgrid::Test;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('main', conf => 'jobgrid.clock = virtual');
sub set_clock { sql($node, "select jobgrid_engine.set_clock('$_[0]')"); return }
sub as { my ($user, $command) = @_; return sql($node, $command, user => $user) }
sub error_as { my ($user, $command) = @_; my $error = error_of($node, $command, user => $user); return "$error->{sqlstate} $error->{message}" }
sub schedules_of { return sql($node, "select coalesce(string_agg(name || ': ' || schedule, ', ' order by name), 'none') from jobgrid.schedule where job = '$_[0]'") }
sub newest { return sql($node, q{select max(change_set) from jobgrid.change_set}) }
sub state_of { return sql($node, "select state from jobgrid.change_set where change_set = $_[0]") }

set_clock('2026-06-01 12:00:00+00');
sql($node, q{
	create role team; create role other_team;
	create role ann login in role jobgrid_business, jobgrid_author, jobgrid_submitter, team; create role bob login in role jobgrid_approver, team;
	create role chief login in role jobgrid_admin;
	insert into jobgrid.team (name, database_role) values ('team', 'team'), ('other', 'other_team');
	select jobgrid.define_job('close', kind => 'external', criticality => 1, owner_team => 'team');
	select jobgrid.define_job('mail', kind => 'external', criticality => 4, owner_team => 'team');
	insert into jobgrid.schedule (job, schedule, time_zone) values ('close', 'every day at 18:00', 'UTC');
	insert into jobgrid.blackout (name, job, starts_at, ends_at) values ('pause', 'close', '2026-07-01', '2026-07-02');
	update jobgrid.tenant set approval = 'critical' where name = 'default'});

# Who names a row_version has read the row
like(error_as('ann', q{update jobgrid.schedule set schedule = 'every day at 03:00', row_version = null where job = 'close'}), qr/^JG002 schedule .* has been changed since it was read/,
	'no row_version is none of the row');
like(error_as('ann', q{update jobgrid.blackout set ends_at = null, row_version = null where name = 'pause'}), qr/^JG002 blackout .* has been changed since it was read/, 'nor of a blackout');
is(schedules_of('close'), 'main: every day at 18:00', 'and changes nothing');

done_testing();
