# A dump holds everything, restores without an error, and a restored database does nothing until somebody says so.
use strict;
use warnings;
use Jobgrid::Test;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $conf = "jobgrid.partition_rows = 100\njobgrid.lease = '1h'\njobgrid.grace = '1s'\n";
my $dumps = PostgreSQL::Test::Utils::tempdir();

# One line for each table and sequence: how much is in it, and a sum of all of it.
sub fingerprint
{
	my ($node, $database) = @_;
	return $node->safe_psql($database // 'jobgrid', <<'EOF');
select format(case relkind when 'S'
    then 'select %L, last_value, is_called::text from %s'
    else 'select %L, count(*), md5(coalesce(string_agg(t::text, chr(10) order by t::text collate "C"), ''''))
          from only %s t'
    end, oid::regclass, oid::regclass)
from pg_class where relkind in ('r', 'S') and relnamespace in ('jobgrid'::regnamespace, 'jobgrid_engine'::regnamespace)
order by oid::regclass::text collate "C"
\gexec
EOF
}

# What the catalogue says of partitions and of the identity of columns.
sub shape
{
	my ($node) = @_;
	return sql($node, <<'EOF');
select c.oid::regclass, pg_get_expr(c.relpartbound, c.oid), c.relowner::regrole,
       (select string_agg(pg_get_indexdef(i.indexrelid), ', ' order by pg_get_indexdef(i.indexrelid))
        from pg_index i where i.indrelid = c.oid),
       (select string_agg(pg_get_triggerdef(t.oid), ', ' order by t.tgname) from pg_trigger t where t.tgrelid = c.oid),
       (select string_agg(pg_get_expr(d.adbin, d.adrelid), ', ' order by d.adnum) from pg_attrdef d where d.adrelid = c.oid),
       c.reloptions, c.relacl
from pg_class c where c.relispartition order by c.oid::regclass::text collate "C"
EOF
}

# The original: everything a database may hold, at rest but for what is running
my $origin = new_node('origin', conf => $conf);
sql($origin, <<'EOF');
update jobgrid.priority_level set rank = 20, description = 'edited' where name = 'high';
insert into jobgrid.priority_level (name, rank) values ('soon', 40);
update jobgrid.job_default set value = '2' where setting = 'attempts';
update jobgrid.job_default set value = '1 hour' where setting = 'retry_delay';
update jobgrid.tenant set weight = 250, time_zone = 'Europe/Berlin', description = 'edited' where name = 'default';
insert into jobgrid.tenant (name, weight) values ('other', 50);
update jobgrid.pool set description = 'edited' where name = 'default';
update jobgrid.queue set description = 'edited' where name = 'default';
insert into jobgrid.queue (name, tenant) values ('of other', 'other');
insert into jobgrid.application (name, time_zone, roll_time) values ('books', 'Asia/Tokyo', '05:00');
create role restore_team;
insert into jobgrid.team (name, database_role) values ('team', 'restore_team');
select jobgrid.define_job('work', kind => 'noop', on_lost => 'hold', parameters => '{"a": [1, null, "x"]}');
select jobgrid.define_job('work', title => format('edit %s', n)) from generate_series(1, 5) n;
select jobgrid.define_job('a child', kind => 'noop', after => '{work}', application => 'books', owner_team => 'team');
select jobgrid.define_job('parent', kind => 'noop');
select jobgrid.define_job('its child', kind => 'noop', after => '{parent}');
select jobgrid.define_job('elsewhere', kind => 'external');
select jobgrid.define_job('held', kind => 'noop'), jobgrid.hold(job => 'held', reason => 'test');
select jobgrid.define_job('shell', command => 'echo ''quoted''', success_codes => '4', environment => '{"A": "b"}');
select jobgrid.define_job('of other', kind => 'noop', tenant => 'other', queue => 'of other');
select jobgrid.define_job('ruled', kind => 'noop', parameter_schema => '{"n": {"type": "integer", "default": 1, "required": true}}');
select jobgrid.define_job('ruled', parameters => '{"n": 2}');
select jobgrid.define_job('audited', kind => 'noop', retention => '1 year');
insert into jobgrid.calendar (name) values ('above'), ('base');
insert into jobgrid.calendar_day (calendar, day, label) values ('base', '2098-12-31', 'New Year''s Eve');
update jobgrid.calendar set based_on = '{base}', known_until = '2098-12-31' where name = 'above';
select jobgrid.define_job('fires', kind => 'external');
insert into jobgrid.schedule (job, schedule, calendar, when_holiday) values ('work', 'on 2098-12-31 at 12:00', 'above', 'run_before');
insert into jobgrid.schedule (job, schedule, on_overlap) values ('fires', 'every second', 'skip');
update jobgrid.tenant set ticket_pattern = '^CHG-' where name = 'other';
set jobgrid.change_ticket = 'CHG-1';
update jobgrid.job set title = 'under a ticket' where name = 'of other';
select jobgrid.submit('held', parameters => '{"kept": true}');
select count(*) from jobgrid.submit_many('work', count => 640, business_date => '2020-02-02');
EOF
my $session = start_session($origin, name => 'hand');
$session->hello(slots => 1000);
my @old = $session->claim(300);
my $chunks = join ', ', map {"row($_->{run_id}, 1, $_->{fence}, 1, 'o', 0, '\\xff00')::jobgrid_engine.chunk"} @old;
$session->rows("select jobgrid_engine.write_output(array[$chunks])");
$session->exchange([ map { report($_, 'exited', exit_code => 0) } @old ], 0);
my ($failed, $finished, $kept, $lost) = $session->claim(4);
$chunks = join ', ',
  map {"row($finished->{run_id}, 1, $finished->{fence}, $_, 'e', 0, '\\xc328')::jobgrid_engine.chunk"} 1, 2;
$session->rows("select jobgrid_engine.write_output(array[$chunks])");
$session->exchange([ map { report($_, 'started') } $kept, $lost ], 0);
$session->exchange([ report($finished, 'exited', exit_code => 0, message => "it's \\ done") ], 0);
$session->exchange([ report($failed, 'exited', exit_code => 9) ], 0);
sql($origin, <<'EOF');
insert into jobgrid_engine.executor (name, owner_role, instance, state, pool, kinds, slots, protocol, version, connected_at)
values ('a node that is not there', session_user, gen_random_uuid(), 'offline', 'default', '{shell}', 1, 1, '0', now());
select jobgrid.submit('shell', executor => 'a node that is not there');
select jobgrid.submit('its child'), jobgrid.submit('parent'), jobgrid.submit('held'), jobgrid.submit('elsewhere'),
       jobgrid.submit('of other', labels => '{"x": "y"}', traceparent => '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', tenant => 'other'),
       jobgrid.submit('work', idempotency_key => 'once');
select jobgrid.hold(max(run_id), reason => 'test') from jobgrid.run where job = 'work' and state = 'queued';
select jobgrid.cancel(max(run_id)) from jobgrid.run where job = 'work' and state = 'queued';
select jobgrid.submit('a child', business_date => '2021-01-01');
EOF
my $rerun = sql($origin, "select run_id from jobgrid.rerun($finished->{run_id}, reason => 'test')");
wait_until($origin, q{select count(*) = 1 from jobgrid.run where job = 'elsewhere' and state = 'running'});
wait_until($origin, q{select count(*) > 1 from jobgrid.fire where job = 'fires'});
sql($origin, q{update jobgrid.schedule set schedule = 'on 2099-01-01' where job = 'fires'});
wait_until($origin, q{select count(*) = 2 from jobgrid.upcoming where run_at > '2098-12-01'});
is(sql($origin, q{select run_at from jobgrid.upcoming where job = 'work'}), '2098-12-30 11:00:00+00', 'and a schedule with a calendar');
wait_until($origin, q{select count(*) = 0 from jobgrid.run where reason = 'placement'});
is(sql($origin, q{select string_agg(distinct state, ',' order by state) from jobgrid.run}),
	'cancelled,held,queued,running,succeeded,waiting', 'the original has runs in many states');

wait_until($origin, 'select exists (select from jobgrid_engine.cluster)');
pass('and has written whose it is');

# The two oldest ranges grow old and go; what lives in them, or is kept longer, is in the twins then
my @oldest = split /\n/, sql($origin, <<'EOF');
select c.relname from pg_class c join pg_inherits i on i.inhrelid = c.oid
where i.inhparent = 'jobgrid_engine.run'::regclass
  and (regexp_match(pg_get_expr(c.relpartbound, c.oid), 'TO \(''?(\d+)''?\)'))[1]::bigint <= 250
EOF
is(scalar(@oldest), 2, 'two ranges have run');
sql($origin, q{select jobgrid.set_outcome(20, 'failed', 'test')});
sql($origin, <<"EOF") for @oldest;
set session_replication_role = replica;
update jobgrid_engine.$_ set submitted_at = submitted_at - interval '100 days', finished_at = finished_at - interval '100 days',
	job_id = case run_id % 10 when 0 then (select job_id from jobgrid.job where name = 'audited') else job_id end;
EOF
sql($origin, q{select pg_terminate_backend(pid) from jobgrid.stat_scheduler where worker = 'janitor'});
wait_until($origin, "select to_regclass('jobgrid_engine.$_') is null") for @oldest;
is(sql($origin, <<'EOF'), 'false succeeded, true live', 'the twins hold what lives and what is kept longer');
select string_agg(what, ', ' order by what) from (
    select distinct (keep_until = 'infinity') || ' ' || state as what from jobgrid_engine.kept_run where run_id <> 20) w
EOF
is(sql($origin, 'select count(*) > 0 from jobgrid_engine.kept_' . $_), 't', "kept_$_ is not empty") for qw(attempt history output);
cmp_ok(sql($origin, q{select count(*) from pg_inherits where inhparent = 'jobgrid_engine.run'::regclass}), '>=', 4,
	'others stay');

my $due = sql($origin, q{select run_id from jobgrid.submit('work', delay => '12 s')});
my $before = fingerprint($origin);
my $states = q{select string_agg(run_id || state || coalesce(reason, ''), ',' order by run_id) from jobgrid.run};
my $seen = sql($origin, $states);
my ($out, $err);
for my $format ('plain', 'custom')
{
	my @dump = ('pg_dump', '--no-sync', '-F', $format, '-f', "$dumps/$format", '-d', $origin->connstr('jobgrid'));
	ok(IPC::Run::run(\@dump, '>', \$out, '2>', \$err), "dump in format $format");
	is($err, '', 'it has nothing to warn of');
}
is(fingerprint($origin), $before, 'the original has rested meanwhile');
my $shape = shape($origin);
my $epoch = sql($origin, 'select epoch from jobgrid_engine.cluster');
my $instance = $session->{instance};

# Restores, into clusters of their own; on the last one the workers are woken all the time. pg_restore --jobs does not
# know the order of tables that an extension's foreign keys ask for, and needs to be run without them.
my %how = (
	plain => sub { ('psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', $_[0]->connstr('jobgrid'), '-f', "$dumps/plain") },
	custom => sub { ('pg_restore', '-e', '-d', $_[0]->connstr('jobgrid'), "$dumps/custom") },
	woken => sub { ('pg_restore', '-e', '-d', $_[0]->connstr('jobgrid'), "$dumps/custom") });
my %restored;
for my $how (qw(plain custom woken))
{
	my $node = $restored{$how} = new_node($how, conf => $conf, extension => 0);
	my $bells;
	if ($how eq 'woken')
	{
		my $ring = 'select pg_reload_conf() \watch 0.01' . "\n";
		$bells = IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('postgres') ], '<', \$ring, '>', '/dev/null',
			'2>', '/dev/null');
	}
	local $ENV{PGOPTIONS} = '-c session_replication_role=replica' if $how eq 'parallel';
	ok(IPC::Run::run([ $how{$how}->($node) ], '>', \$out, '2>', \$err), "$how: restore ends well");
	delete $ENV{PGOPTIONS};
	is($err, '', "$how: and has nothing to say");
	if ($bells) { $bells->kill_kill }
	is(fingerprint($node), $before, "$how: every table and sequence is as it was");
	is(shape($node), $shape, "$how: partitions have their bounds, owners, indexes and triggers");
}

