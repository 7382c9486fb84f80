# Ways in which one person alone might get an edit into force that needs another's approval. Each ends with the table as it was.
use strict;
use warnings;
use Jobgrid::Test;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('main');
sub as { my ($user, $command) = @_; return sql($node, $command, user => $user) }
sub error_as { my ($user, $command) = @_; my $error = error_of($node, $command, user => $user); return "$error->{sqlstate} $error->{message}" }
sub schedules_of { return sql($node, "select coalesce(string_agg(name || ': ' || schedule, ', ' order by name), 'none') from jobgrid.schedule where job = '$_[0]'") }
sub newest { return sql($node, q{select max(change_set) from jobgrid.change_set}) }
sub state_of { return sql($node, "select state from jobgrid.change_set where change_set = $_[0]") }

sql($node, q{
	create role team; create role other_team;
	create role ann login in role jobgrid_business, jobgrid_author, jobgrid_submitter, team; create role bob login in role jobgrid_approver, team;
	create role chief login in role jobgrid_admin;
	insert into jobgrid.team (name, database_role) values ('team', 'team'), ('other', 'other_team');
	select jobgrid.define_job('close', kind => 'external', criticality => 1, owner_team => 'team');
	select jobgrid.define_job('mail', kind => 'external', criticality => 4, owner_team => 'team');
	insert into jobgrid.schedule (job, schedule, time_zone) values ('close', 'every day at 18:00', 'UTC');
	insert into jobgrid.blackout (name, job, starts_at, ends_at) values ('pause', 'close', '2036-07-01', '2036-07-02');
	update jobgrid.tenant set approval = 'critical' where name = 'default'});

# Who names a row_version has read the row
like(error_as('ann', q{update jobgrid.schedule set schedule = 'every day at 03:00', row_version = null where job = 'close'}), qr/^JG002 schedule .* has been changed since it was read/,
	'no row_version is none of the row');
like(error_as('ann', q{update jobgrid.blackout set ends_at = null, row_version = null where name = 'pause'}), qr/^JG002 blackout .* has been changed since it was read/, 'nor of a blackout');
is(schedules_of('close'), 'main: every day at 18:00', 'and changes nothing');

# A login of which one is a member has a session of its own in SQL jobs, which proposes or approves
sql($node, q{create role service login in role jobgrid_approver, jobgrid_business, team; grant service to ann; grant jobgrid_approver to ann;
	create role ben login in role jobgrid_approver, team, bob});
sub by_job
{
	my ($command) = @_;
	as('ann', "select jobgrid.define_job('service', kind => 'sql', sql_role => 'service', owner_team => 'team', command => \$c\$$command\$c\$)");
	return wait_for_run($node, as('ann', q{select run_id from jobgrid.submit('service')}));
}
my $later = q{update jobgrid.schedule set schedule = 'every day at 03:00' where job = 'close'};
as('ann', $later);
my $set = newest();
is(by_job("select jobgrid.approve_changes($set)"), 'failed|sql_error', 'a SQL job does not approve what its author has proposed');
like(sql($node, q{select message from jobgrid.run where job = 'service' order by run_id desc limit 1}), qr/change set $set is not for "service" to approve/, 'for that reason');
is(state_of($set), 'proposed', 'it waits on');
is(as('bob', "select state from jobgrid.reject_changes($set)"), 'rejected', 'for somebody else');
is(by_job($later), 'succeeded|', 'a SQL job may propose');
$set = newest();
is(error_as('ann', "select jobgrid.approve_changes($set)"), qq{JG004 change set $set is not for "ann" to approve}, 'which its author does not approve');
is(schedules_of('close'), 'main: every day at 18:00', 'nothing has changed');
is(as('ben', "select state from jobgrid.approve_changes($set)"), 'applied', 'who has nothing to do with it does');
sql($node, q{revoke service, jobgrid_approver from ann; set jobgrid.break_glass = 'back'; update jobgrid.schedule set schedule = 'every day at 18:00' where job = 'close'});

# Rights that were given up, or taken away, are not used by way of a set that was opened with them
sql($node, q{create role power in role jobgrid_author, other_team; grant power to ann;
	set jobgrid.break_glass = 'test'; select jobgrid.define_job('foreign', kind => 'external', criticality => 1, owner_team => 'other')});
my $foreign = q{insert into jobgrid.schedule (job, name, schedule) values ('foreign', '%s', 'daily')};
sql($node, 'alter role ann noinherit; grant jobgrid_author to ann');
as('ann', q{set jobgrid.change_ticket = 'CHG-1'; set role power; } . sprintf $foreign, 'one');
$set = newest();
as('ann', q{set jobgrid.change_ticket = 'CHG-1'; set role jobgrid_author; } . sprintf $foreign, 'two');
cmp_ok(newest(), '>', $set, 'a set opened in another role is not joined');
as('bob', 'select jobgrid.reject_changes(' . newest() . ')');
sql($node, q{revoke power from ann});
is(error_as('bob', "select jobgrid.approve_changes($set)"), 'JG004 "ann" is not a member of role "power" any more', 'nor is one applied with rights that its author has lost');
is(schedules_of('foreign'), 'none', 'nothing is made');
as('bob', "select jobgrid.reject_changes($set)");
sql($node, 'alter role ann inherit');

# What critical jobs go by without naming it, and what is for all tenants
sql($node, q{set jobgrid.break_glass = 'test'; insert into jobgrid.calendar (name) values ('base'), ('patching'), ('books'), ('free'); insert into jobgrid.calendar (name, based_on) values ('bank', '{base}');
	insert into jobgrid.application (name, calendar) values ('ledger', 'books');
	insert into jobgrid.blackout (name, schedule, lasts, calendar) values ('patching', 'every day at 02:00', '1 hour', 'patching');
	update jobgrid.tenant set default_calendar = 'bank' where name = 'default'});
as('chief', "insert into jobgrid.calendar_day (calendar, day) values ('$_', '2030-05-01')") for qw(base bank books patching free);
is(sql($node, q{select string_agg(calendar, ',') from jobgrid.calendar_day}), 'free', 'calendars of the tenant, of an application and of a blackout wait');
as('chief', q{insert into jobgrid.blackout (tenant, name, starts_at) values (null, 'all', '2030-01-01')});
is(sql($node, q{select count(*) from jobgrid.blackout where name = 'all'}), 0, 'a blackout of all tenants as well');
as('bob', 'select jobgrid.approve_changes(' . newest() . ')');
is(sql($node, q{select count(*) from jobgrid.blackout where name = 'all'}), 1, 'until it is approved');

# In advance, while nobody has to approve it
sql($node, q{set jobgrid.break_glass = 'test'; update jobgrid.tenant set approval = 'none' where name = 'default'});
as('ann', "set jobgrid.change_valid_from = '" . sql($node, q{select now() + interval '3 s'}) . "'; $later");
$set = newest();
sql($node, q{update jobgrid.tenant set approval = 'critical' where name = 'default'});
is(state_of($set), 'scheduled', 'it is to be made');
wait_for_value($node, "select state from jobgrid.change_set where change_set = $set", 'failed');
is(sql($node, "select problem from jobgrid.change_set where change_set = $set"), "change set $set needs approval by now", 'and is not, when it needs approval by then');
sql($node, 'grant jobgrid_approver to ann');
is(error_as('ann', "select jobgrid.approve_changes($set)"), "JG002 change set $set needs approval by now", 'nor by its author');
is(schedules_of('close'), 'main: every day at 18:00', 'the table is as before');

done_testing();
