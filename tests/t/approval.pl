# Edits that wait for another person, or for their moment: kept beside the tables, tried with the rights of who proposed them, and
# applied whole or not at all.
use strict;
use warnings;
use Jobgrid::Test;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('main', conf => "jobgrid.clock = virtual\nmax_prepared_transactions = 2");
sub set_clock { sql($node, "select jobgrid_engine.set_clock('$_[0]')"); return }
sub as { my ($user, $command) = @_; return sql($node, $command, user => $user) }
sub error_as { my ($user, $command) = @_; my $error = error_of($node, $command, user => $user); return "$error->{sqlstate} $error->{message}" }
sub schedule_of { return sql($node, "select coalesce(string_agg(name || ': ' || schedule, ', ' order by name), 'none') from jobgrid.schedule where job = '$_[0]'") }
sub sets { return sql($node, q{select coalesce(string_agg(change_set || ' ' || state || ' ' || edits, ', ' order by change_set), '') from jobgrid.change_set}) }
sub newest { return sql($node, q{select max(change_set) from jobgrid.change_set}) }

set_clock('2026-06-01 12:00:00+00');
sql($node, q{
	create role team; create role other_team;
	create role ann login in role jobgrid_business, jobgrid_author, team; create role bob login in role jobgrid_approver, jobgrid_business, team;
	create role cat login in role jobgrid_approver, team; create role eve login in role jobgrid_business, jobgrid_author, other_team;
	create role gate login noinherit in role jobgrid_gateway; grant ann, bob to gate;
	insert into jobgrid.team (name, database_role) values ('team', 'team'), ('other', 'other_team');
	insert into jobgrid.calendar (name) values ('days');
	select jobgrid.define_job('close', kind => 'external', criticality => 1, owner_team => 'team');
	select jobgrid.define_job('mail', kind => 'external', criticality => 4, owner_team => 'team');
	insert into jobgrid.schedule (job, schedule, time_zone, calendar) values ('close', 'every day at 18:00', 'UTC', 'days'), ('mail', 'every day at 09:00', 'UTC', null);
	update jobgrid.tenant set approval = 'critical' where name = 'default'});

# Kept, not made
my $update = q{update jobgrid.schedule set schedule = 'every day at 17:00' where job = 'close'};
my ($rc, $out, $err) = $node->psql('jobgrid', "set jobgrid.change_ticket = 'CHG-1'; $update", extra_params => [ '-U', 'ann' ]);
like($err, qr/NOTICE:  change set 1: this edit waits for approval$/m, 'the edit waits, with its number');
is(schedule_of('close'), 'main: every day at 18:00', 'the table is as before');
is(sql($node, q{select run_at from jobgrid.next_runs('close', 1)}), '2026-06-01 18:00:00+00', 'and so is what runs');
as('ann', q{set jobgrid.change_ticket = 'CHG-1'; update jobgrid.job set title = 'Closes the day' where full_name = 'close'});
like(sets(), qr/^1 proposed 2$/, 'edits under one ticket are one set, across transactions');
is(sql($node, q{select count(*) from jobgrid.config_history where changed_by = 'ann'}), 0, 'the history has none of it');
as('ann', q{update jobgrid.schedule set schedule = 'every day at 10:00' where job = 'mail'});
is(schedule_of('mail'), 'main: every day at 10:00', 'what is not critical needs nobody');

# Tried when it is proposed
like(error_as('ann', q{update jobgrid.schedule set schedule = 'every dya at 17:00' where job = 'close'}), qr/^JG003 .*"dya" at position 7 is not a day/, 'a wrong edit is refused at once');
like(error_as('ann', q{update jobgrid.schedule set name = 'a/b' where job = 'close'}), qr/^23514 /, 'by constraints as well');
sql($node, q{set jobgrid.break_glass = 'test'; select jobgrid.define_job('foreign', kind => 'noop', criticality => 1, owner_team => 'team')});
is(error_as('eve', q{insert into jobgrid.schedule (job, schedule) values ('foreign', 'daily')}), '42501 new row violates row-level security policy for table "schedule"',
	'rights are those of who proposes');
is(error_as('ann', q{update jobgrid.job set run_as = 'root', owner_team = 'other' where full_name = 'close'}), '42501 new row violates row-level security policy for table "job"', 'a row is not given away')
	or diag sets();
like(error_as('bob', q{update jobgrid.job set command = 'x' where full_name = 'close'}), qr/^42501 permission denied for table job/, 'columns are granted as ever');

