#!/usr/bin/perl
# The program jobgrid as people and scripts meet it: each verb in a pipe, as JSON and on a terminal, each exit code,
# hostile values, no server, bad usage.
#
# JOBGRID_TEST_DB names a database (connection string, superuser) with the real extension; then what only the stub can
# show is skipped. Without it a private server is made and stub.sql loaded. JOBGRID_CLI names another build to test.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use JSON::PP;
use POSIX qw(WNOHANG);
use Test::More;
use Time::HiRes qw(sleep time);

my $here = abs_path(dirname(__FILE__));
my $root = abs_path("$here/../..");
my $cli = $ENV{JOBGRID_CLI} || "$root/control/cli/jobgrid";
my $bin = `pg_config --bindir`;
chomp $bin;
my $real = $ENV{JOBGRID_TEST_DB};
my ($folder, $server_pid);
my $scratch = tempdir(CLEANUP => 1);

delete @ENV{grep { /^PG/ } keys %ENV} unless $real;
delete @ENV{qw(NO_COLOR COLUMNS)};
$ENV{LC_ALL} = 'C.UTF-8';
$ENV{TERM} = 'xterm';
binmode(Test::More->builder->$_, ':utf8') for qw(output failure_output todo_output);

# ---- a server of our own

sub as_postgres
{
	my @command = @_;

	return system($> == 0 ? ('runuser', '-u', 'postgres', '--', @command) : @command) == 0;
}

