# SQL jobs: work and completion commit together or not at all; statements outside of one transaction; limits and rights.
use strict;
use warnings;
use Jobgrid::Test;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep);

my $node = new_node('main', conf => 'max_worker_processes = 12');
sql($node, <<'EOF');
create role worker login;
create table public.done (run_id bigint);
create table public.parent (id int primary key);
create table public.child (id int references public.parent deferrable initially deferred);
alter table public.done owner to worker;
grant all on public.parent, public.child to worker;
create procedure public.in_steps() language plpgsql as $$
begin
	insert into public.done values (-1);
	commit;
	insert into public.done values (-2);
	commit;
end $$;
EOF

# Defines a SQL job. Text goes in as it is.
sub job
{
	my ($name, $command, $more) = @_;
	sql($node, "select jobgrid.define_job('$name', kind => 'sql', sql_role => 'worker', command => \$c\$$command\$c\$"
		  . ($more ? ", $more" : '') . ')');
	return;
}

sub submit
{
	my ($name, $more) = @_;
	return sql($node, "select run_id from jobgrid.submit('$name'" . ($more ? ", $more" : '') . ')');
}

# How the run ended: state, reason, SQLSTATE of its message.
sub end_of
{
	my ($run) = @_;
	my $end = wait_for_run($node, $run);
	my ($sqlstate) = message($run) =~ /^([0-9A-Z]{5}):/;
	return defined $sqlstate ? "$end $sqlstate" : $end;
}

sub message { return sql($node, "select message from jobgrid.run where run_id = $_[0]") }
sub work_of { return sql($node, "select count(*) from public.done where run_id = $_[0]") }
sub output_of { return sql($node, "select convert_from(data, 'UTF8') from jobgrid.logs($_[0]) where stream = '$_[1]'") }
my $mark = q{insert into public.done values (current_setting('jobgrid.run_id')::bigint)};

# transaction = one
job('mark', "$mark; $mark");
my $run = submit('mark');
is(end_of($run), 'succeeded|', 'a job of two statements');
is(work_of($run), 2, 'has done its work');
is(sql($node, "select result from jobgrid.run where run_id = $run"), '{"rows": 1, "command_tag": "INSERT 0 1"}',
	'its result is the last command tag');

# A value that others see is set with the rights of the job, and only if the job commits.
sql($node, <<'EOF');
create role feed;
insert into jobgrid.team (name, database_role) values ('feed', 'feed');
insert into jobgrid.global_value (name, value, owner_team) values ('market', 'closed', 'feed');
EOF
job('opens', q{select jobgrid.set_value('market', 'open')});
is(end_of(submit('opens')), 'failed|sql_error 42501', 'a job needs the right to set a value');
sql($node, 'grant jobgrid_business, feed to worker');
job('half', q{select jobgrid.set_value('market', 'half open'); select 1 / 0});
is(end_of(submit('half')), 'failed|sql_error 22012', 'a job sets a value and fails');
is(sql($node, 'select value from jobgrid.global_value'), 'closed', 'which is as if it had not been set');
is(end_of(submit('opens')), 'succeeded|', 'a job sets a value');
is(sql($node, 'select value, updated_by from jobgrid.global_value'), 'open|worker', 'in its own name');
sql($node, 'revoke jobgrid_business, feed from worker');

job('who', q{insert into public.done select 77 where session_user = 'worker' and current_user = 'worker'});
end_of(submit('who'));
is(work_of(77), 1, 'session_user is the role of the job');

job('settings', <<'EOF', q{parameters => '{"region": "EU"}'});
do $$ begin
	if current_setting('jobgrid.parameters')::jsonb->>'region' <> 'APAC' or current_setting('jobgrid.attempt') <> '1'
		or current_setting('jobgrid.business_date')::date <> '2026-02-28'
		or current_setting('jobgrid.previous_business_date')::date <> '2026-02-27'
		or not current_setting('jobgrid.is_month_end')::boolean or current_setting('jobgrid.is_quarter_end')::boolean then raise exception 'wrong settings'; end if;
	raise notice 'seen %', current_setting('jobgrid.run_id');
