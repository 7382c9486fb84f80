# What a job gets, what becomes of it, and what people can do to it, from submit() to the record.
use strict;
use warnings;
use Jobgrid::Runner qw(runner);
use Jobgrid::Test;
use Jobgrid::Web;
use PostgreSQL::Test::Utils;
use Test::More;

my $folder = PostgreSQL::Test::Utils::tempdir();
my $node = new_node('main', conf => "jobgrid.poll_interval = '300ms'");

# Defines a job and submits a run of it; gives back the run. What does not matter to a test has no name there.
my $count = 0;

sub define
{
	my (%definition) = @_;
	my $name = delete $definition{name} // sprintf 'job %d', ++$count;
	my $arguments = join '', map {", $_ => $definition{$_}"} sort keys %definition;
	sql($node, "select jobgrid.define_job('$name'$arguments)");
	return $name;
}

sub submit
{
	my ($job, %arguments) = @_;
	return sql($node, "select run_id from jobgrid.submit('$job'"
		  . join('', map {", $_ => $arguments{$_}"} sort keys %arguments) . ')');
}

sub run_of { return submit(define(@_)) }

sub output
{
	my ($run, $stream, $attempt) = @_;
	return sql($node, sprintf q{select convert_from(string_agg(data, '' order by chunk), 'utf8')
		from jobgrid.logs(%s, %s) where stream = '%s'}, $run, $attempt // 'null', $stream // 'o');
}

sub field
{
	my ($run, $fields) = @_;
	return sql($node, "select $fields from jobgrid.run where run_id = $run");
}

# A command that waits for a file.
sub until_file { return "until [ -e \"$folder/$_[0]\" ]; do sleep 0.05; done" }
sub touch { append_to_file("$folder/$_[0]", ''); return }

my $one = start_executor($node, name => 'one', arguments => [ '--output-limit', '1MB', '--capabilities', 'gpu' ]);

# Kinds of our own: a program that prints what it is to do, and http with a list of ours, to which our server may be.
sub make_runner
{
	my ($kind, $script) = @_;
	append_to_file("$folder/runners/$kind", "#!/bin/sh\n$script\n");
	chmod 0755, "$folder/runners/$kind" or die "could not make a program of it: $!\n";
	return;
}
mkdir "$folder/runners" or die "could not make a folder: $!\n";
make_runner('greet', '[ "$1" != --probe ] || exit 0; cat "$JOBGRID_SPECIFICATION_FILE"');
make_runner('http', "exec '${\runner('http')}' \"\$@\" --allow-file '$folder/http.allow'");
append_to_file("$folder/http.allow", "allow 127.0.0.0/8\n");
my $two = start_executor($node, name => 'two', arguments => [ '--runners-dir', "$folder/runners" ]);

# Ends, submitted together so that they run side by side
my %end = (
	ok => [ { command => q{'echo out; echo err >&2'} }, 'succeeded||0|' ],
	fails => [ { command => q{'exit 5'} }, 'failed|exit_code|5|' ],
	'success code' => [ { command => q{'exit 4'}, success_codes => q{'0,4-6'} }, 'succeeded||4|' ],
	'0 is no success' => [ { command => q{'exit 0'}, success_codes => q{'4'} }, 'failed|exit_code|0|' ],
	'no fail code' => [ { command => q{'exit 9'}, fail_codes => q{'1-8'} }, 'succeeded||9|' ],
	signal => [ { command => q{'kill -SEGV $$'} }, 'failed|signal||11' ],
	timeout => [ { command => q{'sleep 60'}, timeout => q{'1 s'} }, 'failed|timeout||15' ],
	'timeout, deaf' => [ {
			command => q{'trap "" TERM; while :; do sleep 0.1; done'}, timeout => q{'1 s'}, cancel_grace => q{'300 ms'} },
		'failed|timeout||9' ],
	'no such program' => [ { arguments => q{'{/nothing/here}'} }, 'failed|setup_failed||' ],
	'no such command' => [ { command => q{'no-such-command'} }, 'failed|exit_code|127|' ],
	'no such folder' => [ { command => q{'true'}, directory => q{'/nothing/here'} }, 'failed|setup_failed||' ],
	'unknown parameter' => [ { arguments => q{array['echo', '${nothing}']} }, 'failed|setup_failed||' ],
	noop => [ { kind => q{'noop'} }, 'succeeded||0|' ],
	'gone in the background' => [ { command => q{'sleep 0.2 & exit 0'} }, 'succeeded||0|' ]);
my %run = map { $_ => run_of(%{ $end{$_}[0] }) } sort keys %end;
for my $what (sort keys %end)
{
	wait_for_run($node, $run{$what});
	is(field($run{$what}, 'state, reason, exit_code, signal'), $end{$what}[1], "end: $what");
}

# Limits that hold wherever an executor is; the others are tested where there are control groups
my %held = (
	open_files => [ { command => q{'ulimit -Hn'}, open_files => 100 }, 'succeeded||0|', "100\n" ],
	file_size => [ { command => q{'exec head -c 5000000 /dev/zero >/var/tmp/jobgrid-test-$JOBGRID_RUN_ID'},
			file_size => q{'1 MB'} }, 'failed|signal||25', '' ],
	memory => [ { command => q{'ulimit -d'}, memory => q{'64 MB'} }, 'succeeded||0|', "65536\n" ],
	leave_running => [ { command => q{'sleep 5 & echo started'}, leave_running => 'true' }, 'succeeded||0|', "started\n" ]);
my %holding = map { $_ => run_of(%{ $held{$_}[0] }) } sort keys %held;
for my $what (sort keys %held)
{
	wait_for_run($node, $holding{$what});
	is(field($holding{$what}, 'state, reason, exit_code, signal'), $held{$what}[1], "held to: $what");
	is(output($holding{$what}), $held{$what}[2], "... $what");
}
unlink "/var/tmp/jobgrid-test-$holding{file_size}";
like(field($holding{leave_running}, 'message'), qr/^left 1 process: \d+$/, 'what a job leaves is said');
my $unplugged = run_of(command => q{'tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d " "'}, network => 'false');
wait_for_run($node, $unplugged);
like(field($unplugged, 'state, reason') . '|' . output($unplugged), qr/^(succeeded\|\|lo$|failed\|setup_failed\|)/,
	'without a network, or not at all');
like(sql($node, q{select ok || detail from jobgrid.check_install() where check_name = 'limits'}),
	qr/^falsenot enforced: .*memory on "one"/, 'limits that are not enforced are told to the administrator');
my $limited = run_of(command => q{'head -c 5000 /dev/zero | tr "\\000" x'}, output_limit => q{'1 kB'});
wait_for_run($node, $limited);
is(length output($limited), 1024, 'of output no more is kept than the job allows');
is(output($limited, 'j'), "output over 1024 bytes is not kept: 3976 bytes were dropped here\n", 'and what is dropped is said');
is(output($run{ok}), "out\n", 'stdout is kept');
is(output($run{ok}, 'e'), "err\n", 'stderr is kept');
is(field($run{ok}, q{attempt, started_at <= finished_at, executor in ('one', 'two'), version}), '1|t|t|1',
	'the record of a run');
is(sql($node, "select decided_by from jobgrid.attempt where run_id = $run{'success code'}"), 'exit code 4 is in success_codes 0,4-6',
	'which rule decided');
like(field($run{'no such program'}, 'message'), qr{/nothing/here}, 'the message names what could not be started');
like(field($run{'unknown parameter'}, 'message'), qr/nothing/, 'the message names the parameter that is not there');
is(sql($node, "select run_id from jobgrid.attention where run_id = $run{fails}"), $run{fails},
	'a failure is on the attention list');

# Kinds with a program of their own
sql($node, q{insert into jobgrid.job_kind (name) values ('greet'), ('nowhere')});
my $greet = run_of(kind => q{'greet'}, settings => q{'{"to": "${name}"}'}, parameters => q{'{"name": "you"}'});
wait_for_run($node, $greet);
is(field($greet, 'state, executor'), 'succeeded|two', 'a kind that a node has a runner for goes there');
like(output($greet), qr/"kind":"greet","settings":\{"to":"you"\}/, 'and the runner reads what it is to do');
my $nowhere = run_of(kind => q{'nowhere'});
is(field($nowhere, q{state in ('waiting', 'queued')}), 't', 'one that none has waits');
sql($node, "select jobgrid.cancel(run_id => $nowhere)");
is(sql($node, q{select kinds from jobgrid.executor where executor = 'two'}), '{shell,noop,greet,http}', 'a node says its kinds');

my $watch = run_of(kind => q{'file_watch'}, parameters => q{'{"name": "arrives"}'},
	settings => qq{'{"path": "$folder/\${name}", "stable_for": "100 ms"}'});
my $watch_forever = run_of(kind => q{'file_watch'}, settings => qq{'{"path": "$folder/never"}'});
wait_for_run($node, $_, 'running') for $watch, $watch_forever;
touch('arrives');
is(wait_for_run($node, $watch), 'succeeded|', 'file_watch waits for its file');
sql($node, "select jobgrid.cancel(run_id => $watch_forever)");
wait_for_run($node, $watch_forever);
is(field($watch_forever, 'state, exit_code, executor'), 'cancelled|143|one', 'or for the end that it is given');

my $server = serve(sub {
		my ($request, $socket) = @_;
		my $status = $request->{path} eq '/broken' ? '500 Oops' : '200 OK';
		print $socket "HTTP/1.1 $status\r\nContent-Length: 7\r\n\r\nthanks\n";
	}, scratch => $folder);

sub request
{
	my ($executor, $path) = @_;
	my $settings = qq({"url": "${\$server->url($path)}", "method": "POST", "body": {"desk": "\${desk}"}});
	my $run = run_of(kind => q{'http'}, executor => "'$executor'", settings => "'$settings'",
		parameters => q{'{"desk": "rates"}'});
	wait_for_run($node, $run);
	return $run;
}
my $answered = request('two', '/refresh');
is(field($answered, 'state, exit_code'), 'succeeded|0', 'http sends a request');
is(output($answered), "thanks\n", 'and prints the answer');
is_deeply([ $server->last_request->{method}, $server->last_request->{path}, $server->last_request->{body},
		$server->last_request->{headers}{'idempotency-key'} ],
	[ 'POST', '/refresh', '{"desk":"rates"}', "$answered/1" ], 'which was the one that the job describes');
is(field(request('two', '/broken'), 'state, reason, exit_code'), 'failed|exit_code|22', 'a status that is no success');
is(field(request('one', '/refresh'), 'state, reason, exit_code'), 'failed|exit_code|77',
	'a node whose list denies the address sends nothing');
is($server->count, 2, 'so many requests came');

# What a job is given
my $parameters = q{'{"region": "EU \"x\" $(id) é", "n": 1.50, "flag": true, "nothing": null, "list": [1, 2],
	"odd name": "y"}'};
my $given = submit(define(
	command => q{'printf "%s|" "$JOBGRID_PARAM_REGION" "$JOBGRID_PARAM_N" "$JOBGRID_PARAM_FLAG" "$JOBGRID_PARAM_NOTHING" '
	  || '"${JOBGRID_PARAM_LIST-unset}" "$A" "$JOBGRID_RUN_ID" "$JOBGRID_ATTEMPT" "$JOBGRID_TRY" "$JOBGRID_JOB" '
	  || '"$JOBGRID_TENANT" "$JOBGRID_BUSINESS_DATE" "$PWD"; stat -c %a "$JOBGRID_PARAMETERS_FILE"; '
	  || 'cat "$JOBGRID_PARAMETERS_FILE"'},
	name => 'given', environment => q{'{"A": "b c"}'}, directory => q{'/'},
	parameters => q{'{"region": "x", "default": 1}'}),
	parameters => $parameters, business_date => q{'2026-02-03'});
my $argv = submit(define(arguments => q{array['printf', '%s|', '${region}', '$${x}', 'a b', '', '-${n}-',
	'${previous_business_date}', '${is_month_end}', '${is_quarter_end}']}), parameters => $parameters, business_date => q{'2026-03-31'});
wait_for_run($node, $_) for $given, $argv;
my ($environment, $file) = split /\n/, output($given), 2;
is($environment, qq{EU "x" \$(id) \xc3\xa9|1.50|true||unset|b c|$given|1|1|given|default|2026-02-03|/|400},
	'parameters, identity, environment and folder as a job sees them');
is(sql($node, 'select $j$' . $file . '$j$::jsonb = parameters from jobgrid.run where run_id = ' . $given), 't',
	'the file holds all parameters, those of the job merged in');
is(output($argv), qq(EU "x" \$(id) \xc3\xa9|\${x}|a b||-1.50-|2026-03-30|true|true|), 'parameters inside arguments, through no shell');

# Output
my $bytes = run_of(command => q{'printf "\377\376\000\303(\n\360"'});
my $much = submit(define(command => q{'head -c 10000000 /dev/zero | tr "\000" x; echo end >&2'}), executor => q{'one'});
wait_for_run($node, $_) for $bytes, $much;
is(sql($node, "select encode(string_agg(data, '' order by chunk), 'hex') from jobgrid.logs($bytes) where stream = 'o'"),
	'fffe00c3280af0',
	'any bytes come through unchanged');
is(field($much, 'state'), 'succeeded', 'who prints too much is not harmed');
my $kept = sql($node, "select sum(length(data)) from jobgrid.logs($much, max_bytes => 20000000)
	where stream in ('o', 'e')");
ok($kept > 500_000 && $kept <= 1_048_576, "of 10 MB so much is kept as was to be: $kept");
isnt(sql($node, "select count(*) from jobgrid.logs($much, max_bytes => 100000000) where stream = 'j'"), 0,
	'and it says that there was more');

# Cancelling
my $polite = run_of(command => q{'trap "exit 0" TERM; echo up; while :; do sleep 0.05; done'});
my $deaf = run_of(command => q{'trap "" TERM; echo up; while :; do sleep 0.05; done'}, cancel_grace => q{'500 ms'});
for my $run ($polite, $deaf)
{
	wait_for_run($node, $run, 'running');
	wait_until($node, "select exists (select from jobgrid.logs($run))");
	like(sql($node, "select note from jobgrid.cancel($run, reason => 'test')"), qr/asked to stop/,
		'a started run is asked to stop');
}
is(wait_for_run($node, $deaf), 'cancelled|operator', 'who does not listen is killed after the grace');
is(field($deaf, 'signal'), 9, 'by the signal that nobody ignores');
wait_for_run($node, $polite);
like(field($polite, 'state || exit_code'), qr/^(cancelled|succeeded)0$/, 'who listens ends with his own exit code');
is(sql($node, "select note from jobgrid.cancel($deaf)"), 'already cancelled', 'once more is no error');
is(sql($node, "select by_role, concat_ws(' ', reason, detail) like '%test%' from jobgrid.history
	where run_id = $deaf and action = 'cancel'"), 'postgres|t', 'history knows who and why');

# Queues: paused, in order of priority, pinned
sql($node, q{insert into jobgrid.pool (name) values ('single')});
define(name => 'ordered', command => qq{'echo "\$JOBGRID_PARAM_P" >>"$folder/order"'}, pool => q{'single'});
my $single = start_executor($node, name => 'single', slots => 1, arguments => [ '--pool', 'single' ]);
wait_for_run($node, submit('ordered', parameters => q{'{"P": "first"}'}));
sql($node, q{select jobgrid.pause_queue('default', 'test')});
my @ordered = map { submit('ordered', priority => "'$_'", parameters => "'{\"P\": \"$_\"}'") }
  qw(low normal high urgent normal);
is(field($ordered[0], 'state'), 'queued', 'a paused queue keeps its runs');
is(sql($node, "select blocker from jobgrid.why($ordered[0])"), 'queue_paused', 'and says so');
is(sql($node, "select state from jobgrid.cancel($ordered[4])"), 'cancelled', 'a queued run is cancelled at once');
sql($node, q{select jobgrid.resume_queue('default')});
wait_for_run($node, $_) for @ordered;
is(slurp_file("$folder/order"), "first\nurgent\nhigh\nnormal\nlow\n",
	'one slot: in order of priority; cancelled is not run');
my $pinned = submit(define(command => q{'true'}), executor => q{'two'});
my $able = run_of(command => q{'true'}, capabilities => q{'{gpu}'});
wait_for_run($node, $_) for $pinned, $able;
is(field($pinned, 'executor'), 'two', 'pinned to an executor');
is(field($able, 'executor'), 'one', 'where there is what it needs');

# Two executors share: eight runs, four slots each, none ends before all have started
define(name => 'together', command => qq{'touch "$folder/together.\$JOBGRID_RUN_ID"; '
	|| 'while [ \$(ls "$folder" | grep -c together) -lt 8 ]; do sleep 0.05; done'});
sql($node, q{select count(*) from jobgrid.submit_many('together', count => 8)});
wait_for_value($node, q{select count(*) from jobgrid.run where job = 'together' and state = 'succeeded'}, 8);
is(sql($node, q{select string_agg(distinct executor || ' ' || n, ',' order by executor || ' ' || n) from
	(select executor, count(*) as n from jobgrid.run where job = 'together' group by executor) r}), 'one 4,two 4',
		'two executors share');

# Without wake-ups
sql($node, q{alter system set jobgrid.wakeups = off}), $node->reload;
wait_for_value($node, 'show jobgrid.wakeups', 'off');
is(wait_for_run($node, submit('together')), 'succeeded|', 'without wake-ups work is found by looking');
sql($node, q{alter system reset jobgrid.wakeups}), $node->reload;

# Waiting: for a moment, a person, other jobs
my $delayed = submit('together', delay => q{'1 s'});
is(field($delayed, 'state, reason'), 'waiting|not_before', 'a delayed run waits');
is(wait_for_run($node, $delayed), 'succeeded|', 'and runs');
is(field($delayed, q{started_at >= submitted_at + interval '1 s'}), 't', 'but not before its moment');
sql($node, q{select jobgrid.hold(job => 'together', reason => 'test')});
my $held = submit('together');
is(field($held, 'state, reason'), 'held|operator', 'a run of a held job is held');
my $free = submit('given');
is(wait_for_run($node, $free), 'succeeded|', 'others pass it');
is(field($held, 'state'), 'held', 'it stays');
sql($node, q{select jobgrid.release(job => 'together')});
is(wait_for_run($node, $held), 'succeeded|', 'released, it runs');
define(name => $_, command => "'" . until_file($_) . "'") for qw(a b);
define(name => 'c', command => q{'true'}, after => q{'{a,b}'});
my ($child, @parents) = map { submit($_) } qw(c a b);
touch('a');
is(wait_for_run($node, $parents[0]), 'succeeded|', 'one of two has ended');
is(field($child, 'state, reason'), 'waiting|condition', 'who waits for both waits on');
is(sql($node, "select string_agg(object, ',') from jobgrid.why($child) where blocker = 'condition'"), 'succeeded(b)',
	'and says for what');
touch('b');
is(wait_for_run($node, $child), 'succeeded|', 'both have ended: it runs');
my $ended = "select max(finished_at) from jobgrid.run where run_id in ($parents[0], $parents[1])";
is(field($child, "started_at >= ($ended)"), 't', 'after them');

# Texts that are cut in the middle of a letter reach the database all the same, and nothing else is held up
for my $odd ('', 'x')
{
	my $run = run_of(directory => "'/$odd' || repeat('\xc3\xa4', 1200)", command => q{'true'});
	is(wait_for_run($node, $run), 'failed|setup_failed', 'a directory of 2,400 bytes');
	like(field($run, 'message'), qr{directory "/$odd}, 'is told as far as there is room');
}
my @named;
for my $odd ('', 'x')
{
	my $deep = "deep$odd";
	for my $level (1 .. 8)
	{
		sql($node, "select jobgrid.define_job('$deep', command => 'exec sleep 600')");
		$deep .= '/' . "\xc3\xa4" x 62;
	}
	sql($node, "select jobgrid.define_job('$deep', command => 'exec sleep 600')");
	push @named, submit($deep);
}
wait_for_run($node, $_, 'running') for @named;
kill 'KILL', $one->agent, $two->agent;
for my $run (@named)
{
	sql($node, "select jobgrid.cancel($run, reason => 'test')");
	is(wait_for_run($node, $run), 'cancelled|operator', 'a job with a long name is known to the next agent, and ends');
}

# What a job finds
is(wait_for_run($node, run_of(command => q{'command -v jobgrid-job'})), 'succeeded|', 'jobgrid-job is in its PATH');

# Again: by itself, by somebody
define(name => 'third time', attempts => 3, retry_delay => q{'0 s'},
	command => qq{'echo "try \$JOBGRID_TRY"; echo >>"$folder/tries"; [ \$(wc -l <"$folder/tries") -ge 3 ]'});
my $third = submit('third time');
is(wait_for_run($node, $third), 'succeeded|', 'the third attempt succeeds');
is(sql($node, "select string_agg(attempt || ' ' || state, ',' order by attempt) from jobgrid.attempt
	where run_id = $third"), '1 failed,2 failed,3 succeeded', 'each attempt is on record');
is(output($third, 'o', 2), "try 2\n", 'and has its own output');
my $rerun = sql($node, "select run_id from jobgrid.rerun($run{fails}, reason => 'test')");
is(wait_for_run($node, $rerun), 'failed|exit_code', 'a rerun is a run');
is(field($rerun, 'rerun_of, source'), "$run{fails}|rerun", 'linked to the old one');
is(field($run{fails}, 'superseded_by'), $rerun, 'which knows by whom it was superseded');
is(sql($node, "select run_id from jobgrid.attention where run_id in ($run{fails}, $rerun)"), $rerun,
	'and has left the attention list');
is(error_of($node, "select jobgrid.rerun($run{fails})")->{sqlstate}, 'JG002', 'only once');

# Elsewhere
my $elsewhere = run_of(kind => q{'external'});
is(wait_for_run($node, $elsewhere, 'running'), 'running|external', 'an external job is said to be running');
sql($node, qq{select jobgrid.report_outcome($elsewhere, 'failed', exit_code => 3, message => 'told',
	result => '{"rows": 1}')});
is(field($elsewhere, 'state, exit_code, message, result'), 'failed|3|told|{"rows": 1}',
	'its outcome is what was reported');

is($_->stop, 0, 'an executor stops cleanly') for $one, $two, $single;
is(sql($node, q{select count(*) from jobgrid_engine.live_run}), 0, 'nothing is left over');
unlike(slurp_file($node->logfile), qr/PANIC:|was terminated by signal/, 'no process crashed');
done_testing();