sub start_server
{
	$folder = tempdir(($ENV{TMPDIR} // "/var/tmp") . "/jobgrid-cli.XXXXXX", CLEANUP => 1);
	if ($> == 0)
	{
		my (undef, undef, $uid, $gid) = getpwnam('postgres');
		chown $uid, $gid, $folder;
	}
	chmod 0711, $folder;
	as_postgres('sh', '-c', "$bin/initdb -D $folder/data -A trust -U postgres --no-sync -E UTF8 --locale=C.UTF-8 >/dev/null")
		or BAIL_OUT('initdb failed');
	start_postmaster();
	$ENV{PGHOST} = $folder;
	$ENV{PGUSER} = 'postgres';
	$ENV{PGDATABASE} = 'postgres';
	psql_file("$root/sql/schema/schemas.sql", "$root/sql/schema/types.sql", "$here/stub.sql");
}

sub start_postmaster
{
	as_postgres("$bin/pg_ctl", '-D', "$folder/data", '-w', '-s', '-l', "$folder/log", '-o',
		"-c listen_addresses= -k $folder -c fsync=off -c lc_messages=C", 'start')
		or BAIL_OUT('the server did not start');
	open my $file, '<', "$folder/data/postmaster.pid" or BAIL_OUT("postmaster.pid: $!");
	chomp($server_pid = <$file>);
}

sub stop_postmaster
{
	as_postgres("$bin/pg_ctl", '-D', "$folder/data", '-w', '-s', '-m', 'fast', 'stop');
	$server_pid = undef;
}

END
{
	my $status = $?;
	stop_postmaster() if $server_pid;
	$? = $status;
}

sub psql_file
{
	system("$bin/psql", '-qXo', '/dev/null', '-v', 'ON_ERROR_STOP=1', map({ ('-f', $_) } @_)) == 0
		or BAIL_OUT("could not load @_");
}

sub sql
{
	my ($statement) = @_;

	open my $pipe, '-|', "$bin/psql", '-qXAt', '-v', 'ON_ERROR_STOP=1', '-c', $statement or die $!;
	my $answer = do { local $/; <$pipe> };
	close $pipe or BAIL_OUT("failed: $statement");
	chomp $answer;
	return $answer;
}

# ---- running the program

# Runs and returns exit code, stdout, stderr as bytes.
sub run_cli
{
	my @arguments = @_;
	my $pid = fork // die "fork: $!";

	if ($pid == 0)
	{
		open STDIN, '<', '/dev/null';
		open STDOUT, '>', "$scratch/out";
		open STDERR, '>', "$scratch/err";
		exec $cli, @arguments or POSIX::_exit(127);
	}
	waitpid $pid, 0;
	return ($? & 127 ? 1000 + ($? & 127) : $? >> 8, slurp("$scratch/out"), slurp("$scratch/err"));
}

# The same with something on standard input.
sub run_cli_with
{
	my ($input, @arguments) = @_;

	open my $file, '>:raw', "$scratch/in" or die $!;
	print $file $input;
	close $file;
	my $command = join ' ', map { shell_word($_) } $cli, @arguments;
	my $status = system("$command <'$scratch/in' >'$scratch/out' 2>'$scratch/err'");
	return ($status & 127 ? 1000 + ($status & 127) : $status >> 8, slurp("$scratch/out"), slurp("$scratch/err"));
}

sub slurp
{
	my ($path) = @_;

	open my $file, '<:raw', $path or return '';
	local $/;
	return scalar(<$file>) // '';
}

sub shell_word
{
	my ($word) = @_;

	$word =~ s/'/'\\''/g;
	return "'$word'";
}

# The same on a terminal of the given width; both streams arrive as one.
sub on_terminal
{
	my ($columns, @arguments) = @_;
	my $command = "stty cols $columns -onlcr; exec " . join ' ', map { shell_word($_) } $cli, @arguments;

	open my $pipe, '-|', 'script', '-qec', $command, '/dev/null' or die $!;
	binmode $pipe;
	local $/;
	my $seen = <$pipe> // '';
	close $pipe;
	return ($? >> 8, $seen);
}

sub gives
{
	my ($name, $code, $arguments, $out, $err) = @_;
	my ($got, $stdout, $stderr) = run_cli(@$arguments);

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $ok = is($got, $code, "$name: exit code $code");
	$ok &= like($stdout, $out, "$name: stdout") if $out;
	$ok &= like($stderr, $err, "$name: stderr") if $err;
	$ok &= is($stderr, '', "$name: stderr is empty") if !$err && $code == 0;
	diag("jobgrid @$arguments\n$stdout$stderr") unless $ok;
	return $stdout;
}

# Rows of a pipe's table as hashes.
sub rows
{
	my ($table) = @_;
	my ($head, @lines) = split /\n/, $table;
	my @names = split /\t/, $head, -1;

	return map { my %row; @row{@names} = split /\t/, $_, -1; \%row } @lines;
}

sub submit
{
	my ($code, $out, $err) = run_cli('submit', '-q', @_);

	chomp $out;
	BAIL_OUT("jobgrid submit @_: $err") if $code != 0;
	return $out;
}

# A run that has ended, of the job that succeeds or fails.
sub ended
{
	my ($job) = @_;
	my ($code, $out) = run_cli('run', $job, '-q', '--timeout', '60 s');

	chomp $out;
	return $out;
}

# Starts in the background; returns pid.
sub start_cli
{
	my @arguments = @_;

	unlink "$scratch/bg.out";
	my $pid = fork // die "fork: $!";

	if ($pid == 0)
	{
		open STDIN, '<', '/dev/null';
		open STDOUT, '>', "$scratch/bg.out";
		open STDERR, '>', "$scratch/bg.err";
		exec $cli, @arguments or POSIX::_exit(127);
	}
	return $pid;
}

sub wait_until
{
	my ($seconds, $true) = @_;
	my $until = time + $seconds;

	until ($true->())
	{
		return 0 if time > $until;
		sleep 0.05;
	}
	return 1;
}

sub exit_of
{
	my ($pid) = @_;

	wait_until(20, sub { waitpid($pid, WNOHANG) == $pid }) or do { kill 'KILL', $pid; waitpid $pid, 0; return 'hangs' };
	return $? & 127 ? 'signal ' . ($? & 127) : $? >> 8;
}

# ---- the jobs the tests use: one that succeeds, one that fails, one that stays, one that waits

if ($real)
{
	$ENV{PGDATABASE} = $real;
	sql(q{select jobgrid.define_job('ok', kind => 'sql', command => 'select 1', sql_role => session_user);
		select jobgrid.define_job('fail', kind => 'sql', command => 'select 1/0', sql_role => session_user);
		select jobgrid.define_job('slow', kind => 'external');
		select jobgrid.define_job('waits', kind => 'noop', after => '{slow}')});
}
else
{
	start_server();
	sql(q{select jobgrid.define_job(n) from unnest('{ok,fail,slow,waits,code 4,silent}'::text[]) n});
}

# ---- no database needed

my $verbs = do { my (undef, $out) = run_cli('help'); [ $out =~ /^  (\S+) +[A-Z]/mg ] };
ok(@$verbs >= 19, 'help lists the verbs');
my $manual = slurp("$root/docs/cli.md");
for my $verb (@$verbs)
{
	my $help = gives("help $verb", 0, [ 'help', $verb ], qr/^usage: jobgrid \Q$verb\E\b/);
	my (undef, $asked) = run_cli($verb, '--help');
	is($asked, $help, "$verb --help is the same");
	ok(index($manual, "```\n$help```") >= 0, "docs/cli.md has what help says of $verb")
		or diag("put the output of \"jobgrid help $verb\" into docs/cli.md");
}
my (undef, $overview) = run_cli('help');
ok(index($manual, "```\n$overview```") >= 0, 'docs/cli.md has the overview of help');
gives('version', 0, ['version'], qr/^jobgrid \S+ \(libpq \d+\.\d+\)\n$/);
gives('--version', 0, ['--version'], qr/^jobgrid /);
ok(exists decode_json((run_cli('--json', 'version'))[1])->{libpq}, 'version --json');

gives('no verb', 2, [], qr/^$/, qr/no verb.*\nhint: jobgrid help\n/);
gives('unknown verb', 2, ['subnit'], qr/^$/, qr/"subnit" is not a verb.*\nhint: Did you mean: jobgrid submit\n/);
gives('help of an unknown verb', 2, [ 'help', 'x' ], qr/^$/, qr/"x" is not a verb/);
gives('unknown option', 2, [ 'submit', 'ok', '--nonsense' ], qr/^$/, qr/"--nonsense" is unknown\nhint: jobgrid help submit/);
gives('unknown letter', 2, [ 'status', '-Z' ], qr/^$/, qr/"-Z" is unknown/);
gives('option without its value', 2, [ 'submit', 'ok', '--priority' ], qr/^$/, qr/"--priority" needs a value/);
gives('value for an option that takes none', 2, [ 'run', 'ok', '--wait=1' ], qr/^$/, qr/"--wait" takes no value/);
gives('too few operands', 2, ['submit'], qr/^$/, qr/needs an operand\nhint: jobgrid submit JOB/);
gives('too many operands', 2, [ 'submit', 'a', 'b' ], qr/^$/, qr/"b" is one operand too many/);
gives('no server', 3, [ '-h', "$scratch/nowhere", 'status' ], qr/^$/, qr/^jobgrid: connection to server.*\nhint: Name the server/s);
gives('no server, by a connection string after the verb', 3, [ 'status', '-d', 'host=127.0.0.1 port=1' ], qr/^$/, qr/refused/);
for ([ 'get', 'foo' ], [ 'get', 'run' ], [ 'get', 'run', 'abc' ], [ 'get', 'queues', '--job', 'x' ], [ 'get', 'runs', '-n', '-5' ],
	[ 'cancel' ], [ 'cancel', 'abc' ], [ 'hold', '1', '-j', 'x' ], [ 'retry', 'x' ], [ 'rerun', 'abc' ],
	[ 'rerun', '1', '-p', 'novalue' ], [ 'submit', 'ok', '-p', 'novalue' ], [ 'run', 'ok', '-t', '1 s', '-p', 'novalue' ],
	[ 'run', 'ok', '--follow', '--json' ], [ 'logs', 'abc' ], [ 'logs', '1', '-n', '-5' ], [ 'logs', '1', '-a', '0' ],
	[ 'logs', '1', '-f', '--json' ], ['why'], ['eta'], ['graph'], [ 'graph', '1', '--dot', '--json' ], [ 'set-outcome', 'abc', 'failed', '-r', 'x' ], [ 'set-outcome', '1', 'failed' ],
	['hold'], ['take-out'], [ 'take-out', 'a', '--tag', 'x' ], [ 'hold', '--tag', 'x' ], [ 'hold', '--tag', 'x', '--dry-run', '--expect', '1' ],
	[ 'bypass', 'a', '--dry-run' ], [ 'release', '--tag', 'x', '--expect', 'many' ], [ 'bulk' ], [ 'bulk', 'hold', '--dry-run', '--expect', '1' ],
	[ 'sendevent' ], [ 'sendevent', '-E', 'STARTJOB' ], [ 'sendevent', '-E', 'NONSENSE', '-J', 'x' ], [ 'sendevent', '-E', 'COMMENT', '-J', 'x' ],
	[ 'sendevent', '-E', 'FORCE_STARTJOB', '-J', 'x' ], [ 'sendevent', '-E', 'CHANGE_STATUS', '-J', 'x', '-s', 'RUNNING' ],
	[ 'sendevent', '-E', 'SET_GLOBAL', '-G', 'x' ], [ 'sendevent', '-E', 'JOB_ON_ICE', '-I', 'x' ], [ 'sendevent', '-E', 'MACH_OFFLINE' ],
	[ 'sendevent', '-E', 'JOB_ON_ICE', '-J', 'x', '-T', '12/31/2026 10:00' ], [ 'sendevent', '-E', 'STARTJOB', '-B', 'x', '--expect', '1' ],
	[ 'sendevent', '-E', 'JOB_ON_HOLD', '-J', 'x', '-I', 'y' ],
	['unfreeze'], [ '-p', '99999', 'status' ], [ 'status', '-p', 'x' ], [ 'status', '-p', '5432,0' ])
{
	gives("no server is needed to refuse @$_", 2, [ '-h', "$scratch/nowhere", @$_ ], qr/^$/, qr/^jobgrid: (?!connection)/);
}
gives('no server, several ports', 3, [ '-h', "$scratch/nowhere,$scratch/nowhere", '-p', '5432,5433', 'status' ], qr/^$/, qr/5433/);
gives('broken connection string', 3, [ '-d', 'host=x nonsense', 'status' ], qr/^$/, qr/nonsense/);

# ---- submit and run

my $out = gives('submit', 0, [ 'submit', 'ok' ], qr/^run_id\tjob\tstate\treason\tqueue\tpriority\tbusiness_date\tdeduplicated\tnote\n\d+\tok\t/);
is(scalar rows($out), 1, 'submit prints one row');
$out = gives('submit --json', 0, [ 'submit', 'ok', '--json' ], qr/^\{.*\}\n$/);
is(decode_json($out)->{job}, 'ok', 'submit --json is the row');
like(submit('ok'), qr/^\d+$/, 'submit --quiet prints the number alone');
$out = gives('submit with options', 0,
	[ 'submit', 'waits', '--priority', 'high', '--business-date', '2026-11-19', '-r', 'a reason', '--key', "key $$", '--json' ]);
is(decode_json($out)->{priority}, 'high', 'priority arrives');
is(decode_json($out)->{business_date}, '2026-11-19', 'business date arrives');
my $again = decode_json((run_cli('submit', 'waits', '--key', "key $$", '--json'))[1]);
is($again->{run_id}, decode_json($out)->{run_id}, 'the same key gives back the same run');
ok($again->{deduplicated}, 'and says so');

my $text = "quote ' \" \\ {}, NULL \$1 \x{e2}\x{82}\x{ac} \n\t end";
my $id = submit('waits', '-p', "text=$text", '-p', 'number:=5', '-p', 'list:=[1,"2"]', '-p', 'empty=', '-p', 'a=b=c',
	'--params', '{"number": 1, "kept": true}');
is(sql("select parameters = jsonb_build_object('text', \$x\$$text\$x\$::text, 'number', 5, 'list', '[1,\"2\"]'::jsonb,
	'empty', '', 'a', 'b=c', 'kept', true) from jobgrid.run where run_id = $id"), 't', 'parameters arrive as they were given');
gives('parameter without value', 2, [ 'submit', 'ok', '-p', 'x' ], qr/^$/, qr/not of the form name=value/);
gives('parameter that is no JSON', 2, [ 'submit', 'ok', '-p', 'x:=1,"y":2' ], qr/^$/, qr/json/);
gives('parameters that are no object', 2, [ 'submit', 'ok', '--params', '[1]' ], qr/^$/, qr/object/);
gives('invalid UTF-8', 2, [ 'submit', 'ok', '-p', "x=\xff" ], qr/^$/, qr/UTF8/);
gives('delay that is none', 2, [ 'submit', 'ok', '--delay', 'soon' ], qr/^$/, qr/interval.*soon.*--delay takes/s);
gives('business date that is none', 2, [ 'submit', 'ok', '--business-date', 'soon' ], qr/^$/, qr/date.*soon.*--business-date takes/s);
gives('moment that is none', 2, [ 'submit', 'ok', '--at', 'soon' ], qr/^$/, qr/timestamp.*soon.*--at takes/s);
gives('date that is none', 2, [ 'submit', 'ok', '--business-date', '2026-02-30' ], qr/^$/, qr/2026-02-30/);
gives('priority that is none', 2, [ 'submit', 'ok', '--priority', 'wrong' ], qr/^$/, qr/wrong/);
gives('job that is none', 5, [ 'submit', 'no such job' ], qr/^$/, qr/^jobgrid: job "no such job" does not exist\n/);

SKIP:
{
	skip 'the stub says what arrived', 3 if $real;
	local $ENV{PGTZ} = 'Europe/Zurich';
	like(gives('--at in the zone of the user', 0, [ 'submit', 'ok', '--at', '2026-07-01 12:00' ]), qr/not before 2026-07-01 10:00:00/,
		'a time without zone is meant where the user is');
	like((run_cli('submit', 'ok', '--at', '2026-07-01 12:00Z'))[1], qr/not before 2026-07-01 12:00:00/, 'a zone given is kept');
}

$out = gives('run --wait', 0, [ 'run', 'ok', '--wait' ], qr/\tsucceeded\t/);
is((rows($out))[0]{state}, 'succeeded', 'run --wait prints the run as it ended');
$out = gives('run --wait --json', 0, [ 'run', 'ok', '--wait', '--json' ]);
is(decode_json($out)->{state}, 'succeeded', 'run --wait --json too');
gives('run --wait of a failing job', 1, [ 'run', 'fail', '--wait' ], qr/\tfailed\t/,
	qr/^jobgrid: run \d+ has not succeeded\nhint: jobgrid why \d+, jobgrid logs \d+, then jobgrid rerun \d+\n$/);
my $before = time;
gives('run --timeout', 7, [ 'run', 'slow', '--timeout', '0.5s' ], qr/\t(?:queued|running|waiting|starting)\t/, qr/goes on\nhint: jobgrid logs \d+ -f/);
cmp_ok(time - $before, '<', 5, 'the time allowed is kept');
gives('timeout beyond all time', 0, [ 'run', 'ok', '-w', '-t', '1000000 years' ], qr/\tsucceeded\t/);
gives('timeout that is none', 2, [ 'run', 'slow', '--timeout', 'x' ], qr/^$/, qr/interval/);
gives('timeout of nothing', 2, [ 'run', 'slow', '--timeout', '0' ], qr/^$/, qr/not longer than 0/);
gives('--follow with --json', 2, [ 'run', 'ok', '--follow', '--json' ], qr/^$/, qr/--follow/);

SKIP:
{
	skip 'the stub has exit codes and output', 6 if $real;
	gives('--propagate-exit', 3, [ 'run', 'fail', '--propagate-exit' ], qr/\tfailed\t/, qr/has not succeeded/);
	gives('--propagate-exit of a success', 4, [ 'run', 'code 4', '--propagate-exit' ], qr/\tsucceeded\t/);
	gives('run --follow', 0, [ 'run', 'ok', '--follow' ], qr/^first line\nescape \x1b\[31m\xc3\xbc\n\x00\xff\nthird\nlast\n$/);
}

# ---- waiting that ends otherwise

my $waiting = start_cli('run', 'slow', '--wait', '-q');
wait_until(10, sub { slurp("$scratch/bg.out") =~ /\n/ }) or diag('the run was not submitted');
kill 'INT', $waiting;
is(exit_of($waiting), 130, 'Ctrl-C while waiting: exit code 130');
my ($left) = slurp("$scratch/bg.out") =~ /(\d+)/;
like(slurp("$scratch/bg.err"), qr/^jobgrid: interrupted; run $left goes on\nhint: jobgrid logs $left -f/, 'and says how to come back');
is(sql("select finished_at is null from jobgrid.run where run_id = $left"), 't', 'the run goes on');

SKIP:
{
	skip 'needs a server of our own', 3 if $real;
	my $patient = start_cli('run', 'slow', '--wait', '-q');
	wait_until(10, sub { slurp("$scratch/bg.out") =~ /\n/ });
	my ($run) = slurp("$scratch/bg.out") =~ /(\d+)/;
	stop_postmaster();
	sleep 0.7;
	start_postmaster();
	sql("update stub.run set set_state = 'succeeded', set_at = now() where run_id = $run");
	is(exit_of($patient), 0, 'waiting outlives a restart of the server');
	like(slurp("$scratch/bg.err"), qr/^jobgrid: connection lost, trying again\n$/, 'and says it once');
	gives('connection lost in submit', 3, [ 'submit', 'drop me' ], qr/^$/, qr/hint: .*--key/s);
}

# ---- looking

my $failed = ended('fail');
my $done = ended('ok');
my $live = submit('waits');
my @listed = rows(gives('get runs', 0, [ 'get', 'runs' ], qr/^run_id\tjob\tstate\treason\tqueue\tpriority\tbusiness_date\tsubmitted_at\tsince\tstarted_at\tfinished_at\trun_time\tattempt\texecutor\texit_code\tsignal\tmessage\tdue_at\n/));
is($listed[0]{run_id}, $live, 'newest first');
like($listed[0]{submitted_at}, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/, 'moments are ISO 8601 in UTC');
is(scalar @{ decode_json((run_cli('get', 'runs', '-n', '2', '--json'))[1]) }, 2, 'get runs -n --json');
is_deeply([ grep { $_->{state} ne 'failed' } rows((run_cli('get', 'runs', '--state', 'failed'))[1]) ], [], 'get runs --state');
is_deeply([ grep { $_->{job} ne 'ok' } rows((run_cli('get', 'runs', '--job', 'ok'))[1]) ], [], 'get runs --job');
gives('misspelt state', 2, [ 'get', 'runs', '--state', 'faild' ], qr/^$/, qr/"faild" is not a state\nhint: .*failed/);
gives('state of which there is none', 0, [ 'get', 'runs', '--state', 'skipped' ], qr/^run_id\t[^\n]*\n$/);
is((run_cli('get', 'runs', '--state', 'skipped', '--json'))[1], "[]\n", 'an empty answer is an empty array');
gives('get runs of a job that is none', 5, [ 'get', 'runs', '--job', 'nosuch' ], qr/^$/, qr/job "nosuch" does not exist/);
gives('get attempts of a run that is none', 5, [ 'get', 'attempts', '999999999' ], qr/^$/, qr/run "999999999" does not exist/);
gives('get history of a run that is none', 5, [ 'get', 'history', '999999999' ], qr/^$/, qr/does not exist/);
gives('get job', 0, [ 'get', 'job', 'ok' ], qr/^job\t[^\n]*\nok\t/);
gives('get job that is none', 5, [ 'get', 'job', 'nosuch' ], qr/^$/, qr/job "nosuch" does not exist/);
gives('get job of nothing', 2, [ 'get', 'job' ], qr/^$/, qr/needs the name/);
gives('misspelt noun', 2, [ 'get', 'qeues' ], qr/^$/, qr/hint: Did you mean: jobgrid get queues/);
gives('misspelt option', 2, [ 'get', 'runs', '--stat', 'x', '--nmber', '1' ], qr/^$/, qr/hint: Did you mean: --number/);
gives('get run', 0, [ 'get', 'run', $failed ], qr/^run_id\t.*\n$failed\tfail\t/);
is(decode_json((run_cli('get', 'run', $failed, '--json'))[1])->{state}, 'failed', 'get run --json');
gives('get run without number', 2, [ 'get', 'run' ], qr/^$/, qr/needs the number/);
gives('get run of a word', 2, [ 'get', 'run', 'x' ], qr/^$/, qr/"x" is not the number of a run/);
gives('get run that is none', 5, [ 'get', 'run', '999999999' ], qr/^$/, qr/does not exist/);
gives('number out of range', 2, [ 'get', 'run', '99999999999999999999' ], qr/^$/, qr/out of range/);
for my $noun (qw(attempts history executors queues lanes jobs))
{
	my ($first) = gives("get $noun", 0, [ 'get', $noun ]) =~ /^(\w+)\t/;
	ok($first, "get $noun has a header");
	is(ref decode_json((run_cli('get', $noun, '--json'))[1]), 'ARRAY', "get $noun --json");
}
is((rows((run_cli('get', 'attempts', $failed))[1]))[0]{run_id}, $failed, 'get attempts RUN');
is_deeply([ grep { $_->{run_id} != $failed } rows((run_cli('get', 'history', $failed))[1]) ], [], 'get history RUN');
gives('get of nonsense', 2, [ 'get', 'x' ], qr/^$/, qr/"x" cannot be listed\nhint: runs/);
gives('filter that does not fit', 2, [ 'get', 'queues', '--job', 'x' ], qr/^$/, qr/--job does not apply to queues/);
gives('operand that does not fit', 2, [ 'get', 'runs', '1' ], qr/^$/, qr/one operand too many/);
gives('rows that are no number', 2, [ 'get', 'runs', '-n', 'x' ], qr/^$/, qr/"--number" needs a number/);

gives('why RUN', 0, [ 'why', $live ], qr/^run_id\tjob\tstate\tblocker\tobject\tsince\tdetail\thint\n$live\twaits\t/);
gives('why JOB', 0, [ 'why', 'waits' ], qr/\n\d+\twaits\t/);
ok(@{ decode_json((run_cli('why', $live, '--json'))[1]) } > 0, 'why --json');
gives('why of nothing', 2, ['why'], qr/^$/, qr/either a run or a job/);
gives('why of a job that is none', 5, [ 'why', 'no such job' ], qr/^$/, qr/does not exist/);
gives('attention', 0, ['attention'], qr/^run_id\tjob\tstate\treason\tsince\tdetail\thint\n(?s:.*)^$failed\tfail\t/m);
ok(@{ decode_json((run_cli('attention', '--json'))[1]) } > 0, 'attention --json');
# When things run: of a job, of a text, of all; and calendars
if ($real)
{
	sql("insert into jobgrid.schedule (job, schedule) values ('ok', 'on 2099-01-01')");
	sql("insert into jobgrid.calendar (name) values ('London'); insert into jobgrid.calendar_day (calendar, day, label) values ('London', '2026-12-25', 'a holiday')");
}
gives('next JOB', 0, [ 'next', 'ok', '-n', '1' ], qr/^run_at\tlocal_time\ttime_zone\tschedule\tin_words\tnote\n[^\n]+\n\z/);
gives('next of a text', 0, [ 'next', '-s', 'every day at 03:00', '-n', '2', '--time-zone', 'UTC' ],
	qr/^run_at\tlocal_time\ttime_zone\tin_words\tnote\n(?:[^\n]*\tUTC\tevery day at 03:00\t[^\n]*\n){2}\z/);
gives('next of all', 0, ['next'], qr/^run_at\tjob\tschedule\tschedule_text\ttime_zone\thappens\tnote\n(?s:.*)\tok\tmain\t/);
is(ref decode_json((run_cli('next', 'ok', '--json'))[1]), 'ARRAY', 'next --json');
gives('next of both', 2, [ 'next', 'ok', '-s', 'daily' ], qr/^$/, qr/either a job or a schedule/);
gives('next with a zone alone', 2, [ 'next', 'ok', '--time-zone', 'UTC' ], qr/^$/, qr/go with --schedule/);
gives('next of a word', 2, [ 'next', 'ok', '-n', 'x' ], qr/^$/, qr/"--number" needs a number/);
gives('calendars', 0, ['calendar'], qr/^name\ttenant\t(?s:.*)^London\t/m);
gives('calendar NAME', 0, [ 'calendar', 'London', '--since', '2026-12-25', '--until', '2026-12-31' ],
	qr/^day\tweekday\tkind\tworking\tlabel\n2026-12-25\tFri\tholiday\tfalse\ta holiday\n\z/);
is(scalar @{ decode_json((run_cli('calendar', 'London', '--since', '2026-12-25', '--until', '2026-12-31', '-a', '--json'))[1]) }, 7,
	'calendar --all --json');
my $ics = "$scratch/holidays.ics";
{
	open my $file, '>', $ics or die $!;
	print $file "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:20271225\r\nSUMMARY:Christmas\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
	close $file;
}
gives('calendar --import', 0, [ 'calendar', 'London', '--import', $ics, '--dry-run' ], qr/^day\tlabel\tchange\n\S+\tChristmas\tadded\n\z/);
gives('calendar --import of a file that is none', 2, [ 'calendar', 'London', '--import', '/nonexistent' ], qr/^$/, qr/\/nonexistent/);
gives('calendar --import into nothing', 2, [ 'calendar', '--import', $ics ], qr/^$/, qr/needs the name of the calendar/);
gives('forecast', 0, [ 'forecast', '-n', '2' ], qr/^hour\tlocal_time\tpool\truns\tbusy\tslots\tload\tover\tunknown\tothers\ttop_jobs\n/);
is(ref decode_json((run_cli('forecast', '--json'))[1]), 'ARRAY', 'forecast --json');
gives('forecast of a pool without anything', 0, [ 'forecast', 'quiet' ], qr/^hour\t[^\n]*\n\z/) unless $real;
gives('forecast of a pool that is none', 5, [ 'forecast', 'no such pool' ], qr/^$/, qr/pool "no such pool" does not exist\nhint: /);
gives('forecast of too many hours', 2, [ 'forecast', '-n', '169' ], qr/^$/, qr/"--hours"/);
SKIP:
{
	skip 'the stub has known load', 2 if $real;
	my @hours = rows((run_cli('forecast', '--since', '2026-11-20 05:59+00', '-n', '2'))[1]);
	is(join(' ', map { "$_->{hour} $_->{pool} $_->{load} $_->{over}" } @hours),
		'2026-11-20T05:00:00Z default 130.4 true 2026-11-20T06:00:00Z default 130.4 true '
		  . '2026-11-20T05:00:00Z  15.0 false 2026-11-20T06:00:00Z  15.0 false', 'pool by pool, an hour a line');
	is(scalar(my @of_one = rows((run_cli('forecast', 'default', '-n', '3'))[1])), 3, 'of one pool');
}

# ---- import

my $crontab = "$scratch/cron tab";
{
	open my $file, '>:raw', $crontab or die $!;
	print $file "# a comment\nPATH=/opt/bin:/bin\n\n30 7 * * 1-5 /opt/bin/import-one --x 'it''s'>/dev/null\n0 8 * *\n\@daily mail x%Hello%there\n\@daily a\0b\n\@hourly two\r\n\@daily last";
	close $file;
}
for ([ 'import', 'crontabs', 'x' ], [ 'import', 'x' ], [ 'import', 'crontab' ], [ 'import', 'pg_cron', 'x' ], [ 'import', 'pgagent', '--system' ],
	[ 'import', 'pg_cron', '--run-as', 'x' ], [ 'import', 'crontab', 'x', '--sql-role', 'x' ], [ 'import', 'pgagent', '--time-zone', 'x' ],
	[ 'import', 'crontab', 'x', '--system', '--run-as', 'x' ])
{
	gives("no server is needed to refuse @$_", 2, [ '-h', "$scratch/nowhere", @$_ ], qr/^$/, qr/^jobgrid: (?!connection)/);
}
gives('import of a misspelt source', 2, [ 'import', 'pg_crom' ], qr/^$/, qr/hint: Did you mean: jobgrid import pg_cron$/m);
gives('import of a file that is none', 2, [ 'import', 'crontab', '/nonexistent' ], qr/^$/, qr/\/nonexistent/);
gives('import of a directory', 2, [ 'import', 'crontab', $scratch ], qr/^$/, qr/could not read/);
gives('import from pg_cron that is none', 5, [ 'import', 'pg_cron' ], qr/^$/, qr/pg_cron has no jobs.*\ndetail: .*\nhint: /);
gives('dry run', 0, [ 'import', 'crontab', $crontab, '--time-zone', 'UTC' ],
	qr/^line\tjob\tin_words\tnext_run\tdoubt\n(?:\d+\t.*\n)+$/,
	qr/^jobgrid: dry run: \d of \d would be imported; nothing has been changed\nhint: jobgrid import crontab '\Q$crontab\E' --time-zone UTC --apply\n$/);
is(ref decode_json((run_cli('import', 'crontab', $crontab, '--json'))[1]), 'ARRAY', 'import --json');
gives('an empty crontab', 0, [ 'import', 'crontab', '/dev/null' ], qr/^line\tjob[^\n]*\n$/, qr/^jobgrid: dry run: 0 of 0 would be imported; nothing has been changed\n$/);
gives('a crontab too long', 2, [ 'import', 'crontab', '/dev/zero' ], qr/^$/, qr/longer than 1048576 bytes/);
SKIP:
{
	skip 'the stub says what arrived', 16 if $real;
	is(gives('what arrives', 0, [ 'import', 'crontab', $crontab, '--run-as', 'batch', '--time-zone', 'Asia/Tokyo', '--owner-team', 'Data' ], undef, qr/^jobgrid: dry run: 5 of 7 would/),
		<<'ROWS' =~ s/NEXT/2026-11-20T03:00:00Z/gr, 'line by line');
line	job	in_words	next_run	doubt
2		PATH	NEXT	/opt/bin:/bin|t|batch|Asia/Tokyo|Data
4	/opt/bin/import-one --x 'it''s'>/dev/null	30 7 * * 1-5	NEXT	t|batch|Asia/Tokyo|Data
5			NEXT	not imported: it has fewer than five fields before its command
6	mail x	@daily	NEXT	Hello\nthere\n|t|batch|Asia/Tokyo|Data
7			NEXT	not imported: it has a NUL byte
8	two	@hourly	NEXT	its line ends in CR LF: cron takes the CR for a part of the command|t|batch|Asia/Tokyo|Data
9	last	@daily	NEXT	its line has no newline: some crons ignore such a file|t|batch|Asia/Tokyo|Data
ROWS
	my ($code, $out, $err) = run_cli_with("\@daily root a b\n", 'import', 'crontab', '-', '--system');
	like($out, qr/^1\ta b\t\@daily\t.*\troot\|t\n/m, 'a system crontab from standard input');
	like($err, qr/^hint: jobgrid import crontab - --system --apply$/m, 'and the command that does it');
	gives('import in part', 8, [ 'import', 'crontab', $crontab, '--apply' ], qr/\tf\n/, qr/^jobgrid: 2 of 7 could not be imported\n$/);
	(undef, my $seen) = on_terminal(80, 'import', 'crontab', $crontab, '--owner-team', "x\e[2J" . 'y' x 80);
	like($seen, qr/^line 5: not imported: it has fewer than five fields before its command\r?\nline 6: Hello\\nthere\\n\|t\|x\\x1b\[2Jy{80}\r?\n/m,
		'on a terminal doubts are told in full, and steer nothing');
	is((run_cli_with("0 5\n", 'import', 'crontab', '-', '--apply'))[0], 1, 'import of nothing');
	is((run_cli_with("\@daily there\n", 'import', 'crontab', '-', '--apply'))[0], 0, 'what is left alone is no failure');
	gives('import pgagent', 0, [ 'import', 'pgagent', '--sql-role', "a b'c", '--owner-team', 'Data' ], qr/\tt\|a b'c\|Data\n/,
		qr/^hint: jobgrid import pgagent --sql-role 'a b'\\''c' --owner-team Data --apply$/m);
}
SKIP:
{
	skip 'the real one makes jobs', 9 unless $real;
	gives('the real one: import', 8, [ 'import', 'crontab', $crontab, '--time-zone', 'Asia/Tokyo', '--run-as', 'batch', '--apply' ],
		qr/^4\timport-one --x 'it''s'\tevery weekday at 07:30 in Asia\/Tokyo\t[^\t]+\t\n5\t\t\t\tnot imported: it has fewer/m, qr/2 of 6 could not be imported/);
	is(sql(q{select string_agg(concat_ws(' ', command, run_as, enabled), ', ' order by job_id) from jobgrid.job where tags = '{crontab}'}),
		"/opt/bin/import-one --x 'it''s'>/dev/null batch f, exec <<'END'\nHello\nthere\nEND\nmail x batch f, two batch f, last batch f", 'they are there, disabled');
	is((run_cli_with("30 7 * * 1-5 /opt/bin/import-one --x 'it''s'>/dev/null\n", 'import', 'crontab', '-', '--run-as', 'batch', '--apply'))[0], 0,
		'a second time it leaves them alone');
	is(sql(q{select count(*) from jobgrid.job where tags = '{crontab}'}), 4, 'all of them');
	is(sql(q{select distinct source from jobgrid.config_history where table_name = 'job' and new -> 'tags' = '["crontab"]'}), 'cli', 'and the history says by what means');
	sql(q{do $$begin create role jobgrid_test_viewer login in role jobgrid_viewer; exception when duplicate_object then null; end$$});
	gives('the real one: import without the right', 4, [ '-U', 'jobgrid_test_viewer', 'import', 'crontab', $crontab, '--apply' ], qr/^$/, qr/permission denied for function import_crontab\nhint: /);
	is((run_cli_with("SHELL=/bin/bash\n\@daily cat; echo \"it's \${BASH##*/} \\%\"%a%%END%b\\%\n", 'import', 'crontab', '-', '--apply'))[0], 0,
		'the real one: a shell and input');
	is(qx{/bin/sh -c @{[ shell_word(sql(q{select command from jobgrid.job where name ~ '^cat'})) ]}}, "a\n\nEND\nb%\nit's bash %\n",
		'are what the command has');
	sql(q{delete from jobgrid.job where tags = '{crontab}'});
}
# Workflows
for my $verb (qw(graph gantt eta impact))
{
	gives("$verb of nothing", 2, [$verb], qr/^$/, qr/either a run or a job/);
	gives("$verb of both", 2, [ $verb, '1', '-j', 'ok' ], qr/^$/, qr/either a run or a job/);
	gives("$verb of a run that is none", 5, [ $verb, '999999999' ], qr/^$/, qr/does not exist/);
	gives("$verb of a job that is none", 5, [ $verb, 'nosuch' ], qr/^$/, qr/job "nosuch" does not exist/);
	gives("$verb RUN", 0, [ $verb, $live ], qr/^\w+\t/);
	gives("$verb JOB", 0, [ $verb, 'ok' ], qr/^\w+\t/);
	like((run_cli($verb, 'ok', '--json'))[1], $verb eq 'eta' ? qr/^\{.*\}\n$/ : qr/^\[\{/, "$verb --json");
}
gives('graph --dot', 0, [ 'graph', 'ok', '--dot' ], qr/^digraph "\w+" \{\n(?s:.*)\}\n$/);
gives('graph --dot --json', 2, [ 'graph', 'ok', '--dot', '--json' ], qr/^$/, qr/exclude each other/);
gives('impact of an exit code that is none', 2, [ 'impact', 'ok', '--exit-code', 'x' ], qr/^$/, qr/integer/);
gives('impact of an outcome that is none', 2, [ 'impact', 'ok', '--as', 'fine' ], qr/^$/, qr/outcome "fine" is not known/) if $real;
SKIP:
{
	skip 'the stub has a workflow', 11 if $real;
	like((run_cli('impact', 'ok', '--as', 'succeeded', '--exit-code', '4'))[1], qr/\nstarts\teod\/calc\t4\t1\t1\tsucceeded\texit code 4\n/, 'impact --as, --exit-code');
	(undef, my $seen) = on_terminal(80, 'impact', 'ok');
	like($seen, qr/^1 starts, 1 of criticality 1; 7 wait on\n\S*effect\b.*\n\S*starts/, 'impact on a terminal: how many, then which');
	unlike($seen, qr/^total/m, 'and no more than that');
	(undef, $seen) = on_terminal(80, 'graph', 'ok');
	is($seen, "* eod  running\n*   calc\\x1b  waiting  <- succeeded(load)\n", 'graph on a terminal: a tree that steers nothing');
	{
		local $ENV{PGTZ} = 'Europe/Zurich';
		(undef, $seen) = on_terminal(100, 'eta', 'ok');
		like($seen, qr/04:00:00  04:30:00 +38  weekday/, 'eta on a terminal: in the zone of the user');
		like($seen, qr/^critical path: eod\/load 30s \xe2\x86\x92 eod\/calc 1m00s \xe2\x86\x92 eod\/in\/report 30s$/m, 'and the steps that decide');
	}
	(undef, $seen) = on_terminal(84, 'gantt', 'ok');
	is($seen, join('', map { "$_\n" }
		"* load      |\e[31mf" . "\xe2\x96\x88" x 9 . "\e[0m" . ' ' x 30 . '| 30s',
		'  w\x1bx    |' . ' ' x 10 . "\e[2m-\e[0m" . ' ' x 29 . '| 0.0s',
		'* calc      |' . ' ' x 10 . "\e[36mr" . "\xe2\x96\x88" x 9 . "\xe2\x96\x91" x 10 . "\e[0m" . ' ' x 10 . '| 1m00s',
		'* in/report |' . ' ' x 30 . '.' . "\xe2\x96\x91" x 9 . '| 30s'), 'gantt: bars by time');
	local $ENV{LC_ALL} = 'C';
	local $ENV{NO_COLOR} = '1';
	(undef, $seen) = on_terminal(84, 'gantt', 'ok');
	is($seen, join('', map { "$_\n" }
		'* load      |f=========' . ' ' x 30 . '| 30s',
		'  w\x1bx    |' . ' ' x 10 . '-' . ' ' x 29 . '| 0.0s',
		'* calc      |' . ' ' x 10 . 'r=========..........' . ' ' x 10 . '| 1m00s',
		'* in/report |' . ' ' x 30 . '..........| 30s'), 'not a UTF-8 locale: ASCII, no colours');
	(undef, $seen) = on_terminal(84, 'eta', 'ok');
	like($seen, qr/^critical path: eod\/load 30s -> eod\/calc 1m00s/m, 'arrows too');
	gives('gantt in a pipe', 0, [ 'gantt', 'ok' ], qr/^step\tstate\tstarted_at\tfinished_at\tstarts_after\tends_after\tslack\tcritical\trun_id\n/);
	is(scalar rows((run_cli('gantt', 'ok'))[1]), 4, 'all steps');
}
gives('status', 0, ['status'], qr/^area\tname\tstate\tnumber\tdetail\n/);
is(ref decode_json((run_cli('status', '--json'))[1]), 'ARRAY', 'status --json');
my @checks = rows((run_cli('doctor'))[1]);
my $sound = !grep { $_->{ok} ne 'true' } @checks;
gives('doctor', $sound ? 0 : 1, ['doctor'], qr/^check_name\tok\tdetail\tfix\n/);
is(scalar @{ decode_json((run_cli('doctor', '--json'))[1]) }, scalar @checks, 'doctor --json');

# ---- logs

gives('logs', 0, [ 'logs', $done ]);
gives('logs of a run that is none', 5, [ 'logs', '999999999' ], qr/^$/, qr/does not exist/);
gives('logs of a word', 2, [ 'logs', 'x' ], qr/^$/, qr/not the number/);
gives('--tail of a word', 2, [ 'logs', $done, '--tail', 'x' ], qr/^$/, qr/"--tail" needs a number/);
gives('--attempt of a word', 2, [ 'logs', $done, '--attempt', '-1' ], qr/^$/, qr/"--attempt" needs a number/);
gives('attempt that is none', 5, [ 'logs', $done, '-a', '99' ], qr/^$/, qr/^jobgrid: run $done has no attempt 99\nhint: Its attempts: 1\n$/);
gives('attempt that is none, followed', 5, [ 'logs', $done, '-f', '-a', '99' ], qr/^$/, qr/has no attempt 99/);
gives('attempt that is none --json', 5, [ 'logs', $done, '-a', '99', '--json' ], qr/^$/, qr/has no attempt 99/);
gives('attempt of a run without one', 5, [ 'logs', $live, '-a', '1' ], qr/^$/, qr/has no attempt 1\nhint: It has had none yet; jobgrid why $live\n$/)
	if $real; # by the stub's word every run has output
gives('logs --json -f', 2, [ 'logs', $done, '--json', '-f' ], qr/^$/, qr/cannot be had/);
is(ref decode_json((run_cli('logs', $done, '--json'))[1]), 'ARRAY', 'logs --json');
SKIP:
{
	skip 'the stub has known output', 12 if $real;
	my $whole = "first line\nescape \x1b[31m\xc3\xbc\n\x00\xff\nthird\nlast\n";
	is((run_cli('logs', $done))[1], $whole, 'bytes go to a pipe as they are');
	is((run_cli('logs', $done, '--tail', '1'))[1], "last\n", 'the last line');
	is((run_cli('logs', $done, '--tail', '3'))[1], "\x00\xff\nthird\nlast\n", 'the last three lines, across pieces');
	is((run_cli('logs', $done, '--tail', '0'))[1], '', 'no line');
	is((run_cli('logs', $done, '--tail', '99'))[1], $whole, 'more lines than there are');
	gives('another attempt', 0, [ 'logs', $done, '--attempt', '1' ], qr/^first line\n/);
	my $running = submit('ok');
	is((run_cli('logs', $running, '-f'))[1], $whole, 'logs -f waits for the end and misses nothing');
	my @pieces = @{ decode_json((run_cli('logs', $done, '--json'))[1]) };
	require MIME::Base64;
	is(join('', map { MIME::Base64::decode_base64($_->{data_base64}) } @pieces), $whole, 'logs --json carries every byte');
	my (undef, $seen) = on_terminal(100, 'logs', $done);
	like($seen, qr/escape \\x1b\[31m/, 'on a terminal an escape sequence is shown, not obeyed');
	like($seen, qr/\xc3\xbc/, 'a character cut between pieces is whole');
	like($seen, qr/\\x00\\xff/, 'bytes that are no text are shown');
	(undef, $seen) = on_terminal(100, 'logs', $done, '--raw');
	like($seen, qr/escape \x1b\[31m/, '--raw lets them through');
}

# ---- acting

gives('hold', 0, [ 'hold', $live, '-r', 'INC1' ], qr/^run_id\tjob\tstate\treason\tnote\n$live\twaits\theld\t/);
gives('release', 0, [ 'release', $live ], qr/\n$live\twaits\t/);
is(decode_json((run_cli('hold', $live, '--json'))[1])->[0]{state}, 'held', 'hold --json');
gives('retry', 0, [ 'retry', $live ], qr/\n$live\twaits\t/);
gives('hold --job', 0, [ 'hold', '--job', 'waits', '-r', 'INC2' ], qr/^run_id\t/);
gives('release --job', 0, [ 'release', '--job', 'waits' ], qr/^run_id\t/);
gives('cancel', 0, [ 'cancel', $live, '--reason', 'INC3' ], qr/\n$live\twaits\t/);
gives('cancel of one that has ended', 6, [ 'cancel', $failed ], qr/^$/, qr/^jobgrid: run $failed .*\nhint: .*rerun/s) unless $real;
gives('cancel of one that is none', 5, [ 'cancel', '999999999' ], qr/^$/, qr/does not exist/);
gives('cancel of nothing', 2, ['cancel'], qr/^$/, qr/either runs or --job/);
gives('cancel of a word', 2, [ 'cancel', 'waits' ], qr/^$/, qr/"waits" is not the number of a run/);
gives('cancel of runs and a job', 2, [ 'cancel', '1', '--job', 'waits' ], qr/^$/, qr/either runs or --job/);
gives('hold of a job by its name', 0, [ 'hold', 'waits', '-r', 'INC2' ], qr/^run_id\tjob\tstate\t/);
gives('release of it', 0, [ 'release', 'waits' ], qr/^run_id\t/);
SKIP:
{
	skip 'the stub shows what arrives', 30 if $real;
	$ENV{PGTZ} = 'Europe/Zurich';
	gives('hold --until a moment', 0, [ 'hold', 'waits', '--until', '2027-01-05 07:00', '-r', 'INC3' ], qr/\tINC3 until 2027-01-05 07:00:00\+01/);
	gives('hold --until a time of day', 0, [ 'hold', 'waits', '--until', '07:00', '-r', 'INC3' ], qr/\tINC3 until 20\d\d-\d\d-\d\d 07:00:00\+0[12]/);
	delete $ENV{PGTZ};
	gives('a moment that is none', 2, [ 'hold', 'waits', '--until', 'soon' ], qr/^$/, qr/soon/);
	gives('take-out', 0, [ 'take-out', 'ok', 'fail', '-r', 'INC4' ], qr/^run_id\t.*\n\tok\t\t\ttaken_out INC4\n\tfail\t\t\ttaken_out INC4\n$/);
	gives('take-out of a job whose name is a number', 5, [ 'take-out', '4711' ], qr/^$/, qr/job "4711" does not exist/);
	gives('bypass', 0, [ 'bypass', 'ok', '--json' ], qr/"note":"bypassed"/);
	my $all = qr/^run_id\tjob\tstate\treason\tnote\n\t[^\t]+\t\t\t/;
	gives('take-out --dry-run', 0, [ 'take-out', '--application', 'Risk', '--dry-run' ], qr/${all}take_out Risk f\n/, qr/^hint: Nothing was done. The same with --expect 2 does it.\n$/);
	gives('take-out --expect', 0, [ 'take-out', '--application', 'Risk', '--expect', '2', '-r', 'INC5', '--until', '2099-01-01' ], qr/${all}take_out Risk INC5 until t\n/, qr/^$/);
	gives('another count', 6, [ 'hold', '--tag', 'night', '--expect', '3' ], qr/^$/, qr/would act on 2, not on 3/);
	gives('bypass --workflow', 0, [ 'bypass', '--workflow', 'eod', '--tag', 'x', '--dry-run' ], qr/${all}bypass x eod f\n/, qr/^hint: /);
	gives('bulk', 0, [ 'bulk', 'set-outcome', '--job', 'ok', '--state', 'failed', '--run-reason', 'exit_code', '--since', '2026-01-01', '--outcome', 'succeeded', '-r', 'INC6', '--expect', '2' ],
		qr/${all}set_outcome ok failed exit_code INC6 succeeded since t\n/);
	gives('bulk of runs', 0, [ 'bulk', 'hold', '--tag', 'x', '--runs' ], qr/${all}hold x runs f\n/, qr/hint: Nothing was done/);

	# events
	my %events = (
		'JOB_ON_ICE' => 'taken_out INC7', 'job_on_noexec' => 'bypassed INC7');
	gives("sendevent $_", 0, [ 'sendevent', '-E', $_, '-J', 'ok', '-C', 'INC7' ], qr/\tok\t\t\t$events{$_}\n/) for sort keys %events;
	gives('sendevent JOB_OFF_ICE of what is not on ice', 0, [ 'sendevent', '-E', 'JOB_OFF_ICE', '-J', 'ok' ], qr/\tok\t\t\tthe job is not on ice: ignored\n$/);
	gives('sendevent for a job that is none', 5, [ 'sendevent', '-E', 'JOB_OFF_ICE', '-J', 'no such job' ], qr/^$/, qr/"no such job" does not exist/);
	gives('sendevent STARTJOB', 0, [ 'sendevent', '-E', 'STARTJOB', '-J', 'ok', '-T', '2099-01-01 10:00' ], qr/\n\d+\tok\t/);
	gives('sendevent FORCE_STARTJOB', 2, [ 'sendevent', '-E', 'FORCE_STARTJOB', '-J', 'ok' ], qr/^$/,
		qr/refused: FORCE_STARTJOB needs --reason\nhint: It ignores the conditions.*jobgrid run ok, which waits/);
	gives('sendevent FORCE_STARTJOB with a reason', 0, [ 'sendevent', '-E', 'FORCE_STARTJOB', '-J', 'ok', '-r', 'INC8' ], qr/\n\d+\tok\t/);
	gives('sendevent CHANGE_STATUS', 0, [ 'sendevent', '-E', 'CHANGE_STATUS', '-J', 'waits', '-s', 'FAILURE', '-r', 'INC9' ], qr/\twaits\tfailed\t/);
	gives('sendevent SET_GLOBAL', 0, [ 'sendevent', '-E', 'SET_GLOBAL', '-G', 'MARKET=a=b' ], qr/^name\tvalue\nMARKET\ta=b\n$/);
	gives('sendevent to an application', 0, [ 'sendevent', '-E', 'JOB_ON_HOLD', '-I', 'Risk', '-B', 'night', '--dry-run' ], qr/${all}hold Risk night f\n/, qr/^hint: /);
	gives('sendevent COMMENT', 2, [ 'sendevent', '-E', 'COMMENT', '-J', 'ok', '-C', 'x' ], qr/^$/, qr/has no event "COMMENT"\nhint: .*--reason/);
	gives('sendevent MACH_OFFLINE', 0, [ 'sendevent', '-E', 'MACH_OFFLINE', '-N', 'node1', '-r', 'x' ], qr/\nnode1\tdraining\t/);
	gives('sendevent KILLJOB', 0, [ 'sendevent', '-E', 'KILLJOB', '-J', 'waits' ], qr/^run_id\t/);
}
my @several = map { submit('waits') } 1 .. 3;
gives('cancel of several', 0, [ 'cancel', @several[0, 1] ], qr/\n$several[0]\t.*\n$several[1]\t/);
gives('cancel in part', 8, [ 'cancel', '999999999', $several[2] ], qr/\n$several[2]\twaits\t/, qr/999999999 does not exist/);
gives('cancel in vain', 5, [ 'cancel', '999999998', '999999999', '--json' ], qr/^\[\]\n$/, qr/999999998(?s:.*)999999999/);

$out = gives('rerun', 0, [ 'rerun', $failed, '-r', 'INC4' ], qr/\n\d+\tfail\t/);
is(sql("select superseded_by = " . (rows($out))[0]{run_id} . " from jobgrid.run where run_id = $failed"), 't', 'rerun supersedes');
gives('rerun --wait', 1, [ 'rerun', ended('fail'), '--wait', '--json' ], qr/"state":"failed"/, qr/has not succeeded/);
gives('rerun of a live one', 6, [ 'rerun', submit('waits') ], qr/^$/, qr/hint: /);
gives('rerun of a word', 2, [ 'rerun', 'x' ], qr/^$/, qr/not the number/);
my $decided = submit('waits');
gives('set-outcome', 0, [ 'set-outcome', $decided, 'skipped', '-r', 'INC5' ], qr/\n$decided\twaits\tskipped\t/);
gives('set-outcome without reason', 2, [ 'set-outcome', $decided, 'failed' ], qr/^$/, qr/"--reason" is required/);
gives('set-outcome to nonsense', 2, [ 'set-outcome', submit('waits'), 'fine', '-r', 'x' ], qr/^$/, qr/fine/);
gives('tell who does not run', 6, [ 'tell', ended('fail'), 'hello' ], qr/^$/, qr/run|state/);
gives('tell a word', 2, [ 'tell', 'x', 'hello' ], qr/^$/, qr/not the number/);
gives('tell nothing', 2, [ 'tell', '1' ], qr/^$/, qr/TEXT/);
gives('pause', 0, [ 'pause', 'default', '-r', 'INC6' ], qr/^queue\tpaused\tpaused_reason\tpaused_at\tpaused_by\ndefault\ttrue\tINC6\t/);
is((rows((run_cli('get', 'queues'))[1]))[0]{state}, 'closed', 'a paused queue is closed') unless $real;
ok(!decode_json((run_cli('resume', 'default', '--json'))[1])->{paused}, 'resume --json');
SKIP:
{
	skip 'no executor of this name there', 4 if $real;
	gives('drain', 0, [ 'drain', 'node1', '-r', 'new kernel' ],
		qr/^executor\tstate\trunning\tdrained_since\tdrained_by\tdrain_reason\tdrain_deadline\nnode1\tdraining\t2\t[^\t]+\t[^\t]+\tnew kernel\t\n$/);
	gives('drain --deadline', 0, [ 'drain', 'node1', '--deadline', '10m' ], qr/\t\d{4}-\d\d-\d\dT\S+Z\n$/);
	is(decode_json((run_cli('undrain', 'node1', '--json'))[1])->{state}, 'online', 'undrain --json');
	gives('a deadline that is none', 2, [ 'drain', 'node1', '--deadline', 'soon' ], qr/^$/, qr/interval/);
}
gives('drain of an executor that is none', 5, [ 'drain', 'no such executor' ], qr/^$/, qr/does not exist/);
gives('undrain of one that is none', 5, [ 'undrain', 'no such executor' ], qr/^$/, qr/does not exist/);
gives('pause of a queue that is none', 5, [ 'pause', 'no such queue' ], qr/^$/, qr/does not exist/);
gives('unfreeze without reason', 2, ['unfreeze'], qr/^$/, qr/"--reason" is required/);
gives('unfreeze', 0, [ 'unfreeze', '-r', 'a test' ], qr/^result\n.+\n$/) unless $real;

# ---- every row of the published table of errors

SKIP:
{
	my @published = slurp("$root/docs/errors.md") =~ /^\| ([0-9A-Z]{2}\w{3}) \|.*\| \d+ \| (\d+) \|$/mg;
	cmp_ok(scalar @published / 2, '>=', 25, 'docs/errors.md has the table');
	skip 'the stub raises any SQLSTATE', 1 if $real;
	while (my ($state, $code) = splice @published, 0, 2)
	{
		my $example = $state =~ s/x+/substr('000', 0, length $&)/er;
		$example =~ s/^(57P0)0$/${1}3/;
		gives("SQLSTATE $example", $code, [ 'submit', "raise $example" ], qr/^$/, qr/^jobgrid: raised on request\n/);
	}
	gives('any other SQLSTATE', 1, [ 'submit', 'raise XX000' ], qr/^$/, qr/raised/);
}

# ---- not allowed, not installed

sql(q{do $$begin create role jobgrid_test_nobody login; exception when duplicate_object then null; end$$});
gives('role without any right', 4, [ '-U', 'jobgrid_test_nobody', 'get', 'runs' ], qr/^$/, qr/permission denied.*\nhint: /);
SKIP:
{
	skip 'needs a server of our own', 2 if $real;
	gives('role that is none', 4, [ 'status', '--username', 'no_such_role' ], qr/^$/, qr/no_such_role/);
	gives('database that is none', 3, [ '-d', 'no_such_database', 'status' ], qr/^$/, qr/no_such_database/);
	sql('create database empty');
	gives('database without Jobgrid', 1, [ '-d', 'empty', 'submit', 'ok' ], qr/^$/, qr/database "empty" has no Jobgrid\nhint: .*-d NAME/);
	gives('the same, asked for a view', 1, [ '-d', 'empty', 'get', 'runs' ], qr/^$/, qr/database "empty" has no Jobgrid/);
}

# ---- on a terminal

my ($code, $seen) = on_terminal(200, 'get', 'runs', '--state', 'failed', '-n', '1');
is($code, 0, 'get runs on a terminal');
like($seen, qr/\x1b\[31m\xe2\x9c\x97 failed\x1b\[0m/, 'sign and colour');
# The run may have ended within this second.
like($seen, qr{\b(?:now|\d+s ago)\b}, 'moments are relative');
{
	local $ENV{NO_COLOR} = '1';
	(undef, $seen) = on_terminal(200, 'get', 'runs', '--state', 'failed', '-n', '1');
	unlike($seen, qr/\x1b/, 'NO_COLOR: no escape sequence at all');
	like($seen, qr/\xe2\x9c\x97 failed/, 'but the sign');
	like($seen, qr/^run_id  job /m, 'columns are aligned');
	local $ENV{LC_ALL} = 'C';
	(undef, $seen) = on_terminal(200, 'get', 'runs', '--state', 'failed', '-n', '1');
	unlike($seen, qr/[^\x00-\x7e]/, 'not a UTF-8 locale: nothing but ASCII');
	like($seen, qr/x failed/, 'with a sign of its own');
}
# What runs has another run_time at each look.
for my $arguments ([ 'get', 'runs', '--state', 'failed,succeeded,cancelled', '--json' ], [ 'doctor', '--json' ], [ 'why', $several[0], '--json' ], [ 'get', 'run', $failed, '--json' ])
{
	(undef, $seen) = on_terminal(80, @$arguments);
	is($seen, (run_cli(@$arguments))[1], "the same bytes on a terminal: @$arguments");
}
($code, $seen) = on_terminal(100, 'run', 'fail', '--wait');
is($code, 1, 'run --wait on a terminal: exit code');
like($seen, qr/^\d+ fail \S*\xe2\x9c\x97 failed\S* .*\n(?s:.*)hint: jobgrid why/m, 'tells the end and the next command');
($code, $seen) = on_terminal(100, 'submit', 'ok');
like($seen, qr/^next: jobgrid logs \d+ -f$/m, 'submit tells the next command');
($code, $seen) = on_terminal(100, 'get', 'run', $failed);
like($seen, qr/^\S*state +\S*  \S*\xe2\x9c\x97 failed/m, 'one run is shown a line a column');
($code, $seen) = on_terminal(100, 'why', submit('waits'));
like($seen, qr/^\d+ waits /m, 'why begins with the run');
SKIP:
{
	skip 'the stub has known hints', 3 if $real;
	like($seen, qr/next: jobgrid why 7; jobgrid submit 'load fx' --business-date 2026-11-20\r?\n/, 'next are commands');
	like($seen, qr/next: jobgrid resume default\r?\n/, 'of calls that are no selects from a function, too');
	like($seen, qr/next: UPDATE jobgrid\.job SET/, 'and statements where there is no command');
}
SKIP:
{
	skip 'the stub has known load', 3 if $real;
	($code, $seen) = on_terminal(160, 'forecast', '-n', '1');
	like($seen, qr/^default +Fri 20 Nov 03:00  (?:\xe2\x96\x88){20}   130 %  \S*\xe2\x9c\x97 over\S* +4  1d02h +20 +2  ok, slow one\r?$/m, 'an hour that is too much');
	like($seen, qr/^SQL workers +Fri 20 Nov 03:00  (?:\xe2\x96\x88){3} {17}    15 %  /m, 'a bar as long as the load');
	local $ENV{LC_ALL} = 'C';
	($code, $seen) = on_terminal(160, 'forecast', '-n', '1');
	like($seen, qr/  #{20}   130 %  \S*x over/, 'in ASCII too');
}
($code, $seen) = on_terminal(200, 'get', 'runs');
unlike($seen, qr/ \r?\n/, 'no line ends with blanks');
($code, $seen) = on_terminal(100, 'attention');
like($seen, qr/^\d+ items?; next: jobgrid why \d+$/m, 'attention ends with the next command');
($code, $seen) = on_terminal(100, 'doctor');
like($seen, $sound ? qr/^\d+ checks ok$/m : qr/^\d+ of \d+ checks not ok$/m, 'doctor ends with a count');
($code, $seen) = on_terminal(100, 'submit', "evil \e]0;title\a name");
is($code, 5, 'hostile name of a job');
unlike($seen, qr/\e\]0;title/, 'an error message does not steer the terminal');
like($seen, qr/\\x1b\]0;title\\x07/, 'it shows what was there');

SKIP:
{
	skip 'the stub takes any name', 9 if $real;
	my $evil = "evil \e[2J\nline\ttab \x{9b}31m \x{202e}drow \\ end";
	utf8::encode(my $bytes = $evil);
	sql("select jobgrid.define_job(\$x\$$bytes\$x\$)");
	my $run = submit($bytes);
	($code, $seen) = on_terminal(250, 'get', 'runs', '-n', '1');
	like($seen, qr/evil \\x1b\[2J\\nline\\ttab \\u009b31m \\u202edrow \\ end/, 'a hostile name on a terminal is shown, not obeyed');
	is(scalar(my @lines = split /\n/, $seen), 2, 'and stays on its line');
	my ($row) = rows((run_cli('get', 'runs', '-n', '1'))[1]);
	(my $escaped = $bytes) =~ s/\\/\\\\/g;
	$escaped =~ s/\n/\\n/g;
	$escaped =~ s/\t/\\t/g;
	is($row->{job}, $escaped, 'in a pipe separators are escaped as in COPY, the rest is as it is');
	my $json = (run_cli('get', 'runs', '-n', '1', '--json'))[1];
	is(decode_json($json)->[0]{job}, $evil, 'JSON carries the name as it is');
	unlike($json, qr/[\x00-\x09\x0b-\x1f]|\xc2[\x80-\x9f]|\xe2\x80\xae/, 'and nothing that steers a terminal');
	($code, $seen) = on_terminal(250, 'run', $bytes, '--wait');
	unlike($seen, qr/\e\[2J/, 'nor do the lines of a run that is waited for');

	sql("update stub.checks set ok = false, detail = 'held since the restore', fix = 'jobgrid unfreeze --reason ...' where n = 2");
	gives('doctor of a held database', 1, ['doctor'], qr/^cluster\tfalse\theld since the restore\tjobgrid unfreeze/m);
	($code, $seen) = on_terminal(100, 'doctor');
	is($code, 1, 'on a terminal too');
	like($seen, qr/\xe2\x9c\x97 \S*cluster: held since the restore\n  fix: jobgrid unfreeze(?s:.*)\n1 of 2 checks not ok\n/, 'with the fix');
	like((run_cli('status'))[1], qr/^check\tcluster\tnot ok\t\theld since the restore; fix: /m, 'status shows what is not ok');
}

# ---- writing that fails

SKIP:
{
	skip 'no /dev/full', 2 unless -w '/dev/full';
	is(system("$cli get runs >/dev/full 2>'$scratch/err'") >> 8, 1, 'an answer that could not be written is a failure');
	like(slurp("$scratch/err"), qr/could not write the answer/, 'and is told');
}

done_testing();