end $$
EOF
$run = submit('settings', q{parameters => '{"region": "APAC"}', business_date => '2026-02-28'});
is(end_of($run), 'succeeded|', 'settings tell a job about its run') or diag message($run);
is(output_of($run, 'e'), "NOTICE:  seen $run\n", 'notices are output');
is(error_of($node, q{set jobgrid.run_id = '5'})->{sqlstate}, '22023', 'nobody else can set them, superuser or not');
is(sql($node, q{select current_setting('jobgrid.run_id')}), '', 'other sessions see them empty');

job('wrong', "$mark; select 1/0");
$run = submit('wrong');
is(end_of($run), 'failed|sql_error 22012', 'an error fails the run');
is(message($run), '22012: division by zero', 'with SQLSTATE and text');
like(output_of($run, 'j'), qr/ERROR:  division by zero/, 'and is in the output');
is(work_of($run), 0, 'its work is rolled back');

for (['begin; select 1; commit', '2D000'], ['select 1; rollback', '2D000'], ['savepoint a', '2D000'],
	['vacuum public.done', '25001'], ['call public.in_steps()', '2D000'], ['copy public.done to stdout', '0A000'],
	['copy public.done from stdin', '0A000'], ['not sql at all', '42601'], ['select 1 from nowhere', '42P01'])
{
	my ($command, $sqlstate) = @$_;
	job('refused', "$mark; $command");
	$run = submit('refused');
	is(end_of($run), "failed|sql_error $sqlstate", "refused: $command");
	is(work_of($run), 0, 'with nothing done');
}

job('deferred', "$mark; insert into public.child values (4711)");
$run = submit('deferred');
is(end_of($run), 'failed|sql_error 23503', 'a deferred constraint fails the run');
is(work_of($run), 0, 'and rolls its work back');

sql($node, 'grant create on database jobgrid to worker');
job('traps', <<'EOF');
create schema trap;
create function trap.equals(bigint, bigint) returns boolean language plpgsql as
	$$ begin raise exception 'trapped as %', current_user; end $$;
create operator trap.= (leftarg = bigint, rightarg = bigint, function = trap.equals);
set search_path = trap, pg_catalog;
set transaction read only;
EOF
$run = submit('traps');
is(end_of($run), 'succeeded|', "a job's search_path and read only mode do not reach the completion") or diag message($run);

# Exactly once. A trigger that waits at the commit lets the session be ended between its work and its commit.
sql($node, <<'EOF');
create table public.gate (open boolean);
insert into public.gate values (false);
create table public.once (run_id bigint, attempt int);
grant all on public.gate, public.once to worker;
create function public.wait_at_commit() returns trigger language plpgsql as $$
begin
	while not (select open from public.gate) loop perform pg_sleep(0.02); end loop;
	return null;
end $$;
create constraint trigger hold after insert on public.once deferrable initially deferred
	for each row execute function public.wait_at_commit();
EOF
my $sessions = q{select count(*) from pg_stat_activity where backend_type = 'jobgrid sql'};
my $sleeping = "$sessions and wait_event = 'PgSleep'";
my $kill_sessions = q{select pg_terminate_backend(pid) from pg_stat_activity where backend_type = 'jobgrid sql'};
job('once', q{insert into public.once select current_setting('jobgrid.run_id')::bigint, current_setting('jobgrid.attempt')::int},
	q{attempts => 3, retry_delay => '0'});
$run = submit('once');
wait_for_value($node, $sleeping, 1);
sql($node, $kill_sessions);
wait_until($node, "select attempt = 2 and state = 'running' from jobgrid.run where run_id = $run");
wait_for_value($node, $sleeping, 1);
$node->stop('immediate');
$node->start;
wait_until($node, "select attempt = 3 and state = 'running' from jobgrid.run where run_id = $run");
sql($node, 'update public.gate set open = true');
is(end_of($run), 'succeeded|', 'killed before its commit twice, the run succeeds at the third attempt');
is(sql($node, "select string_agg(attempt::text, ',') from public.once where run_id = $run"), '3', 'its work is done once');
is(sql($node, "select string_agg(concat_ws(' ', state, reason), ', ' order by attempt) from jobgrid.attempt where run_id = $run"),
	'failed killed, returned server_restart, succeeded', 'and every attempt is on record; a restart is no try');
