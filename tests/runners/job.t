# jobgrid-job: each verb, what it refuses, who calls it, and a node that is not there, silent or gone.
use strict;
use warnings;
use Fcntl qw(F_SETFD);
use Jobgrid::Runner;
use JSON::PP;
use Socket;
use Test::More;
use Time::HiRes qw(time);

my $program = job_program();

sub job { my (@arguments) = @_; return run([ $program, @arguments ], leaks => 1) }

# What it sends, packet by packet
sub sends
{
	my ($arguments, $packet, $what, %options) = @_;
	my $job = run([ $program, @$arguments ], %options);
	is($job->code, 0, $what) or diag($job->err);
	is_deeply([ $job->packets ], [$packet], "$what: the packet");
	return;
}

sub refuses
{
	my ($arguments, $pattern, $what, %options) = @_;
	my $job = run([ $program, @$arguments ], %options);
	is($job->code, 2, "$what: refused");
	like($job->err, qr/\Ajobgrid-job: .*$pattern.*\n\z/, "$what: and says why");
	is_deeply([ $job->packets ], [], "$what: nothing is sent");
	return;
}

# Progress
sends([qw(progress 40)], 'progress 40', 'a percentage');
sends([qw(progress 0)], 'progress 0', 'its lower bound');
sends([qw(progress 100.000)], 'progress 100.000', 'its upper bound');
sends([ 'progress', '12.5', 'loading  books' ], 'progress 12.5 loading  books', 'a step');
sends([ qw(progress 12.5 loading all books) ], 'progress 12.5 loading all books', 'a step of several words');
sends([ 'progress', '1', "a\nb\tc\x{1}\xff\xc3\xa9" ], "progress 1 a b c \xef\xbf\xbd\xc3\xa9", 'a step is one line of UTF-8');
refuses([ 'progress', $_ ], 'not a number from 0 to 100', "progress $_")
  for '101', '100.0001', '-1', '', '40%', '1e1', '0x10', 'nan', '.5', '5.', '1,5', '0000', ' 4';
refuses(['progress'], '0 operands', 'progress without a number');
refuses([ 'progress', '1', 'x' x 65000 ], 'too long', 'a step of 65,000 bytes');

# Checkpoints: any bytes
my $bytes = join '', map { chr($_ % 256) } 0 .. 999;
my $file = write_file(scratch() . '/state', $bytes);
sends([ 'checkpoint', $file ], "checkpoint $bytes", 'a checkpoint from a file');
sends([ 'checkpoint', '-' ], "checkpoint $bytes", 'a checkpoint from standard input', input => $bytes);
sends([ 'checkpoint', '-' ], 'checkpoint ', 'an empty checkpoint');
my $longest = 65000 - length 'checkpoint ';
sends([ 'checkpoint', '-' ], 'checkpoint ' . 'x' x $longest, 'the longest checkpoint', input => 'x' x $longest);
refuses([ 'checkpoint', '-' ], 'does not fit', 'a byte more', input => 'x' x ($longest + 1));
refuses([ 'checkpoint', '-' ], 'longer than 65000', 'a checkpoint of a megabyte', input => 'x' x 1_000_000);
refuses([ 'checkpoint', '/nothing/here' ], 'No such file', 'a checkpoint from nowhere');
refuses([ 'checkpoint', scratch() ], 'Is a directory', 'a checkpoint from a folder');

# Results
sends([ 'result', '{"rows": 12}' ], 'result {"rows": 12}', 'a result');
sends([ 'result', '[]' ], 'result []', 'an array');
sends([ 'result', '@' . write_file(scratch() . '/result', "{\"a\": \"\xc3\xa9\\u0041\"}\n") ], "result {\"a\": \"\xc3\xa9\\u0041\"}\n",
	'a result from a file');
sends([ 'result', '-' ], 'result {}', 'a result from standard input', input => '{}');
refuses([ 'result', $_ ], 'result: invalid JSON', "result $_") for '', '{', '{"a":1,}', '42', 'null', '"x"', '{} {}', "{'a': 1}";
refuses([ 'result', '{"a": "x\\\\u0000 \\u0000"}' ], 'u0000', 'a NUL that the database does not take');
sends([ 'result', '{"a": "\\\\u0000"}' ], 'result {"a": "\\\\u0000"}', 'a backslash and what looks like a NUL');
refuses([ 'result', '{"a": "\\ud800"}' ], 'surrogate', 'half a surrogate pair');
refuses([ 'result', "{\"a\": \"\xff\"}" ], 'not UTF-8', 'what is not UTF-8');
refuses([ 'result', '@/nothing/here' ], 'No such file', 'a result from nowhere');
refuses([ 'result', '-' ], 'longer than 65000', 'a result that is too long', input => '["' . 'x' x 65000 . '"]');
refuses([ 'result', '{}', '{}' ], '2 operands', 'two results');

