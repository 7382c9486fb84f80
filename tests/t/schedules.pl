# Schedules: they fire on time and once, an edit is in force at COMMIT, what is missed is accounted for.
use strict;
use warnings;
use Jobgrid::Test;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);

my $node = new_node('main', conf => 'max_prepared_transactions = 2');
sql($node, 'create role worker login; create role pinned');

# Defines a job whose runs end in the database at once.
sub job
{
	my ($name, $more) = @_;
	sql($node, "select jobgrid.define_job('$name', kind => 'sql', sql_role => 'worker', command => 'select 1'"
		  . ($more ? ", $more" : '') . ')');
	return;
}

sub schedule
{
	my ($job, $text, %columns) = @_;
	my $names = join '', map { ", $_" } sort keys %columns;
	my $values = join '', map { ", $columns{$_}" } sort keys %columns;
	sql($node, "insert into jobgrid.schedule (job, schedule$names) values ('$job', '$text'$values)");
	return;
}

sub fires { return sql($node, "select count(*) from jobgrid.fire where job = '$_[0]' and outcome = 'run'") }
sub fires_until { my ($job, $n) = @_; wait_until($node, "select count(*) >= $n from jobgrid.fire where job = '$job' and outcome = 'run'"); return fires($job) }

# A new installation gets to work without a submission
job('tick');
schedule('tick', 'every second');
cmp_ok(fires_until('tick', 3), '>=', 3, 'a schedule fires');
is(sql($node, q{select count(*) from jobgrid.fire where job = 'tick' and scheduled_for <> date_trunc('second', scheduled_for)}),
	0, 'at whole seconds');
is(sql($node, q{select count(*) from (select scheduled_for - lag(scheduled_for) over (order by scheduled_for) as gap
		from jobgrid.fire where job = 'tick') g where gap <> '1 s'}), 0, 'each second once');
cmp_ok(sql($node, q{select extract(epoch from max(late)) * 1000 from jobgrid.fire where job = 'tick'}), '<', 1000, 'and on time');
is(sql($node, q{select count(*) from jobgrid.run where job = 'tick' and source = 'schedule' and submitted_by = 'jobgrid'}),
	fires('tick'), 'each fire is a run');
sql($node, q{delete from jobgrid.schedule where job = 'tick'});
is(sql($node, 'select count(*) from jobgrid_engine.fire_cursor'), 0, 'a schedule goes with its cursor');

done_testing();