# What is deferred on a table of one's own runs as oneself
sql($node, q{grant create on schema public to ann});
as('ann', q{create table public.mine (a integer); create function public.whoami() returns trigger language plpgsql as $$ begin
		insert into public.mine select 100 where current_user = 'jobgrid_owner'; return null; end $$;
	create constraint trigger late after insert on public.mine deferrable initially deferred for each row when (new.a = 1) execute function public.whoami();
	begin; insert into public.mine values (1); update jobgrid.job set title = 'x' where full_name = 'close'; commit});
is(sql($node, q{select string_agg(a::text, ',') from public.mine}), '1', 'not as the owner of what is proposed');
as('ann', 'select jobgrid.reject_changes(' . newest() . ')');

# An undo is an edit
my $change = sql($node, q{select max(change_id) from jobgrid.config_history where table_name = 'schedule' and operation = 'insert' and key ->> 'job' = 'close'});
is(as('ann', "select count(*) from jobgrid.undo_change($change, 'test')"), 0, 'an undo waits as well');
is(schedule_of('close'), 'main: every day at 18:00', 'and undoes nothing');
as('ann', 'select jobgrid.reject_changes(' . newest() . ')');

# Another person
like(error_as('ann', q{select * from jobgrid.approve_changes(1)}), qr/^42501 permission denied for function approve_changes/, 'not who may not approve');
sql($node, q{grant jobgrid_approver to ann});
is(error_as('ann', q{select * from jobgrid.approve_changes(1)}), 'JG004 change set 1 is your own', 'nor who proposed it');
sql($node, q{grant bob to ann});
is(error_as('ann', q{set role bob; select * from jobgrid.approve_changes(1)}), 'JG004 change set 1 is your own', 'whatever role he has set');
is(error_as('gate', q{set role ann; select * from jobgrid.approve_changes(1)}), 'JG004 change set 1 is your own', 'nor through a gateway');
sql($node, 'revoke bob from ann');
my $preview = as('bob', q{select what, job, becomes, detail from jobgrid.preview_changes(1, change_set => 1)});
is($preview, "count||2026-08-04 00:00:00+00|1 schedule changed: 0 starts added, 0 removed, 46 moved\nmoved|close|2026-06-01 17:00:00+00|", 'who approves sees what it would do');
is(schedule_of('close'), 'main: every day at 18:00', 'which it does not do');
is(as('gate', q{set role bob; select state from jobgrid.approve_changes(1, 'agreed')}), 'applied', 'another one does, here through a gateway');
is(schedule_of('close'), 'main: every day at 17:00', 'and it is in force');
is(sql($node, q{select distinct actor || ' ' || source || ' ' || ticket from jobgrid.config_history where source = 'change set 1'}), 'ann change set 1 CHG-1', 'the history has who, and by which set');
is(sql($node, q{select decided_by || ' ' || comment from jobgrid.change_set where change_set = 1}), 'bob agreed', 'and the set by whom');
like(error_as('bob', q{select * from jobgrid.approve_changes(1)}), qr/^JG002 change set 1 is applied$/, 'once');
wait_for_value($node, q{select run_at from jobgrid.upcoming where job = 'close'}, '2026-06-01 17:00:00+00');

# A job and its schedule in one set
as('ann', q{begin; select jobgrid.define_job('new', kind => 'external', criticality => 1, owner_team => 'team');
	insert into jobgrid.schedule (job, schedule) values ('new', 'daily'); insert into jobgrid.blackout (name, job, starts_at) values ('pause', 'new', '2026-07-01'); commit});
my $set = newest();
is(sql($node, qq{select string_agg(operation || ' ' || table_name, ', ' order by edit) from jobgrid.proposed_edit where change_set = $set}),
	'insert job, insert schedule, insert blackout', 'what needs an earlier edit of its set is tried with it');
is(schedule_of('new'), 'none', 'nothing is there yet');
as('bob', "select * from jobgrid.approve_changes($set)");
is(schedule_of('new') . sql($node, q{select ' ' || count(*) from jobgrid.blackout}), 'main: daily 1', 'then all of it');
as('ann', q{delete from jobgrid.schedule where job = 'new'});
is(schedule_of('new'), 'main: daily', 'a delete waits as well');
$set = newest();
as('bob', "select * from jobgrid.approve_changes($set)");
is(schedule_of('new'), 'none', 'and is done');

