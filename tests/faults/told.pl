# What jobs tell their node: it reaches the database whatever dies on the way, a doubt is a doubt whatever the exit code,
# and whoever talks without end hurts nobody.
use strict;
use warnings;
use Cwd 'abs_path';
use Jobgrid::Runner qw(runner);
use Jobgrid::Test;
use Jobgrid::Web;
use JSON::PP;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('main', conf => <<'EOF');
jobgrid.lease = '10s'
jobgrid.poll_interval = '200ms'
EOF
my $folder = PostgreSQL::Test::Utils::tempdir();
my $tell = abs_path($ENV{JOBGRID_JOB} // 'executor/jobgrid-job');

# http with a list of ours, to which our server may be
mkdir "$folder/runners" or die "could not make a folder: $!\n";
append_to_file("$folder/http.allow", "allow 127.0.0.0/8\n");
append_to_file("$folder/runners/http", "#!/bin/sh\nexec '${\runner('http')}' \"\$@\" --allow-file '$folder/http.allow'\n");
chmod 0755, "$folder/runners/http" or die "could not make a program of it: $!\n";
my $executor = start_executor($node, slots => 8, arguments => [ '--runners-dir', "$folder/runners" ]);

sub run_of
{
	my ($name, $command, %definition) = @_;
	my $more = join '', map {", $_ => $definition{$_}"} sort keys %definition;
	sql($node, "select jobgrid.define_job('$name', command => \$job\$$command\$job\$$more)");
	return sql($node, "select run_id from jobgrid.submit('$name')");
}

sub field { my ($run, $fields) = @_; return sql($node, "select $fields from jobgrid.run where run_id = $run") }
sub why { my ($run) = @_; return sql($node, "select detail from jobgrid.why($run)") }
sub until_file { return "until [ -e $folder/$_[0] ]; do sleep 0.05; done" }
sub touch { append_to_file("$folder/$_[0]", ''); return }

sub output
{
	my ($run, $stream) = @_;
	return sql($node, "select coalesce(convert_from(string_agg(data, '' order by chunk), 'utf8'), '') from jobgrid.logs($run) where stream = '$stream'");
}

sub kill_agent
{
	my $agent = $executor->agent;
	kill 'KILL', $agent;
	my $guard = 20 * $PostgreSQL::Test::Utils::timeout_default;
	while ($guard-- > 0)
	{
		my $next = $executor->agent;
		return if defined $next && $next != $agent;
		select undef, undef, undef, 0.05;
	}
	die "no agent comes\n";
}

# How often the database was told what jobs tell
sub calls { my @calls = slurp_file($node->logfile) =~ /jobgrid_engine\.write_progress\(\$1\)/g; return scalar @calls }

# ---- what is told

my $run = run_of('talks', "$tell progress 40 'loading books'; $tell message 'three books had no price'; "
	  . until_file('seen') . "; $tell result '{\"rows\": 1200}'; exit 0");
wait_for_value($node, "select percent || ' ' || step from jobgrid.stat_progress where run_id = $run", '40 loading books');
pass('progress is there while a job runs');
touch('seen');
wait_for_run($node, $run);
is(field($run, 'state, result'), 'succeeded|{"rows": 1200}', 'its result is on the run');
is(output($run, 'j'), "three books had no price\n", 'its message is in its log');

# ---- what it is told

$run = run_of('hears', "$tell receive --timeout 60 && $tell progress 50");
wait_for_run($node, $run, 'running');
sql($node, "select jobgrid.tell($run, 'half \"size\", please')");
wait_for_run($node, $run);
is(output($run, 'o'), qq(half "size", please\n), 'an operator can tell a running job something');

# ---- a checkpoint for the next try

$run = run_of('goes on', "if [ -n \"\$JOBGRID_CHECKPOINT_FILE\" ]; then od -An -tx1 \$JOBGRID_CHECKPOINT_FILE; exit 0; fi; "
	  . "printf 'old' | $tell checkpoint -; printf '\\000\\377new' | $tell checkpoint -; exit 3",
	attempts => 2, retry_delay => q{'0 s'});
is(wait_for_run($node, $run), 'succeeded|', 'the second try');
is(output($run, 'o'), " 00 ff 6e 65 77\n", 'has the last checkpoint of the first, told just before its end');

# ---- the agent dies

$run = run_of('outlives', "$tell result '[1]'; $tell progress 99; touch $folder/told; " . until_file('dead') . "; $tell message after; exit 0");
wait_until($node, "select exists (select from jobgrid.stat_progress where run_id = $run and percent = 99)");
kill_agent();
touch('dead');
wait_for_run($node, $run);
is(field($run, 'state, result'), 'succeeded|[1]', 'a result that was told to an agent that has died');
is(output($run, 'j'), "after\n", 'and what was said to nobody is heard by the next');
is(sql($node, "select count(*) from jobgrid.attempt where run_id = $run"), 1, 'one attempt');

$run = run_of('doubts', "$tell lost 'the transfer was sent'; touch $folder/doubted; " . until_file('gone') . '; exit 0');
wait_for_run($node, $run, 'running');
PostgreSQL::Test::Utils::system_log('sh', '-c', until_file('doubted'));
kill_agent();
touch('gone');
wait_for_run($node, $run, 'unknown');
is(field($run, 'state, reason'), 'unknown|no_outcome', 'so is a doubt, whatever the exit code');
like(why($run), qr/attempt 1 ended: the transfer was sent$/, 'and it says what is in doubt');

# A message that the keeper could not know when it recorded the end: the agent stands still meanwhile
$run = run_of('last breath', until_file('still') . "; $tell lost 'with the last breath'; exit 75");
wait_for_run($node, $run, 'running');
my $agent = $executor->agent;
kill 'STOP', $agent;
touch('still');
$executor->wait_for_record($run);
kill 'CONT', $agent;
wait_for_run($node, $run, 'unknown');
like(why($run), qr/attempt 1 ended: with the last breath$/, 'a doubt of the last moment counts');

# ---- the lost response of a web server

my $server = serve(sub { return }, scratch => $folder); # hangs up when it has read the request, and noted it
for my $lost (qw(hold fail))
{
	sql($node, sprintf q{select jobgrid.define_job('post %s', kind => 'http', settings => '%s', on_lost => '%1$s', attempts => 3,
		retry_delay => '0 s')}, $lost, encode_json({ url => $server->url("/$lost"), method => 'POST', body => 'x' }));
}
my $held = sql($node, q{select run_id from jobgrid.submit('post hold')});
my $failed = sql($node, q{select run_id from jobgrid.submit('post fail')});
wait_for_run($node, $held, 'unknown');
wait_for_run($node, $failed);
is(field($held, 'state, reason'), 'unknown|no_outcome', 'a lost response is no failure: nobody knows');
like(why($held), qr{ended: POST http://127\.0\.0\.1:\d+: .*, after the request was sent$}, 'and says what was sent');
is(field($failed, 'state, attempt'), 'failed|1', 'nor is it tried again where it is to fail');
is($server->count, 2, 'the server has seen one request each');

# ---- who talks without end

my $flood = run_of('flood', q{exec perl -MSocket -e '
	open my $node, "+<&=", $ENV{JOBGRID_JOB_FD} or die;
	$| = 1; my $end = time + 4; my $n = 0;
	while (time < $end || (! -e "FOLDER/enough" && time < $end + 60)) { for (1 .. 1000) { send($node, "progress " . $n++ % 100 . " step $n", 0) // die "send: $!" } }
	send($node, "", 0); send($node, "nonsense", 0); send($node, "more nonsense", 0); send($node, "progress 100 last", 0);
	print "$n\n"'} =~ s/FOLDER/$folder/r);
wait_for_run($node, $flood, 'running');
my $calls = calls();
my $neighbour = run_of('neighbour', 'exit 0');
wait_for_run($node, $neighbour);
cmp_ok(sql($node, "select extract(epoch from finished_at - submitted_at) from jobgrid.run where run_id = $neighbour"), '<', 3,
	'another job runs beside one that talks without end');
wait_until($node, "select cpu_time > '0.5 s' and rss_kb > 0 from jobgrid.stat_progress where run_id = $flood");
pass('what it uses can be seen while it runs');
touch('enough');
wait_for_run($node, $flood);
cmp_ok(calls() - $calls, '<=', 4 + sql($node, "select extract(epoch from run_time)::int from jobgrid.run where run_id = $flood"), 'of which the database is told once a second');
my ($sent) = output($flood, 'o') =~ /^(\d+)$/;
cmp_ok($sent, '>', 20_000, "messages that were sent: $sent");
is(output($flood, 'j'), "the node was told a message that is not known, and has ignored it\n", 'nonsense is said once');
my $memory = slurp_file('/proc/' . $executor->agent . '/status') =~ /^VmHWM:\s+(\d+) kB/m ? $1 : die;
cmp_ok($memory, '<', 64 * 1024, "the agent has not grown: $memory kB") if !$ENV{JOBGRID_EXECUTOR};

is($executor->stop, 0, 'the executor leaves');
done_testing();
