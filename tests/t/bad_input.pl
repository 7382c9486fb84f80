# What people and executors may get wrong: each wrong call gets its SQLSTATE and, where there is something to do, a
# HINT; it changes nothing and ends no process.
use strict;
use warnings;
use Jobgrid::Test;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('main', conf => "jobgrid.partition_rows = 100\nautovacuum = off");
sql($node, <<'EOF');
create role bad_team;
insert into jobgrid.team (name, database_role) values ('bad team', 'bad_team');
create role bad_outsider login;
create role bad_viewer login in role jobgrid_viewer, bad_team;
create role bad_submitter login in role jobgrid_submitter, bad_team;
create role bad_operator login in role jobgrid_operator, bad_team;
create role bad_homeless login in role jobgrid_submitter;
EOF
sql($node, q{select jobgrid.define_job('work', kind => 'noop'); select jobgrid.define_job('shell', command => 'true')});
my ($run) = split /\|/, sql($node, q{select run_id from jobgrid.submit('work')});
is(sql($node, 'show server_encoding'), 'UTF8', 'the database is in UTF-8');

# Each row: what is wrong, SQLSTATE, what DETAIL or HINT or message says, SQL, role
sub refused
{
	my ($what, $sqlstate, $says, $query, %options) = @_;
	my $error = error_of($node, $query, %options);
	is($error->{sqlstate}, $sqlstate, "$what: SQLSTATE") or diag($error->{message});
	like(join("\n", map { $error->{$_} // '' } qw(message detail hint)), $says, "$what: what it says");
	return;
}

my $long = 'x' x 128;
my $deep = '[' x 100_000;
my @cases = (
	[ 'unknown job', 'JG001', qr/Did you mean "work"\?/, q{select jobgrid.submit('wrok')} ],
	[ 'unknown job, nothing near', 'JG001', qr/List jobs with/, q{select jobgrid.submit('completely different')} ],
	[ 'null job', 'JG003', qr/"job" must not be null/, q{select jobgrid.submit(null)} ],
	[ 'parameters no object', 'JG003', qr/For example/, q{select jobgrid.submit('work', parameters => '[1]')} ],
	[ 'parameters no JSON', '22P02', qr/json/, q|select jobgrid.submit('work', parameters => '{bad')| ],
	[ 'parameters with NUL', '22P05', qr/u0000/, q{select jobgrid.submit('work', parameters => '{"a": "\u0000"}')} ],
	[ 'parameters over 1 MB', 'JG008', qr/a table or a file/,
		q{select jobgrid.submit('work', parameters => jsonb_build_object('a', repeat('x', 1048577)))} ],
	[ 'parameters over 1 MB among many', 'JG008', qr/a table or a file/,
		q{select jobgrid.submit_many('work', array['{}', jsonb_build_object('a', repeat('x', 1048577))])} ],
	[ 'JSON 100,000 levels deep', '54001', qr/stack depth/,
		"select jobgrid.submit('work', parameters => '{\"a\": $deep')" ],
	[ 'unknown priority', 'JG003', qr/priority_level/, q{select jobgrid.submit('work', priority => 'quick')} ],
	[ 'unknown tenant', 'JG001', qr/does not exist/, q{select jobgrid.submit('work', tenant => 'nowhere')} ],
	[ 'delay no interval', '22007', qr/soon/, q{select jobgrid.submit('work', delay => 'soon')} ],
	[ 'delay out of range', 'JG003', qr/delay must be at most 100 years/, q{select jobgrid.submit('work', delay => '300000 years')} ],
	[ 'delay of many out of range', 'JG003', qr/delay must be at most 100 years/,
		q{select jobgrid.submit_many('work', count => 1, delay => '101 years')} ],
	[ 'moment that never comes', 'JG003', qr/not_before must be a moment.*Hold the run/s,
		q{select jobgrid.submit('work', not_before => 'infinity')} ],
	[ 'moment before all time', 'JG003', qr/not_before must be a moment/,
		q{select jobgrid.submit('work', not_before => '-infinity')} ],
	[ 'moment beyond 100 years', 'JG003', qr/not_before must be a moment/,
		q{select jobgrid.submit('work', not_before => '2990-01-01')} ],
	[ 'day that never comes', 'JG003', qr/business_date must be a day/,
		q{select jobgrid.submit('work', business_date => 'infinity')} ],
	[ 'day of many that never comes', 'JG003', qr/business_date must be a day/,
		q{select jobgrid.submit_many('work', count => 1, business_date => '-infinity')} ],
	[ 'executor without a name', 'JG003', qr/executor "" .*1 to 128 bytes/s, q{select jobgrid.submit('work', executor => '')} ],
	[ 'executor with a long name', 'JG003', qr/executor "x{128}\.\.\." .*1 to 128 bytes/s,
		q{select jobgrid.submit('work', executor => repeat('x', 3840))} ],
	[ 'executor with a slash', 'JG003', qr/no slash/, q{select jobgrid.submit('work', executor => 'a/b')} ],
	[ 'blank reason to ignore', 'JG003', qr/Say why/,
		q{select jobgrid.submit('work', ignore_conditions => true, reason => ' ')} ],
	[ 'no such day', '22008', qr/2026-02-30/, q{select jobgrid.submit('work', business_date => '2026-02-30')} ],
	[ 'delay and not_before', 'JG003', qr/either/, q{select jobgrid.submit('work', delay => '1 s', not_before => now())} ],
	[ 'no reason to ignore', 'JG003', qr/Say why/, q{select jobgrid.submit('work', ignore_conditions => true)} ],
	[ 'empty idempotency key', '23514', qr/1 to 256 bytes/, q{select jobgrid.submit('work', idempotency_key => '')} ],
	[ 'no such argument', '42883', qr/does not exist/, q{select jobgrid.submit('work', nonsense => 1)} ],
	[ 'parameters and count', 'JG003', qr/either/, q{select jobgrid.submit_many('work', array['{}']::jsonb[], 1)} ],
	[ 'too many', 'JG008', qr/1000000/, q{select jobgrid.submit_many('work', count => 1000001)} ],
	[ 'less than none', 'JG008', qr/between 0/, q{select jobgrid.submit_many('work', count => -1)} ],
	[ 'null job of many', 'JG003', qr/"job" must not be null/, q{select jobgrid.submit_many(null, count => 1)} ],

	[ 'change that does not exist', 'JG001', qr/config_history/, q{select jobgrid.config_diff(987654321)} ],
	[ 'undo without a reason', 'JG003', qr/for another job/, q{select jobgrid.undo_change(max(change_id), null) from jobgrid.config_history} ],
	[ 'history of what has none', 'JG001', qr/Did you mean "job"\?/, q{select jobgrid.config_as_of('jobb', now())} ],
	[ 'long ticket', '22023', qr/101 bytes, and may have 100/, qq{set jobgrid.change_ticket = '@{[ 'x' x 101 ]}'} ],

	[ 'run that does not exist', 'JG001', qr/List the newest runs/, q{select jobgrid.cancel(987654321)} ],
	[ 'no run at all', 'JG003', qr/either run_id or job/, q{select jobgrid.cancel()} ],
	[ 'run and job', 'JG003', qr/either run_id or job/, q{select jobgrid.cancel(1, 'work')} ],
	[ 'run id no number', '22P02', qr/bigint/, q{select jobgrid.cancel('x')} ],
	[ 'negative run id', 'JG001', qr/-5/, q{select jobgrid.logs(-5)} ],
	[ 'largest run id', 'JG001', qr/9223372036854775807/, q{select jobgrid.logs(9223372036854775807)} ],
	[ 'rerun of a live run', 'JG002', qr/Stop it with/, "select jobgrid.rerun($run)" ],
	[ 'outcome nobody knows', 'JG003', qr/succeeded, failed/, "select jobgrid.set_outcome($run, 'fine', 'test')" ],
	[ 'outcome without a reason', 'JG003', qr/needs a reason/, "select jobgrid.set_outcome($run, 'failed', ' ')" ],
	[ 'outcome of what is not external', 'JG002', qr/has not started/, "select jobgrid.report_outcome($run, 'failed')" ],
	[ 'unknown queue', 'JG001', qr/Did you mean "default"/, q{select jobgrid.pause_queue('defalt')} ],
	[ 'unfreeze without a reason', 'JG003', qr/needs a reason/, q{select jobgrid.unfreeze('')} ],

	[ 'newline in a name', '23514', qr/no control characters/, qq{select jobgrid.define_job(E'a\\nb', kind => 'noop')} ],
	[ 'name of 129 bytes', '23514', qr/1 to 128 bytes/, "select jobgrid.define_job('y$long', kind => 'noop')" ],
	[ 'name of 65 letters in 130 bytes', '23514', qr/1 to 128 bytes/,
		'select jobgrid.define_job(repeat(chr(233), 65), kind => \'noop\')' ],
	[ 'empty name', '23514', qr/1 to 128 bytes/, q{select jobgrid.define_job('', kind => 'noop')} ],
	[ 'name with a space before it', '23514', qr/1 to 128 bytes/, q{select jobgrid.define_job(' a', kind => 'noop')} ],
	[ 'null name', '23502', qr/"name"/, q{select jobgrid.define_job(null, kind => 'noop')} ],
	[ 'member of nothing', 'JG001', qr/"nothing" does not exist/, q{select jobgrid.define_job('nothing/step', kind => 'noop')} ],
	[ 'unknown kind', 'JG003', qr/no kind "cobol"/, q{select jobgrid.define_job('a', kind => 'cobol')} ],
	[ 'kind misspelt', 'JG003', qr/Did you mean kind => 'shell'/, q{select jobgrid.define_job('a', kind => 'shel')} ],
	[ 'command and arguments', '23514', qr/either a command or arguments/,
		q{select jobgrid.define_job('a', command => 'true', arguments => '{true}')} ],
	[ 'neither command nor arguments', '23514', qr/either a command or arguments/, q{select jobgrid.define_job('a')} ],
	[ 'command over 1 MB', '23514', qr/at most 1 MB/, q{select jobgrid.define_job('a', command => repeat('x', 1048577))} ],
	[ 'no attempts', '23514', qr/between 1 and 1000/, q{select jobgrid.define_job('a', kind => 'noop', attempts => 0)} ],
	[ 'no time', '23514', qr/between 1 second/, q{select jobgrid.define_job('a', kind => 'noop', timeout => '0 s')} ],
	[ 'codes that are none', 'JG003', qr/0,4,8-11/,
		q{select jobgrid.define_job('a', kind => 'noop', success_codes => '0,x')} ],
	[ 'range of codes the wrong way', 'JG003', qr/smaller to the larger/,
		q{select jobgrid.define_job('a', kind => 'noop', fail_codes => '8-4')} ],
	[ 'environment of ours', 'JG003', qr/do not begin with JOBGRID_/,
		q{select jobgrid.define_job('a', kind => 'noop', environment => '{"JOBGRID_RUN_ID": "1"}')} ],
	[ 'environment no string', 'JG003', qr/values are strings/,
		q{select jobgrid.define_job('a', kind => 'noop', environment => '{"A": 1}')} ],
	[ 'environment name with =', 'JG003', qr/letters, digits/,
		q{select jobgrid.define_job('a', kind => 'noop', environment => '{"A=B": "x"}')} ],
	[ 'unknown upstream', 'JG001', qr/Did you mean "work"/,
		q{select jobgrid.define_job('a', kind => 'noop', after => '{wrk}')} ],
	[ 'waits for itself', 'JG003', qr/The cycle is/, q{select jobgrid.define_job('work', after => '{work}')} ],
	[ 'member of its own member', 'JG003', qr/"flow" would be a member of itself.*parent/s,
		q{update jobgrid.job set parent = 'flow/step' where full_name = 'flow'} ],
	[ 'member of itself', 'JG003', qr/"flow" would be a member of itself/,
		q{update jobgrid.job set parent = 'flow' where full_name = 'flow'} ],
	[ 'two flows that are members of each other', 'JG001', qr/does not exist/,
		q{update jobgrid.job set parent = case full_name when 'flow' then 'wolf/step' else 'flow/step' end
		where full_name in ('flow', 'wolf')} ],
	[ 'name of a member that is too long', 'JG003', qr/full name has 1028 bytes/,
		q{do $$ declare parent text := 'flow'; begin for n in 1..10 loop
		perform jobgrid.define_job(parent || '/' || repeat('x', 127), kind => 'noop'); parent := parent || '/' || repeat('x', 127);
		end loop; end $$} ],
	(map { [ "$_ of two dimensions", 'JG003', qr/$_ is a list.*$_ => '\{a,b\}'/s,
		qq|select jobgrid.define_job('a', command => 'true', $_ => '{{a,b},{c,d}}')| ] } qw(arguments after capabilities tags)),
	[ 'job for an executor without a name', 'JG003', qr/"a": executor is empty/,
		q{select jobgrid.define_job('a', kind => 'noop', executor => '')} ],
	[ 'job for a site without a name', 'JG003', qr/"a": site is empty/,
		q{select jobgrid.define_job('a', kind => 'noop', site => '')} ],
	[ 'job as a user without a name', 'JG003', qr/"a": run_as is empty/,
		q{select jobgrid.define_job('a', kind => 'noop', run_as => '')} ],
	[ 'job in a directory without a name', 'JG003', qr/"a": directory is empty/,
		q{select jobgrid.define_job('a', kind => 'noop', directory => '')} ],
	[ 'job for a long executor', 'JG003', qr/"a": executor has 129 bytes.*1 to 128/s,
		q{select jobgrid.define_job('a', kind => 'noop', executor => repeat('x', 129))} ],
	[ 'job for a long site', 'JG003', qr/"a": site has 129 bytes/,
		q{select jobgrid.define_job('a', kind => 'noop', site => repeat('x', 129))} ],
	[ 'capability without a name', 'JG003', qr/capabilities: "" is empty/,
		q{select jobgrid.define_job('a', kind => 'noop', capabilities => '{""}')} ],
	[ 'too many capabilities', 'JG003', qr/200 capabilities.*at most 64/s,
		q{select jobgrid.define_job('a', kind => 'noop', capabilities => array(select repeat('x', 32) || n from generate_series(1, 200) n))} ],
	[ 'too much of capabilities', 'JG003', qr/1280 bytes.*at most 1024/s,
		q{select jobgrid.define_job('a', kind => 'noop', capabilities => array(select repeat(chr(96 + n), 128) from generate_series(1, 10) n))} ],
	[ 'environment no object', 'JG003', qr/environment is a JSON object/,
		q{select jobgrid.define_job('a', kind => 'noop', environment => '"x"')} ],
	[ 'environment a list', 'JG003', qr/environment is a JSON object/,
		q{select jobgrid.define_job('a', kind => 'noop', environment => '[1]')} ],
	(map { [ "$_ beyond all numbers", 'JG003', qr/"a": $_ .*4 GB/s,
		"select jobgrid.define_job('a', kind => 'noop', $_ => '99999999999999999 TB')" ] } qw(memory file_size output_limit)),
	[ 'memory no size', 'JG003', qr/"a": memory .*4 GB/s, q{select jobgrid.define_job('a', kind => 'noop', memory => '4 PERSONS')} ],
	[ 'null upstream', 'JG003', qr/no null elements/,
		q{select jobgrid.define_job('a', kind => 'noop', after => '{null}')} ],
	[ 'job in an unknown queue', 'JG003', qr/there is no queue "/,
		q{select jobgrid.define_job('a', kind => 'noop', queue => 'q')} ],
	[ 'job as an unknown database role', 'JG003', qr/CREATE ROLE nobody_we_know LOGIN/,
		q{select jobgrid.define_job('a', kind => 'sql', command => 'select 1', sql_role => 'nobody_we_know')} ],
	[ 'tenant in no known zone', 'JG003', qr/Mars/,
		q{insert into jobgrid.tenant (name, time_zone) values ('a', 'Mars/Olympus')} ],
	[ 'default that no job could take', 'JG003', qr/attempts cannot be "many"/,
		q{update jobgrid.job_default set value = 'many' where setting = 'attempts'} ],
	[ 'shipped row deleted', 'JG002', qr/Change its/, q{delete from jobgrid.priority_level where name = 'normal'} ],

	[ 'state set by hand', 'JG007', qr/./, "update jobgrid_engine.run set state = 'succeeded' where run_id = $run" ],
	[ 'run deleted by hand', 'JG007', qr/./, "delete from jobgrid_engine.run where run_id = $run" ],
	[ 'live row deleted by hand', 'JG007', qr/./, 'delete from jobgrid_engine.ready' ],
	[ 'table emptied by hand', 'JG007', qr/./, 'truncate jobgrid_engine.ready' ],

	[ 'outsider reads', '42501', qr/permission denied/, 'select from jobgrid.run', user => 'bad_outsider' ],
	[ 'outsider speaks the protocol', '42501', qr/permission denied/,
		q{select jobgrid_engine.hello('x', gen_random_uuid(), 1, 1, '{shell}')}, user => 'bad_outsider' ],
	[ 'viewer submits', '42501', qr/permission denied/, q{select jobgrid.submit('work')}, user => 'bad_viewer' ],
	[ 'viewer reads the engine', '42501', qr/permission denied/, 'select from jobgrid_engine.run', user => 'bad_viewer' ],
	[ 'viewer edits', '42501', qr/permission denied/, q{update jobgrid.job set title = 'x'}, user => 'bad_viewer' ],
	[ 'submitter acts on the run of another', 'JG004', qr/It was submitted by postgres.*Ask an operator/s,
		"select jobgrid.cancel($run)", user => 'bad_submitter' ],
	[ 'submitter acts on a job', 'JG004', qr/An operator acts on jobs/, q{select jobgrid.hold(job => 'work')},
		user => 'bad_submitter' ],
	[ 'submitter sets an outcome', '42501', qr/permission denied/, "select jobgrid.set_outcome($run, 'failed', 'x')",
		user => 'bad_submitter' ],
	[ 'operator defines', '42501', qr/permission denied/, q{select jobgrid.define_job('a', kind => 'noop')},
		user => 'bad_operator' ],
	[ 'operator unfreezes', '42501', qr/permission denied/, q{select jobgrid.unfreeze('x')}, user => 'bad_operator' ],
	[ 'who has no team sees no job', 'JG001', qr/does not exist/, q{select jobgrid.submit('work')},
		user => 'bad_homeless' ],
	[ 'who has no team sees no run', 'JG001', qr/does not exist/, "select jobgrid.cancel($run)", user => 'bad_homeless' ],
);
sql($node, q{select jobgrid.define_job(j, kind => 'noop') from unnest('{flow,flow/step,wolf,wolf/step}'::text[]) j});
refused(@$_) for @cases;

# What is echoed is clipped
for my $query (
	'submit($$X$$)', 'submit($$work$$, priority => $$X$$)', 'submit($$work$$, traceparent => $$X$$)',
	'submit($$work$$, tenant => $$X$$)', 'submit($$work$$, executor => $$X$$)', 'submit_many($$X$$, count => 1)',
	'cancel(job => $$X$$)', 'why(job => $$X$$)', 'pause_queue($$X$$)', 'define_job($$a$$, kind => $$X$$)',
	'define_job($$a$$, kind => $$noop$$, queue => $$X$$)', 'define_job($$a$$, kind => $$noop$$, after => array[$$X$$])',
	'define_job($$X$$, kind => $$noop$$, success_codes => $$x$$)', 'define_job($$a$$, kind => $$noop$$, success_codes => $$X$$)',
	'define_job($$X/a$$, kind => $$noop$$)', 'define_job($$a$$, kind => $$noop$$, memory => $$X$$)',
	'define_job($$a$$, kind => $$noop$$, executor => $$X$$)', 'define_job($$a$$, kind => $$noop$$, capabilities => array[$$X$$])',
	'define_job($$a$$, kind => $$sql$$, command => $$x$$, sql_role => $$X$$)',
	'define_job($$a$$, kind => $$noop$$, environment => jsonb_build_object($$X$$, 1))',
	'set_outcome(RUN, $$X$$, $$x$$)', 'report_outcome(RUN, $$X$$)', 'rerun(RUN, definition => $$X$$)')
{
	(my $call = $query) =~ s/RUN/$run/;
	$call =~ s{\$\$X(/a)?\$\$}{"repeat('y', 1000000)" . (defined $1 ? " || '/a'" : '')}e;
	my $text = '';
	$node->psql('jobgrid', "\\set SHOW_CONTEXT never\nselect jobgrid.$call", stderr => \$text, on_error_stop => 0);
	like($text, qr/ERROR/, "$query with 1 MB is refused");
	cmp_ok(length($text), '<', 2000, 'in a few words');
}
for my $query (
	q{update jobgrid.job_default set value = X where setting = 'attempts'}, q{update jobgrid.tenant set time_zone = X},
	q{update jobgrid.job set parent = X where full_name = 'work'},
	q{update jobgrid.job set parent = 'flow/' || X where full_name = 'flow'}, q{update jobgrid.job set tenant = X where full_name = 'work'},
	q{insert into jobgrid.job_kind (name) values (X)}, q{insert into jobgrid.queue (name) values (X)})
{
	my $error = error_of($node, $query =~ s/X/repeat('y', 1000000)/r);
	like($error->{sqlstate}, qr/^(JG|2)/, "$query with 1 MB is refused");
	cmp_ok(length(join('', map { $_ // '' } @$error{qw(message detail hint)})), '<', 2000, 'in a few words');
}
refused('bytes that are no UTF-8', '22021', qr/0xff/, "select jobgrid.submit('\xff\xfe')");
refused('bytes that are no UTF-8 in parameters', '22021', qr/0xc3/,
	"select jobgrid.submit('work', parameters => '{\"a\": \"\xc3(\"}')");

# Odd, but right
my @names = (q{it's "quoted" \ %s $1 ${x} ; --}, $long, "\xc3\xa9" x 64, 'a', "emoji \xf0\x9f\x98\x80");
for my $name (@names)
{
	my $literal = $name =~ s/'/''/gr;
	sql($node, "select jobgrid.define_job('$literal', kind => 'noop')");
	is(sql($node, "select job from jobgrid.submit('$literal')"), $name,
		'a name goes through unchanged: ' . substr($name, 0, 30));
}
is(sql($node, "set client_encoding = latin1; select octet_length(job) from jobgrid.submit(repeat('\xe9', 64))"), 128,
	'a client of another encoding finds the job');
my %big = (
	'JSON 1000 levels deep' => q{('{"a": ' || repeat('[', 1000) || repeat(']', 1000) || '}')::jsonb},
	'1 MB of parameters' => q{jsonb_build_object('a', repeat('x', 1000000))});
for my $what (sort keys %big)
{
	my $id = sql($node, "select run_id from jobgrid.submit('work', parameters => $big{$what})");
	is(sql($node, "select parameters = $big{$what} from jobgrid.run where run_id = $id"), 't', "$what: stored as given");
}
is(sql($node, q{select state from jobgrid.submit('work', not_before => now() + '99 years')}), 'waiting',
	'not before 99 years have gone');
is(sql($node, q{select count(*) from jobgrid.submit_many('work', '{}'::jsonb[])}), 0, 'no parameters, no runs');

# The protocol. Sessions go on after each refusal.
my $session = start_session($node, name => 'hand');
my $other = start_session($node, name => 'other');

sub refused_in
{
	my ($in, $what, $sqlstate, $query) = @_;
	my (undef, $error) = $in->query($query);
	is($error->{sqlstate}, $sqlstate, "protocol, $what") or diag($error->{message} // 'no error');
	return;
}
for my $call (q{exchange(1, '{}', 1)}, 'heartbeat(1)', 'goodbye()', q{write_output('{}')})
{
	refused_in($session, "before hello: $call", 'JG013', "select jobgrid_engine.$call");
}
refused_in($session, 'log connection of nobody', 'JG013', "select jobgrid_engine.hello_log(1, gen_random_uuid())");
my %hello = (
	'null name' => [ 'JG003', q{null, gen_random_uuid(), 1, 1, '{shell}'} ],
	'null instance' => [ 'JG003', q{'hand', null, 1, 1, '{shell}'} ],
	'null slots' => [ 'JG003', q{'hand', gen_random_uuid(), 1, null, '{shell}'} ],
	'protocol of another time' => [ 'JG010', q{'hand', gen_random_uuid(), 2, 1, '{shell}'} ],
	'no slots' => [ '23514', q{'hand', gen_random_uuid(), 1, 0, '{shell}'} ],
	'name of 129 bytes' => [ 'JG003', qq{'y$long', gen_random_uuid(), 1, 1, '{shell}'} ],
	'newline in the name' => [ 'JG003', q{E'a\nb', gen_random_uuid(), 1, 1, '{shell}'} ],
	'null array' => [ 'JG003', q{'hand', gen_random_uuid(), 1, 1, '{shell}', known => null} ],
	'a known attempt that is null' => [ 'JG003', q{'hand', gen_random_uuid(), 1, 1, '{shell}', known => '{null}'} ],
	'a known attempt of nulls' => [ 'JG003', q{'hand', gen_random_uuid(), 1, 1, '{shell}', known => '{"(,,,,,)"}'} ],
	'a known attempt in no state' => [ 'JG003', q{'hand', gen_random_uuid(), 1, 1, '{shell}', known => '{"(1,1,1,x,,)"}'} ],
	'10^6 known attempts' => [ 'JG008',
		q{'hand', gen_random_uuid(), 1, 1, '{shell}', known => array_fill('(1,1,1,ended,,)'::jobgrid_engine.known_attempt, array[1000000])} ],
	'site of 129 bytes' => [ 'JG003', q{'hand', gen_random_uuid(), 1, 1, '{shell}', site => repeat('s', 129)} ],
	'pool of no bytes' => [ 'JG003', q{'hand', gen_random_uuid(), 1, 1, '{shell}', pool => ''} ],
	'newline in the queue' => [ 'JG003', q{'hand', gen_random_uuid(), 1, 1, '{shell}', queue => E'a\nb'} ],
	'65 capabilities' => [ 'JG003', q{'hand', gen_random_uuid(), 1, 1, '{shell}', capabilities => array(select 'c' || n from generate_series(1, 65) n)} ],
	'capabilities of more than 1024 bytes' => [ 'JG003', q{'hand', gen_random_uuid(), 1, 1, '{shell}', capabilities => array(select repeat('c', 41) || n from generate_series(10, 34) n)} ],
	'a capability that is null' => [ 'JG003', q{'hand', gen_random_uuid(), 1, 1, '{shell}', capabilities => '{null}'} ],
	'a capability of 129 bytes' => [ 'JG003', q{'hand', gen_random_uuid(), 1, 1, '{shell}', capabilities => array[repeat('c', 129)]} ],
	'version of 256 bytes' => [ 'JG003', q{'hand', gen_random_uuid(), 1, 1, '{shell}', version => repeat('v', 256)} ],
	'host of 256 bytes' => [ 'JG003', q{'hand', gen_random_uuid(), 1, 1, '{shell}', host => repeat('h', 256)} ],
	'info of 9 kB' => [ 'JG003', q{'hand', gen_random_uuid(), 1, 1, '{shell}', info => jsonb_build_object('x', repeat('i', 9000))} ],
	'65 kinds' => [ 'JG003', q{'hand', gen_random_uuid(), 1, 1, array(select 'k' || n from generate_series(1, 65) n)} ],
	'tokens that are none' => [ '23514', q{'hand', gen_random_uuid(), 1, 1, '{shell}', tokens => '{"a": -1}'} ],
	'10^6 cores' => [ '23514', q{'hand', gen_random_uuid(), 1, 1, '{shell}', cpus => 1000000} ],
	'instance no uuid' => [ '22P02', q{'hand', 'x', 1, 1, '{shell}'} ]);
refused_in($session, "hello: $_", $hello{$_}[0], "select jobgrid_engine.hello($hello{$_}[1])") for sort keys %hello;
is(sql($node, 'select count(*) from jobgrid.executor'), 0, 'no refused hello has left an executor');

$session->hello;
$other->hello;
refused_in($other, 'hello with the name of another role', 'JG011',
	q{select jobgrid_engine.hello('hand', gen_random_uuid(), 1, 1, '{shell}')});
my $twin = start_session($node, name => 'hand');
refused_in($twin, 'hello with a name in use', 'JG012',
	q{select jobgrid_engine.hello('hand', gen_random_uuid(), 1, 1, '{shell}')});
my ($others_work) = $other->claim(1);
my @work = map { $session->claim(2) } 1 .. 2;
my $one = report($work[0], 'exited', exit_code => 0);
my $nulls = 'row(' . join(',', ('null') x 12) . ')::jobgrid_engine.report';
my $request = $session->{request};
my %exchange = (
	'null request' => [ 'JG003', "null, array[$one], 1" ],
	'null reports' => [ 'JG003', 'request, null, 1' ],
	'null free slots' => [ 'JG003', "request, array[$one], null" ],
	'request 0' => [ 'JG003', "0, array[$one], 1" ],
	'request of the past' => [ 'JG003', $request - 1 . ", array[$one], 1" ],
	'fewer than no slots' => [ 'JG003', "request, array[$one], -1" ],
	'too many slots' => [ 'JG003', "request, array[$one], 100001" ],
	'a report that is null' => [ 'JG003', "request, array[$one, null], 1" ],
	'a report of nulls' => [ 'JG003', "request, array[$one, $nulls], 1" ],
	'an unknown event' => [ 'JG003', "request, array[$one, " . report($work[1], 'exploded') . '], 1' ],
	'an exit without its code' => [ 'JG003', "request, array[$one, " . report($work[1], 'exited') . '], 1' ],
	'10^6 reports' => [ 'JG008', "request, array_fill($one, array[1000000]), 1" ]);
for my $what (sort keys %exchange)
{
	(my $arguments = $exchange{$what}[1]) =~ s/request/$request + 1/e;
	refused_in($session, "exchange: $what", $exchange{$what}[0], "select * from jobgrid_engine.exchange($arguments)");
}
is(sql($node, "select state from jobgrid.run where run_id = $work[0]{run_id}"), 'starting',
	'a refused exchange takes none of its reports');

my %wrong = (
	'another fence' => { %{ $work[0] }, fence => $work[0]{fence} + 1 },
	'a fence of 0' => { %{ $work[0] }, fence => 0 },
	'another attempt' => { %{ $work[0] }, attempt => 2 },
	'a run of another executor' => $others_work,
	'a run that is not there' => { %{ $work[0] }, run_id => -1 },
	'the largest run id' => { %{ $work[0] }, run_id => '9223372036854775807' });
for my $what (sort keys %wrong)
{
	for my $event (qw(started exited signalled timed_out cancelled setup_failed returned))
	{
		my @answer = $session->exchange([ report($wrong{$what}, $event, exit_code => 0) ], 0);
		is("@{[ map {@$_{qw(what run_id attempt fence)}} @answer ]}",
			"stale @{$wrong{$what}}{qw(run_id attempt fence)}", "$event for $what is stale");
	}
}
is(sql($node, "select string_agg(distinct state, ',') from jobgrid.run
	where run_id in ($work[0]{run_id}, $others_work->{run_id})"), 'starting', 'and changes nothing');

# Numbers that no clock and no kernel gives
my $huge = '9223372036854775807';
my $least = '-9223372036854775808';
is_deeply([ $session->exchange([ report($work[0], 'started', age_us => $huge) ], 0) ], [], 'a start ages ago is taken');
is_deeply([ $session->exchange([ report($work[1], 'started', age_us => $least) ], 0) ], [], 'a start to come is taken');
is(sql($node, q{select count(*) from jobgrid.run where state = 'running' and since > now() - interval '1 hour'
	and started_at <= clock_timestamp()}), 2, 'and the runs show moments of our time');
my ($written, $error) = $session->query("select * from jobgrid_engine.write_output(array[
	row($work[0]{run_id}, 1, $work[0]{fence}, 1, 'o', $huge, 'old')::jobgrid_engine.chunk,
	row($work[0]{run_id}, 1, $work[0]{fence}, 2, 'o', $least, 'new')::jobgrid_engine.chunk])");
is($error->{sqlstate}, undef, 'output of any age is taken');
is(sql($node, "select count(*) from jobgrid.logs($work[0]{run_id}) where at::text <> '' and at <= clock_timestamp()
	and at > now() - interval '1 hour'"), 2, 'and shows moments of our time');
my %extreme = (run_us => $huge, age_us => $huge, cpu_us => $huge, max_rss_kb => $huge);
my %negative = (run_us => $least, age_us => $least, cpu_us => $least, max_rss_kb => $least, signal => -1);
is_deeply([ $session->exchange([
		report($work[0], 'exited', exit_code => 2147483647, %extreme),
		report($work[1], 'exited', exit_code => -2147483648, %negative, message => "\xc3\xa9" x 100_000) ], 0) ], [],
	'ends with extreme numbers are taken');
is(sql($node, "select count(*) from (select a.*::text from jobgrid.attempt a) a"), @work + 1,
	'attempts with extreme numbers can be read');
is(sql($node, "select count(*) from (select r.*::text from jobgrid.run r where run_id <= $work[3]{run_id}) r"),
	sql($node, "select count(*) from jobgrid_engine.run where run_id <= $work[3]{run_id}"), 'and so can runs');
is(sql($node, "select octet_length(message) between 8000 and 8192 from jobgrid.run where run_id = $work[1]{run_id}"),
	't',
	'a long message is cut between letters');
is_deeply([ $session->exchange([ (report($work[2], 'exited', exit_code => 0)) x 3 ], 0) ], [],
	'an end told three times in one call is one end');
is(sql($node, "select count(*) from jobgrid.attempt where run_id = $work[2]{run_id}"), 1, 'and one attempt');
is_deeply([ $session->exchange([ report($work[2], 'exited', exit_code => 1) ], 0) ], [], 'and once more it is no news');
is(sql($node, "select state from jobgrid.run where run_id = $work[2]{run_id}"), 'succeeded', 'the first report counts');

# Output
sub chunk
{
	my ($number, $stream, $data, $fence) = @_;
	return sprintf "row(%s, 1, %s, %s, '%s', 0, %s)::jobgrid_engine.chunk", $work[3]{run_id}, $fence // $work[3]{fence},
	  $number, $stream, $data;
}
my %output = (
	'a null chunk' => [ 'JG003', 'array[null]::jobgrid_engine.chunk[]' ],
	'null data' => [ 'JG003', 'array[' . chunk(1, 'o', 'null') . ']' ],
	'an unknown stream' => [ 'JG003', 'array[' . chunk(1, 'x', "''") . ']' ],
	'a chunk over 1 MB' => [ 'JG008', 'array[' . chunk(1, 'o', q{convert_to(repeat('x', 1048577), 'utf8')}) . ']' ],
	'100,000 chunks' => [ 'JG008', 'array_fill(' . chunk(1, 'o', "''") . ', array[100000])' ]);
for my $what (sort keys %output)
{
	refused_in($session, "output: $what", $output{$what}[0], "select jobgrid_engine.write_output($output{$what}[1])");
}
is($session->query('select count(*) from jobgrid_engine.write_output(null)'), 0, 'no output at all is no error');
my $forged = chunk(1, 'o', "'x'", $work[3]{fence} + 1);
# A hello that is rolled back binds nothing and leaves nothing behind
$twin->query('begin');
is($twin->query(q{select (jobgrid_engine.hello('hand of ' || current_user, gen_random_uuid(), 1, 1, '{shell}')).executor_id > 0}),
	't', 'hello in a transaction');
$twin->query('rollback');
refused_in($twin, 'a session whose hello was rolled back', 'JG013', 'select jobgrid_engine.heartbeat(1)');
is(sql($node, 'select count(*) from jobgrid_engine.executor_stat() s
	where not exists (select from jobgrid_engine.executor e where e.executor_id = s.executor_id)'),
	0, 'shared memory knows no executor that is not there');
is($twin->query(q{begin; savepoint a; select from jobgrid_engine.hello('hand of ' || current_user, gen_random_uuid(), 1, 1,
	'{shell}'); rollback to a; commit; select 1}), 1, 'hello in a part of a transaction');
refused_in($twin, 'a session whose hello was taken back', 'JG013', 'select jobgrid_engine.heartbeat(1)');

is($session->query("select run_id from jobgrid_engine.write_output(array[$forged])"),
	$work[3]{run_id}, 'output under another fence is refused by name');
is($other->query('select run_id from jobgrid_engine.write_output(array[' . chunk(1, 'o', "'forged'") . '])'),
	$work[3]{run_id}, 'and so is output for the run of another executor');
is(sql($node, "select count(*) from jobgrid.logs($work[3]{run_id}, 1)"), 0, 'neither is stored');
$session->query('select jobgrid_engine.write_output(array[' . chunk($_, 'o', q{'\xff00fe'}) . '])') for 1, 1, 0, -1;
is(sql($node, "select string_agg(encode(data, 'hex'), ',') from jobgrid.logs($work[3]{run_id}, 1)"), 'ff00fe',
	'a chunk sent twice is stored once, any bytes, counted from 1');
is($session->query(q{select jobgrid_engine.heartbeat(null, 'NaN', 'Infinity', -1)}), 'f',
	'a heartbeat takes any numbers');
refused_in($session, "a heartbeat with $_ slots", 'JG003', "select jobgrid_engine.heartbeat($_)") for -1, 100_001, 2147483647;
is($session->query(q{select jobgrid_engine.heartbeat(100000)}), 'f', 'more slots than it has are taken');
is(sql($node, 'select count(*) from jobgrid.executor where free_slots > slots'), 0, 'and not shown');
is(sql($node, 'select count(*) from jobgrid.executor e where e.*::text <> $$$$'), 2, 'and executors can be read');

# One session after another under two names: the first name must not stay taken
my $both = start_session($node, name => 'first');
$both->hello;
$both->query(q{select jobgrid_engine.hello('second', gen_random_uuid(), 1, 1, '{shell}')});
my $backend = $both->query('select pg_backend_pid()');
$both->leave;
wait_until($node, "select not exists (select from pg_stat_activity where pid = $backend)");
my $heir = start_session($node, name => 'first');
($written, $error) = $heir->query(q{select jobgrid_engine.hello('first', gen_random_uuid(), 1, 1, '{shell}')});
is($error->{sqlstate}, undef, 'a name is free when the session that had it is gone') or diag($error->{message});

# Output is written by the executor's own role alone
my $writer = start_session($node, name => 'writer');
$writer->hello;
my $log = sprintf q{select jobgrid_engine.hello_log(%s, '%s')},
	sql($node, q{select executor_id from jobgrid_engine.executor where name = 'writer'}), $writer->{instance};
my $thief = start_session($node, name => 'thief');
refused_in($thief, "another executor's log connection", 'JG013', $log);
my $own = start_session($node, name => 'writer');
(undef, $error) = $own->query($log);
is($error->{sqlstate}, undef, 'and its own');
$_->leave for $writer, $thief, $own;

# What belongs to another tenant is not there, and not what was meant
sql($node, q{insert into jobgrid.tenant (name) values ('theirs'); insert into jobgrid.queue (name, tenant) values ('their queue', 'theirs');
	insert into jobgrid.application (name, tenant) values ('their application', 'theirs')});
for my $what (qw(queue application))
{
	my $theirs = error_of($node, "select jobgrid.define_job('a', kind => 'noop', $what => 'their $what')");
	is($theirs->{sqlstate}, 'JG003', "$what of another tenant");
	my $near = error_of($node, "select jobgrid.define_job('a', kind => 'noop', $what => 'their ${what}s')");
	unlike($near->{hint}, qr/their $what'/, 'which is not suggested');
}
is(error_of($node, q{select jobgrid.submit('work', labels => jsonb_build_object('a', repeat('x', 70000)))})->{sqlstate}, 'JG008', 'labels of 70 kB');

# What comes with a connection the server does not look at; a table would hold it for ever, and no dump could be loaded
{
	local $ENV{PGOPTIONS} = "-c jobgrid.change_reason=\xff";
	my ($status, undef, $says) = $node->psql('jobgrid', 'select 1');
	is($status, 2, 'a reason that is no text of the database: no connection');
	like($says, qr/no text in the encoding of the database/, 'and why');
}

is($session->query('select 1'), 1, 'the session has lived through it all');
$_->leave for $session, $other, $twin, $heir;
is(sql($node, q{select string_agg(worker || ': ' || last_error, '; ') from jobgrid.stat_scheduler
	where last_error is not null}), '', 'no worker has met an error');
$node->stop;
unlike(slurp_file($node->logfile), qr/PANIC:|TRAP:|was terminated by signal|server process .* exited with exit code/,
	'no process crashed');
done_testing();