# Edits of one row are one edit
as('ann', q{set jobgrid.change_ticket = 'CHG-7'; update jobgrid.schedule set schedule = 'every day at 16:00' where job = 'close'});
as('ann', q{set jobgrid.change_ticket = 'CHG-7'; update jobgrid.schedule set schedule = 'every day at 16:30', note = 'n' where job = 'close'});
$set = newest();
is(sql($node, "select old::text || ' ' || new::text from jobgrid.proposed_edit where change_set = $set"), '{"note": null, "schedule": "every day at 17:00"} {"note": "n", "schedule": "every day at 16:30"}', 'a second one goes on from the first');
as('ann', q{set jobgrid.change_ticket = 'CHG-7'; delete from jobgrid.schedule where job = 'close'});
is(sql($node, "select string_agg(operation, ',') from jobgrid.proposed_edit where change_set = $set"), 'delete', 'and what is deleted is not updated');
is(as('ann', q{begin; update jobgrid.schedule set schedule = 'every day at 16:00' where job = 'close'; select what, detail like 'an edit waits in change set%' from jobgrid.preview_changes() where what = 'withheld'; rollback}),
	'withheld|t', 'a preview in the transaction says what is not in it');
as('ann', "select jobgrid.reject_changes($set)");

# Whose rights a SQL job lends
sql($node, q{create role lent login; grant lent to ann});
as('ann', q{select jobgrid.define_job('lends', kind => 'sql', command => 'select 1', sql_role => 'lent', criticality => 1, owner_team => 'team')});
is(as('gate', 'set role bob; select state from jobgrid.approve_changes(' . newest() . ')'), 'applied', 'those of who proposed it, not of who approves it');

# A set that has grown since somebody looked at it
as('ann', q{set jobgrid.change_ticket = 'CHG-8'; update jobgrid.schedule set note = 'a' where job = 'close'});
$set = newest();
my $version = sql($node, "select version from jobgrid.change_set where change_set = $set");
as('ann', q{set jobgrid.change_ticket = 'CHG-8'; update jobgrid.schedule set note = 'b' where job = 'close'});
is(error_as('bob', "select * from jobgrid.approve_changes($set, version => $version)"), "JG002 change set $set has changed since you looked at it", 'is not approved unseen');
is(as('bob', "select state from jobgrid.approve_changes($set, version => $version + 1)"), 'applied', 'but as it is');

# Stale, expired, rejected, withdrawn
as('ann', q{update jobgrid.schedule set schedule = 'every day at 16:00' where job = 'close'});
$set = newest();
sql($node, q{set jobgrid.break_glass = 'the proposal is to be stale'; update jobgrid.schedule set schedule = 'every day at 15:00' where job = 'close'});
is(sql($node, "select stale from jobgrid.proposed_edit where change_set = $set"), 't', 'what has changed since makes it stale');
like(sql($node, q{select detail from jobgrid.attention where reason = 'stale'}), qr/^change set $set of ann is stale: schedule /, 'which is shown');
my $error = error_of($node, "select * from jobgrid.approve_changes($set)", user => 'bob');
like("$error->{message} $error->{detail}", qr/^change set $set is stale: schedule .* has changed since it was proposed Then \{"schedule": "every day at 17:00"\}, now \{"schedule": "every day at 15:00"\}\.$/, 'and cannot be approved');
is(as('bob', "select state from jobgrid.reject_changes($set, 'stale')"), 'rejected', 'it is rejected');
as('ann', q{update jobgrid.schedule set schedule = 'every day at 16:00' where job = 'close'});
$set = newest();
like(error_as('eve', "select * from jobgrid.reject_changes($set)"), qr/^JG004 /, 'not by anybody');
is(as('ann', "select state from jobgrid.reject_changes($set)"), 'withdrawn', 'who proposed it withdraws it');
as('ann', q{update jobgrid.schedule set schedule = 'every day at 16:00' where job = 'close'});
$set = newest();
set_clock('2026-06-08 12:10:00+00');
like(error_as('bob', "select * from jobgrid.approve_changes($set)"), qr/^JG002 change set $set has expired$/, 'after a week it is too late');