# Held: it says so, and nothing starts, though the moment of a run comes
for my $how (qw(plain custom woken))
{
	my $node = $restored{$how};
	wait_for_value($node, q{select ok from jobgrid.check_install() where check_name = 'held'}, 'f');
	like(sql($node, q{select fix from jobgrid.check_install() where check_name = 'held'}), qr/unfreeze/,
		"$how: check_install says how to go on");
}
my $node = $restored{plain};
is(sql($node, $states), $seen, 'every run is seen as it was');
wait_until($node, "select due_at < now() from jobgrid.run where run_id = $due");
like(sql($node, q{select note from jobgrid.submit('work')}), qr/held/, 'a submission is taken and told of it');
my $hand = start_session($node, name => 'hand');
$hand->{instance} = $instance;
my $welcome = $hand->hello(known => known('running', $kept, $lost));
ok($welcome->{held}, 'an executor is told at hello');
is_deeply([ map { $_->{what} } $hand->exchange([], 10) ], ['held'], 'and at every exchange');
is(sql($node, "select state || ' ' || reason from jobgrid.run where run_id = $due"), 'waiting not_before',
	'what is due stays');
is(sql($node, q{select count(*) from jobgrid.lane where queued > 0}),
	sql($origin, q{select count(*) from jobgrid.lane where queued > 0}), 'no lane got work meanwhile');