is(sql($node, 'select count(*) from jobgrid_engine.lease'), 0, 'no lease is left');

# The fence: a run that was taken away while its worker was at work.
my $by_hand = 'set session_replication_role = replica; update jobgrid_engine.lease';
sql($node, 'update public.gate set open = false');
$run = submit('once');
wait_for_value($node, $sleeping, 1);
sql($node, "$by_hand set fence = fence + 1 where run_id = $run");
sql($node, 'update public.gate set open = true');
wait_for_value($node, $sessions, 0);
is(sql($node, "select count(*) from public.once where run_id = $run"), 0, 'a worker whose fence is stale rolls back its work');
is(sql($node, "select state from jobgrid.run where run_id = $run"), 'running', 'and changes nothing of the run');
sql($node, q{select pg_terminate_backend(pid) from jobgrid.stat_scheduler where worker = 'dispatcher'});
is(end_of($run), 'succeeded|', 'a dispatcher that starts finds a lease without a worker and tries again');
is(sql($node, "select count(*) from public.once where run_id = $run"), 1, 'done once');

# transaction = none
job('none', "$mark; vacuum public.done; call public.in_steps(); begin; $mark; commit; $mark; select 1/0; $mark",
	q{"transaction" => 'none'});
$run = submit('none');
is(end_of($run), 'failed|sql_error 22012', 'transaction none: the error');
is(work_of($run), 3, 'what came before it is done');
is(sql($node, 'select count(*) from public.done where run_id < 0'), 2, 'CALL with COMMIT works');
job('open', "begin; $mark", q{"transaction" => 'none'});
$run = submit('open');
is(end_of($run), 'failed|sql_error 25001', 'a block left open fails the run');
is(work_of($run), 0, 'and is rolled back');
job('tag', 'delete from public.done where run_id = -1', q{"transaction" => 'none'});
$run = submit('tag');
is(end_of($run), 'succeeded|', 'and success');
is(sql($node, "select result from jobgrid.run where run_id = $run"), '{"rows": 1, "command_tag": "DELETE 1"}', 'with its result');

# Another database, of another encoding.
$node->safe_psql('postgres', q{create database elsewhere encoding 'LATIN1' locale 'C' template template0});
$node->safe_psql('elsewhere', 'create table public.t (v text); grant all on public.t to worker');
job('far', q{insert into public.t values (chr(75) || U&'\00f6')}, q{"transaction" => 'none', database => 'elsewhere'});
$run = submit('far');
is(end_of($run), 'succeeded|', 'a job in another database') or diag message($run);
sql($node, q{update jobgrid.job set command = 'insert into public.t values (''K' || chr(246) || 'ln'')' where name = 'far'});
$run = submit('far');
is(end_of($run), 'succeeded|', 'with text that is not ASCII') or diag message($run);
is($node->safe_psql('elsewhere', q{select encode(convert_to(v, 'LATIN1'), 'hex') from public.t where v like '%ln'}), '4bf66c6e',
	'which is converted');
sql($node, q{update jobgrid.job set command = 'select ''K' || chr(246) || 'ln''::int' where name = 'far'});
$run = submit('far');
is(end_of($run), 'failed|sql_error 22P02', 'its errors');
like(message($run), qr/"K\?ln"/, 'come as far as they can');

# Cancel and timeout
job('long', 'select pg_sleep(300)');
$run = submit('long');
wait_for_value($node, $sleeping, 1);
sql($node, "select jobgrid.cancel($run)");
is(wait_for_run($node, $run), 'cancelled|operator', 'a cancelled job ends');
my $deaf = q{do $$ begin for i in 1..3000 loop begin perform pg_sleep(0.1); exception when query_canceled then null; end; end loop; end $$};
job('deaf', $deaf, q{cancel_grace => '1 s'});
$run = submit('deaf');
wait_for_value($node, $sleeping, 1);
sql($node, "select jobgrid.cancel($run)");
is(wait_for_run($node, $run), 'cancelled|operator', 'one that swallows the cancel is ended after its grace');
job('late', 'select pg_sleep(300)', q{timeout => '1 s'});
is(wait_for_run($node, submit('late')), 'failed|timeout', 'a timeout');
job('late and deaf', $deaf, q{timeout => '1 s', cancel_grace => '1 s'});
is(wait_for_run($node, submit('late and deaf')), 'failed|timeout', 'a timeout that is swallowed');

