# Run windows and blackouts at work: they open and close to the moment, an edit is in force at COMMIT also for what is queued,
# whoever submits meanwhile, and what is skipped is told.
use strict;
use warnings;
use Jobgrid::Test;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('main', conf => "jobgrid.clock = virtual\njobgrid.sql_workers = 8\nmax_worker_processes = 24");

sub set_clock { sql($node, "select jobgrid_engine.set_clock('$_[0]')"); return }

# Jobs of kind external: the dispatcher starts them, and they run until the test ends them.
sub job { my ($name, $more) = @_; sql($node, "select jobgrid.define_job('$name', kind => 'external'" . ($more ? ", $more" : '') . ')'); return }
sub submit { return sql($node, "select run_id from jobgrid.submit('$_[0]')") }
sub state_of { return sql($node, "select state from jobgrid.run where run_id = $_[0]") }
sub is_running { my ($run, $name) = @_; wait_for_value($node, "select state from jobgrid.run where run_id = $run", 'running'); pass($name); return }
sub why { return sql($node, "select blocker, object, detail from jobgrid.why($_[0]) where blocker in ('run_window', 'blackout')") }

# Each edit has been followed, and everything due is done.
sub settled
{
	wait_until($node, q{select not exists (select from jobgrid_engine.shutter_edit) and not exists (select from jobgrid_engine.pending)
		and not exists (select from jobgrid_engine.fire_cursor where edited or next_at <= jobgrid_engine.moment())
		and not exists (select from jobgrid_engine.shutter where changes_at is null or changes_at <= jobgrid_engine.moment())});
	return;
}

sub fires
{
	return sql($node, qq{select coalesce(string_agg(to_char(scheduled_for at time zone 'UTC', 'HH24:MI') || ' ' || outcome
		|| coalesce(' ' || reason, ''), ', ' order by scheduled_for), '') from jobgrid.fire where job = '$_[0]'});
}

set_clock('2026-06-03 12:00:00+00');
sql($node, q{create role business login in role jobgrid_business; create role team; grant team to business;
	insert into jobgrid.team (name, database_role) values ('team', 'team'); insert into jobgrid.application (name) values ('ledger')});

# A run window
job('night', q{run_window => '22:00-04:00', time_zone => 'UTC'});
my $run = submit('night');
settled();
is(state_of($run), 'queued', 'outside its window a run waits in its queue');
is(why($run), 'run_window|22:00-04:00|its run window, 22:00-04:00 in UTC, opens at 2026-06-03 22:00 UTC', 'why says until when');
set_clock('2026-06-03 21:59:59.9+00');
settled();
is(state_of($run), 'queued', 'until it opens');
set_clock('2026-06-03 22:00:00+00');
is_running($run, 'then it starts');
set_clock('2026-06-04 03:59:59+00');
is_running($run = submit('night'), 'as do others while it is open');
set_clock('2026-06-04 04:00:00+00');
settled();
$run = submit('night');
settled();
is(state_of($run), 'queued', 'it has closed');
sql($node, q{update jobgrid.job set run_window = null where full_name = 'night'});
is_running($run, 'without a window what waited starts');

# A blackout that is declared while runs are queued
job('book', q{application => 'ledger', owner_team => 'team'});
job('other');
sql($node, q{select jobgrid.pause_queue('default')});
my @before = (submit('book'), submit('other'));
my $session = $node->background_psql('jobgrid', on_error_stop => 0);
$session->query_safe(q{begin});
my $late = $session->query_safe(q{select run_id from jobgrid.submit('book')});
sql($node, q{insert into jobgrid.blackout (name, application, starts_at, ends_at, reason)
	values ('year end', 'ledger', '2026-06-04 00:00+00', '2026-06-05 06:00+00', 'books are closed')});
wait_until($node, q{select count(*) = 1 from jobgrid_engine.shutter where closed});
wait_until($node, qq{select x.shutters <> '{}' and l.shutters = x.shutters from jobgrid_engine.ready r join jobgrid_engine.lane l using (lane_id)
	join jobgrid_engine.job_shutters x using (job_id) where r.run_id = $before[0]});
pass('a queued run is placed behind it');
is(sql($node, q{select count(*) from jobgrid_engine.shutter_edit}), 1, 'the edit is kept while an older transaction may submit');
$session->query_safe('commit');
settled();
is(sql($node, qq{select l.closed_reason from jobgrid_engine.ready r join jobgrid_engine.lane l using (lane_id) where r.run_id = $late}), 'queue_paused',
	'what an older transaction has submitted is placed as well; a paused queue is named first');
sql($node, q{select jobgrid.resume_queue('default')});
is_running($before[1], 'others start');
is(state_of($before[0]), 'queued', 'a run that the blackout is for does not');
is(why($late), 'blackout|year end|blackout "year end" until 2026-06-05 06:00 UTC: books are closed', 'nor does the late one, and why says why');
is(sql($node, q{select happens, note from jobgrid.upcoming where job = 'book'}), '', 'nothing is upcoming for a job without schedule');
my $hint = sql($node, "select hint from jobgrid.why($late) where blocker = 'blackout'");
sql($node, $hint =~ s/now\(\)/'2026-06-04 05:00+00'/r);
set_clock('2026-06-04 05:00:00+00');
is_running($late, 'the hint of why ends it');
is_running($before[0], 'for all');