# Everything goes on, with a higher epoch
my $answer = sql($node, q{select jobgrid.unfreeze('test')});
like($answer, qr/the database works, epoch (\d+)/, 'unfreeze says so');
cmp_ok(sql($node, 'select epoch from jobgrid_engine.cluster'), '>', $epoch, 'the epoch is higher');
is(sql($node, q{select jobgrid.unfreeze('test')}), 'nothing to unfreeze: the database works', 'once is enough');
is(sql($node, q{select ok from jobgrid.check_install() where check_name = 'held'}), 't', 'check_install is content');
is(sql($node, <<'EOF'), '{"title": null}', 'a change from before the dump is undone, under a ticket as before');
set jobgrid.change_ticket = 'CHG-2';
select new from jobgrid.undo_change((select change_id from jobgrid.config_history where ticket = 'CHG-1'), 'test');
EOF
wait_until($node, "select state = 'queued' from jobgrid.run where run_id = $due");
is(scalar(grep { $_->{what} eq 'stale' } $hand->exchange([ report($kept, 'exited', exit_code => 0) ], 0)), 0,
	'an executor that came along reports with the fence it has');
is(wait_for_run($node, $kept->{run_id}), 'succeeded|', 'and its run ends');
sql($node, 'select jobgrid.release(1)');
wait_for_run($node, 1, 'queued');
my $free = 'select count(*) from jobgrid_engine.ready join jobgrid_engine.lane using (lane_id) where executor is null';
my @all = $hand->claim(sql($node, $free));
ok(!(grep { $_->{fence} <= $kept->{fence} } @all), 'new attempts have higher fences');
while (@all)
{
	$hand->exchange([ map { report($_, 'exited', exit_code => 0) } @all ], 0);
	wait_until($node, "select ($free) > 0 or not exists (select from jobgrid_engine.ended)");
	@all = grep { $_->{what} eq 'attempt' } $hand->exchange([], 1000);
}
is(sql($node, "select state from jobgrid.run where run_id = $due"), 'succeeded',
	'the run whose moment had come has run');