# Words
sends([ 'message', 'three books', 'had no price' ], 'message three books had no price', 'a line for the log');
sends([ 'message', '--help' ], 'message --help', 'a line that looks like an option');
sends([ 'lost', 'sent, no answer' ], 'outcome lost sent, no answer', 'an outcome that nobody knows');
refuses(['message'], '0 operands', 'a message without a text');
refuses(['lost'], '0 operands', 'lost without a text');
refuses([ 'message', 'x' x 65000 ], 'too long', 'a message of 65,000 bytes');

# What an operator says
my $waiting = start([ $program, 'receive' ]);
$waiting->send_packet($_) for 'suspend', 'messages are not this', 'message', "message stop at\n22:00";
is($waiting->code, 0, 'a message is waited for');
is($waiting->out, "stop at\n22:00\n", 'and printed; other packets are passed over');
$waiting = start([ $program, 'receive', '--timeout', '60' ]);
$waiting->send_packet('message ' . 'x' x 64000);
is($waiting->out, 'x' x 64000 . "\n", 'a long message') if $waiting->code == 0;
my $begun = time;
my $none = job(qw(receive --timeout=1));
is($none->code, 4, 'none comes in time');
cmp_ok(time - $begun, '>=', 1, 'which was waited for');
like($none->err, qr/no message came/, 'and said');
is(job('result', '{"a": [1, "b"]}')->code, 0, 'a result leaks nothing');
is(job('receive', '--timeout', '100 ms')->code, 4, 'a time with a unit');
is(job('receive', '--timeout=0')->code, 4, 'no time at all: only a look');
refuses([ 'receive', @$_ ], 'unexpected|not a number|unknown unit|out of range', "receive @$_")
  for ['--timeout=x'], [ '--timeout', '1 week' ], ['--timeout=-1'], ['--time'], [ '--timeout=1', 'x' ];
$waiting = start([ $program, 'receive' ]);
$waiting->close_node;
is($waiting->code, 1, 'the node goes away');
like($waiting->err, qr/the node has gone/, 'which is said');

# A node that reads late: what must not get lost waits for it
my $busy = start([ '/bin/sh', '-c', 'for i in 1 2 3 4 5 6 7 8; do head -c 60000 /dev/zero | "$0" checkpoint - || exit; done; "$0" message done',
	$program ]);
sleep 1;
is($busy->code, 0, 'checkpoints wait for a node that does not read');
is(scalar(grep { length == 60011 } $busy->packets), 8, 'and all arrive');
is(($busy->packets)[-1], 'message done', 'in order');
my $gone = start([ '/bin/sh', '-c', 'read -r line; exec "$0" message x', $program ], input => "go\n");
$gone->close_node;
is($gone->code, 1, 'a node that has gone');
like($gone->err, qr/could not reach the node/, 'is said to have');

# Who calls it
my $grandchild = run([ '/bin/sh', '-c', '/bin/sh -c "(\$JOB progress 5 deep) && setsid -w \$JOB message two" | cat' ], env => { JOB => $program });
is_deeply([ $grandchild->packets ], [ 'progress 5 deep', 'message two' ], 'grandchildren, also in another session, reach the node');

# Not under Jobgrid
my $alone = run([ $program, 'progress', '5' ], node => 0);
is($alone->code, 3, 'without a node');
like($alone->err, qr/does not run under Jobgrid/, 'it says so');
is(run([ $program, 'progress', '5' ], node => 0, env => { JOBGRID_JOB_FD => $_ })->code, 3, "JOBGRID_JOB_FD=$_")
  for 'x', '-1', '0', '99', '99999999999999999999', '3x', '';
like(run([ $program, 'progress', '5' ], node => 0, env => { JOBGRID_JOB_FD => 99 })->err, qr/was it closed on the way/,
	'a descriptor that was closed on the way is told apart');

socketpair(my $stream, my $other, AF_UNIX, SOCK_STREAM, 0) or die "socketpair: $!";
fcntl($stream, F_SETFD, 0) or die "fcntl: $!";
is(run([ $program, 'progress', '5' ], node => 0, env => { JOBGRID_JOB_FD => fileno $stream })->code, 3, 'another socket is not the node');

# Usage
refuses([], 'no verb', 'nothing');
refuses(['explode'], 'unknown verb "explode"', 'an unknown verb');
for my $option (qw(--help --version))
{
	my $told = run([ $program, $option ], node => 0);
	is($told->code, 0, $option);
	like($told->out, qr/jobgrid-job/, 'prints something');
	is($told->err, '', 'and complains of nothing');
}
is(run([ $program, 'progress' ], node => 0)->code, 2, 'bad usage is told before a missing node');
done_testing();