# By a business user, in force at COMMIT, and undone
$node->connect_ok('dbname=jobgrid user=business', 'a business user', sql => q{insert into jobgrid.blackout (name, job, starts_at) values ('ours', 'book', '2026-06-01 00:00+00')});
settled();
$run = submit('book');
settled();
is(why($run), 'blackout|ours|blackout "ours"', 'a team closes its own job');
sql($node, q{select jobgrid.undo_change((select max(change_id) from jobgrid.config_history where table_name = 'blackout'), 'test')});
is_running($run, 'undone, it is over');

# A run that is released by a condition, retried or delayed meets the blackout as well
job('after', q{after => '{other}'});
my $waits = sql($node, q{select run_id from jobgrid.submit('after', business_date => '2026-06-04')});
my $delayed = sql($node, q{select run_id from jobgrid.submit('book', not_before => '2026-06-04 06:00+00')});
wait_for_value($node, "select reason from jobgrid.run where run_id = $waits", 'condition');
sql($node, q{insert into jobgrid.blackout (name, starts_at, ends_at) values ('all', '2026-06-04 00:00+00', '2026-06-04 07:00+00')});
wait_until($node, q{select count(*) = 1 from jobgrid_engine.shutter where closed});
sql($node, q{select jobgrid.submit('other', business_date => '2026-06-04')});
sql($node, qq{select jobgrid.report_outcome(run_id, 'succeeded') from jobgrid.run where job = 'other' and state = 'running'});
set_clock('2026-06-04 06:00:00+00');
wait_until($node, qq{select count(*) = 2 from jobgrid.run where run_id in ($waits, $delayed) and state = 'queued'});
is(why($waits), 'blackout|all|blackout "all" until 2026-06-04 07:00 UTC', 'a run whose condition is met waits for the end');
is(why($delayed), 'blackout|all|blackout "all" until 2026-06-04 07:00 UTC', 'and so does one whose moment has come');
set_clock('2026-06-04 07:00:00+00');
is_running($waits, 'then one starts');
is_running($delayed, 'and the other');

# Again and again, and skipping; what was missed is judged by its own moment
job('quarter', q{time_zone => 'UTC'});
job('office', q{run_window => '08:00-09:00', when_outside => 'skip', time_zone => 'UTC'});
sql($node, q{insert into jobgrid.blackout (name, job, schedule, lasts, time_zone, what_happens) values ('lunch', 'quarter', 'every day at 12:30', '45 minutes', 'UTC', 'skip');
	insert into jobgrid.schedule (job, schedule, when_missed, on_overlap) values ('quarter', 'every 15 minutes between 12:00 and 14:00', 'all', 'parallel'),
		('office', 'every 30 minutes between 08:00 and 10:00', 'all', 'parallel')});
settled();
set_clock('2026-06-04 08:00:01+00');
settled();
set_clock('2026-06-04 13:00:00+00');
settled();
is(fires('quarter'), '12:00 run, 12:15 run, 12:30 skipped blackout, 12:45 skipped blackout, 13:00 skipped blackout', 'fires in a blackout that skips make no run');
is(fires('office'), '08:00 run, 08:30 run, 09:00 skipped run_window, 09:30 skipped run_window, 10:00 skipped run_window', 'nor do those outside a run window that does');
is(sql($node, q{select happens, note from jobgrid.upcoming where job = 'office'}), 't|', 'upcoming says what will be');
sql($node, q{update jobgrid.job set run_window = '10:00-11:00' where full_name = 'office'});
settled();
is(sql($node, q{select happens, note from jobgrid.upcoming where job = 'office'}), 'f|makes no run: its run window is 10:00-11:00', 'or will not');
set_clock('2026-06-04 13:15:00+00');
settled();
like(fires('quarter'), qr/, 13:15 run$/, 'after it they run again');

# Across a crash, after which the clock is the machine's again
sql($node, q{insert into jobgrid.blackout (name, job, starts_at, ends_at) values ('restart', 'other', '2026-06-04 00:00+00', '2099-01-01 00:00+00')});
settled();
$run = submit('other');
settled();
$node->stop('immediate');
$node->start;
wait_until($node, q{select wakeups > 2 from jobgrid.stat_scheduler where worker = 'dispatcher'});
settled();
is(state_of($run), 'queued', 'a crash opens nothing');
sql($node, q{update jobgrid.blackout set ends_at = '2026-06-05 00:00+00' where name = 'restart'});
is_running($run, 'and its end comes all the same');
is(sql($node, q{select count(*) from jobgrid.attention where state = 'blackout'}), 0, 'nothing is wrong');

done_testing();