is(sql($node, "select state from jobgrid.run where run_id = $rerun"), 'succeeded', 'the rerun has run');
is(sql($node, q{select r.state || ' ' || k.keep_until from jobgrid.run r join jobgrid_engine.kept_run k using (run_id) where run_id = 1}),
	'succeeded infinity', 'so has the run whose range has gone');
is(sql($node, q{select string_agg(what, ',' order by what collate "C") from (
	select distinct job || ':' || state || ':' || coalesce(reason, '') as what from jobgrid.run
	where finished_at is null) l}),
	'a child:waiting:condition,elsewhere:running:external,fires:running:external,held:held:operator,shell:queued:,work:held:operator,'
	  . 'work:running:,work:waiting:retry_wait',
	'what still lives has its reasons');
is(sql($node, q{select state from jobgrid.run where job = 'its child'}), 'succeeded',
	'a condition was met and released its run');
is(sql($node, q{select (select run_id from jobgrid.submit('work', idempotency_key => 'once')) =
	(select run_id from jobgrid_engine.idempotency_key where key = 'once')}), 't', 'an idempotency key is still known');
$hand->leave;

# An executor that did not come along: its runs are in doubt, and held
$node = $restored{custom};
sql($node, q{select jobgrid.unfreeze('test')});
$hand = start_session($node, name => 'hand');
$hand->hello;
is(wait_for_run($node, $kept->{run_id}, 'unknown'), 'unknown|executor_lost', 'a new instance does not know the run');
$hand->leave;

# Beside the original: refused where it is not the control database, held where it was made that
$session->leave;
$origin->safe_psql('postgres', 'create database beside');
ok(!IPC::Run::run([ 'pg_restore', '-e', '-d', $origin->connstr('beside'), "$dumps/custom" ], '>', \$out, '2>', \$err),
	'a second database of the same server takes no restore');
like($err, qr/jobgrid works in database jobgrid, not in beside/, 'and says why');
$origin->append_conf('postgresql.conf', "jobgrid.database = 'beside'");
$origin->restart;
ok(IPC::Run::run([ 'pg_restore', '-e', '-d', $origin->connstr('beside'), "$dumps/custom" ], '>', \$out, '2>', \$err),
	'made the control database, it does') or diag($err);
is(fingerprint($origin, 'beside'), $before, 'everything is there');
$origin->poll_query_until('beside', q{select not ok from jobgrid.check_install() where check_name = 'held'})
  or die 'never held';
$hand = start_session($origin, name => 'hand', database => 'beside');
ok($hand->hello->{held}, 'the copy beside its original is held');
is_deeply([ map { $_->{what} } $hand->exchange([], 10) ], ['held'], 'and hands out nothing');
$hand->leave;
$origin->safe_psql('beside', q{select jobgrid.unfreeze('test')});
my $stranger = start_session($origin, name => 'hand');
my (undef, $error) = $stranger->query(q{select jobgrid_engine.hello('hand', gen_random_uuid(), 1, 100, '{noop}')});
is($error->{sqlstate}, 'JG009', 'the database that is no longer the control database speaks to no executor');
is(error_of($origin, q{select jobgrid.submit('work')})->{sqlstate}, 'JG009', 'and takes no submission');
$stranger->leave;

unlike(slurp_file($_->logfile), qr/PANIC:|was terminated by signal/, $_->name . ': no process crashed')
  for $origin, values %restored;
done_testing();