# Break glass
is(sql($node, q{select count(*) from jobgrid.attention where state = 'change' and reason like 'review%' or reason = 'unreviewed'}), 2, 'what broke the glass is shown');
as('ann', q{set jobgrid.break_glass = 'the bank is on fire'; update jobgrid.schedule set schedule = 'every day at 14:00' where job = 'close'});
is(schedule_of('close'), 'main: every day at 14:00', 'broken glass lets it through');
$set = newest();
is(sql($node, qq{select state || ' ' || break_glass from jobgrid.change_set where change_set = $set}), 'applied the bank is on fire', 'told with its reason');
is(error_as('ann', "select * from jobgrid.approve_changes($set)"), "JG004 change set $set is your own", 'not reviewed by oneself');
set_clock('2026-06-09 13:00:00+00');
is(sql($node, qq{select reason from jobgrid.attention where state = 'change' and detail like 'change set $set %'}), 'review_overdue', 'within a day');
is(as('bob', "select state from jobgrid.approve_changes($set, 'right so')"), 'reviewed', 'but by another');

# What else needs approval, and what does not
is(sql($node, q{select count(*) from jobgrid.hold(job => 'close', reason => 'x')}) >= 0 && sql($node, q{select held from jobgrid.job where full_name = 'close'}), 't', 'a hold is no edit');
sql($node, q{select jobgrid.release(job => 'close')});
my $before = newest();
sql($node, q{insert into jobgrid.calendar_day (calendar, day) values ('days', '2026-06-10')});
is(sql($node, q{select count(*) from jobgrid.calendar_day}), 0, 'a day of a calendar that critical jobs use waits');

# A row that is there already
sql($node, q{set jobgrid.break_glass = 'test'; insert into jobgrid.calendar_day (calendar, day, label) values ('days', '2026-06-20', 'old')});
my $ics = join '\r\n', 'BEGIN:VCALENDAR', (map { ('BEGIN:VEVENT', "DTSTART;VALUE=DATE:2026062$_", 'SUMMARY:new', 'END:VEVENT') } 0, 1), 'END:VCALENDAR', '';
sql($node, "select jobgrid.import_holidays('days', E'$ics')");
$set = newest();
is(sql($node, "select string_agg(operation || ' ' || (key ->> 'day'), ', ' order by operation) from jobgrid.proposed_edit where change_set = $set"), 'insert 2026-06-21, update 2026-06-20',
	'what ON CONFLICT updates is an update');
is(sql($node, q{select string_agg(label, ',') from jobgrid.calendar_day where day >= '2026-06-20'}), 'old', 'which waits too');
as('bob', "select jobgrid.approve_changes($set)");
is(sql($node, q{select string_agg(label, ',') from jobgrid.calendar_day where calendar = 'days' and day >= '2026-06-20'}), 'new,new', 'and is made');

# An undo is an edit
my $undo = q{select count(*) from jobgrid.undo_change((select max(change_id) from jobgrid.config_history where key ->> 'day' = '%s'), 'wrong')};
is(as('bob', 'select count(*) from jobgrid.calendar_day') . sql($node, sprintf $undo, '2026-06-21'), '20', 'an undo waits as well');
is(sql($node, 'select operation from jobgrid.proposed_edit order by edit desc limit 1'), 'delete', 'of an insert');
as('bob', 'select jobgrid.approve_changes(' . newest() . ')');
is(sql($node, sprintf $undo, '2026-06-21') . sql($node, 'select operation from jobgrid.proposed_edit order by edit desc limit 1'), '0insert', 'and of a delete');
as('bob', 'select jobgrid.approve_changes(' . newest() . ')');
is(sql($node, q{select count(*) from jobgrid.calendar_day}), 2, 'each is made when it is approved');

# Turning it off
sql($node, q{update jobgrid.tenant set approval = 'none' where name = 'default'});
is(sql($node, q{select approval from jobgrid.tenant where name = 'default'}), 'critical', 'nobody turns it off alone, not even a superuser');
as('bob', 'select jobgrid.approve_changes(' . newest() . ')');
is(sql($node, q{select approval from jobgrid.tenant where name = 'default'}), 'none', 'two do');

# In advance
like(error_as('ann', q{set jobgrid.change_valid_from = 'soon'; update jobgrid.schedule set schedule = 'daily' where job = 'mail'}), qr/^JG003 jobgrid.change_valid_from: "soon" is no moment/, 'a moment that is none');
sql($node, q{update jobgrid.job set time_zone = 'Europe/Zurich' where full_name = 'mail'});
like(error_as('ann', "set jobgrid.change_valid_from = '$_'; update jobgrid.schedule set schedule = 'daily' where job = 'mail'"), qr/^JG003 jobgrid.change_valid_from: /, "nor is $_")
  for '01.12.2027', '2026-06-01 06:00', '2026-13-01', 'infinity', '2026-06-10x';