# Statements whose worker was killed: on_lost decides.
for (['hold', 'unknown|executor_lost'], ['fail', 'failed|executor_lost'])
{
	my ($on_lost, $end) = @$_;
	job("lost $on_lost", 'select pg_sleep(300)', qq{"transaction" => 'none', on_lost => '$on_lost'});
	$run = submit("lost $on_lost");
	wait_for_value($node, $sleeping, 1);
	sql($node, $kill_sessions);
	wait_until($node, "select state not in ('running', 'queued') from jobgrid.run where run_id = $run");
	is(sql($node, "select state, reason from jobgrid.run where run_id = $run"), $end, "transaction none, killed, on_lost = $on_lost");
}

# What was right at the edit and is wrong at the run
job('rights', 'select 1');
for (['alter role worker nologin', 'alter role worker login', qr/cannot log in/],
	['revoke connect on database jobgrid from public', 'grant connect on database jobgrid to public', qr/GRANT CONNECT/])
{
	my ($breakage, $repair, $message) = @$_;
	sql($node, $breakage);
	$run = submit('rights');
	is(wait_for_run($node, $run), 'failed|setup_failed', $breakage);
	like(message($run), $message, 'the message helps');
	sql($node, $repair);
}
sql($node, q{create role reports; insert into jobgrid.team (name, database_role) values ('reports', 'reports');
	create role author login in role jobgrid_author, reports, worker});
sql($node, q{set session authorization author; select jobgrid.define_job('authored', kind => 'sql', command => 'select 1', sql_role => 'worker')});
sql($node, q{create role editor login in role jobgrid_admin;
	set session authorization editor; update jobgrid.job set title = 'edited' where name = 'authored'});
is(end_of(submit('authored')), 'succeeded|', 'who edits a title needs no membership');
sql($node, 'revoke worker from author');
$run = submit('authored');
is(wait_for_run($node, $run), 'failed|setup_failed', 'the author has lost the membership');
like(message($run), qr/"author".*not a member of role "worker"/, 'and is named');

# More runs than slots
my $before = sql($node, q{select count(*) from jobgrid.run where job = 'mark'});
sql($node, q{select count(*) from jobgrid.submit_many('mark', count => 40)});
wait_for_value($node, q{select count(*) from jobgrid.run where job = 'mark' and state = 'succeeded'}, $before + 40);
pass('many runs go through few slots');

# No background worker is free: the run waits, and nobody spins over it.
$node->append_conf('postgresql.conf', 'max_worker_processes = 5');
$node->restart;
$before = sql($node, q{select count(*) from jobgrid.run where job = 'mark'});
job('hog', 'select pg_sleep(300)', q{"transaction" => 'none', on_lost => 'fail'});
$run = submit('hog');
wait_for_value($node, $sleeping, 1);
my $wakeups = q{select wakeups from jobgrid.stat_scheduler where worker = 'dispatcher'};
my $began = sql($node, $wakeups);
my $mark_run = submit('mark');
sleep 3;
cmp_ok(sql($node, $wakeups) - $began, '<', 50, 'a dispatcher without free background workers does not spin');
is(sql($node, "select state from jobgrid.run where run_id = $mark_run"), 'queued', 'the run is still queued');
sql($node, "select jobgrid.cancel($run)");
is(end_of($mark_run), 'succeeded|', 'and runs when one is free');
is(sql($node, 'select count(*) from jobgrid_engine.lease'), 0, 'no lease is left');

unlike(slurp_file($node->logfile), qr/was terminated by signal|TRAP:|PANIC:|exited with exit code [2-9]/, 'no process died');
$node->stop;
done_testing();