as('ann', q{set jobgrid.change_valid_from = '2026-06-10 06:00+02'; update jobgrid.schedule set schedule = 'every day at 11:00' where job = 'mail';
	insert into jobgrid.schedule (job, name, schedule) values ('mail', 'second', 'every day at 12:00')});
my $planned = newest();
is(as('ann', "select min(becomes) from jobgrid.preview_changes(change_set => $planned) where what = 'added'"), '2026-06-10 10:00:00+00', 'a preview of it begins at its moment');
as('ann', q{set jobgrid.change_valid_from = '2026-06-10 06:00'; update jobgrid.job set title = 'Mails' where full_name = 'mail'});
$set = newest();
is(sql($node, "select state || ' ' || valid_from from jobgrid.change_set where change_set = $set"), 'scheduled 2026-06-10 04:00:00+00', 'a time in the zone of the job');
is(sql($node, q{select run_at, note from jobgrid.upcoming where job = 'mail' and schedule is null and note like '%title%'}), qq{2026-06-10 04:00:00+00|change set $set: update of job {"tenant": "default", "full_name": "mail"}: {"title": "Mails"}},
	'what is to be is listed');
set_clock('2026-06-10 03:59:59+00');
is(sql($node, q{select title from jobgrid.job where full_name = 'mail'}), '', 'not yet');
set_clock('2026-06-10 04:00:00+00');
wait_for_value($node, q{select title from jobgrid.job where full_name = 'mail'}, 'Mails');
wait_for_value($node, "select state from jobgrid.change_set where change_set = $planned", 'applied');
is(schedule_of('mail'), 'main: every day at 11:00, second: every day at 12:00', 'schedules as well, which deferred triggers belong to');
wait_for_value($node, q{select count(*) from jobgrid.upcoming where job = 'mail' and schedule is not null and run_at is not null}, 2);
is(sql($node, "select state from jobgrid.change_set where change_set = $set"), 'applied', 'at its moment');
as('ann', q{set jobgrid.change_valid_from = '2026-06-11 06:00'; update jobgrid.job set title = 'Sends' where full_name = 'mail'});
$set = newest();
as('ann', q{update jobgrid.job set title = 'Posts' where full_name = 'mail'});
set_clock('2026-06-11 04:00:00+00');
wait_for_value($node, "select state from jobgrid.change_set where change_set = $set", 'failed');
like(sql($node, q{select detail from jobgrid.attention where state = 'change' and reason = 'change_failed'}), qr/^change set $set of ann .*is stale/, 'one that cannot be applied is shown');
is(sql($node, q{select title from jobgrid.job where full_name = 'mail'}), 'Posts', 'and changes nothing');
as('bob', "select jobgrid.reject_changes($set)");
is(sql($node, q{select count(*) from jobgrid.attention where state = 'change' and reason = 'change_failed'}), 0, 'until somebody has decided');
sql($node, q{update jobgrid.tenant set approval = 'all' where name = 'default'});
as('ann', q{set jobgrid.change_valid_from = '2026-06-12'; update jobgrid.job set title = 'Prints' where full_name = 'mail'});
$set = newest();
is(as('bob', "select state from jobgrid.approve_changes($set)"), 'scheduled', 'approved before its moment it waits for that');
set_clock('2026-06-12 00:00:00+02');
wait_for_value($node, q{select title from jobgrid.job where full_name = 'mail'}, 'Prints');

# Two approve at once; one adds while the other approves
as('ann', q{set jobgrid.change_ticket = 'CHG-2'; update jobgrid.job set title = 'A' where full_name = 'mail'});
$set = newest();
my $session = $node->background_psql('jobgrid', on_error_stop => 0, extra_params => [ '-U', 'bob' ]);
$session->query_safe("begin; select jobgrid.approve_changes($set)");
my $late = $node->background_psql('jobgrid', on_error_stop => 0, extra_params => [ '-U', 'ann' ]);
$late->query_until(qr/go/, qq{\\echo go\nset jobgrid.change_ticket = 'CHG-2'; update jobgrid.job set description = 'B' where full_name = 'mail';\n});
wait_until($node, q{select count(*) = 1 from pg_stat_activity where wait_event_type = 'Lock' and usename = 'ann'});
$session->query_safe('commit');
wait_until($node, qq{select max(change_set) > $set from jobgrid.change_set});
is(sql($node, "select state || ' ' || edits from jobgrid.change_set where change_set = $set"), 'applied 1', 'what comes while a set is approved is a set of its own');
$_->quit for $session, $late;

done_testing();
