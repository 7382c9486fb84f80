# Runner http against a server that does what it likes: what is sent, what is made of the answer, and above all which of
# "done", "not done" and "nobody knows" it says.
use strict;
use warnings;
use IO::Socket::INET;
use Jobgrid::Runner;
use Jobgrid::Web;
use JSON::PP;
use Test::More;
use Time::HiRes qw(sleep);

my $allow = write_file(scratch() . '/http.allow', "allow 127.0.0.0/8\n");
chmod 0644, $allow;
my @http = (runner('http'), '--allow-file', $allow);

my %answers = (
	ok => "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello\n",
	empty => "HTTP/1.1 204 No Content\r\n\r\n",
	json => "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 12\r\n\r\n{\"rows\": 12}",
	bytes => "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\na\0\xff\"",
	nul => "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n[\"\\u0000\"]",
	missing => "HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\nnone\n",
	early => "HTTP/1.1 103 Early Hints\r\n\r\n");

# What a path does. A number in it is how many bytes come.
sub handle
{
	my ($request, $socket) = @_;
	my ($what, $number) = $request->{path} =~ m{^/(\w+)(?:/(\d+))?};

	return print $socket $answers{$what} if $answers{$what} && $what ne 'early';
	if ($what eq 'big')
	{
		print $socket "HTTP/1.1 200 OK\r\nContent-Length: $number\r\n\r\n";
		for (; $number > 0; $number -= 65536) { print $socket 'x' x ($number < 65536 ? $number : 65536) or last }
		write_file(scratch() . '/big.' . ($number > 0 ? 'cut' : 'whole'), '');
	}
	elsif ($what eq 'slow' || $what eq 'slowly')
	{
		print $socket $what eq 'slow' ? "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" : "HTTP/1.1 500 Oops\r\nContent-Length: 1000\r\n\r\n";
		while (print $socket 'x') { sleep 0.05 }
	}
	elsif ($what eq 'silent') { sysread $socket, my $end, 1 }
	elsif ($what eq 'early') { print $socket $answers{early}; }
	elsif ($what eq 'short') { print $socket "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nshort" }
	elsif ($what eq 'shortly') { print $socket "HTTP/1.1 500 Oops\r\nContent-Length: 1000\r\n\r\nshort" }
	elsif ($what eq 'garbage') { print $socket "garbage\r\n\r\n" }
	# else the connection ends without a word
	return;
}

my $server = serve(\&handle, scratch => scratch());

# Runs a request; settings as a list, path instead of url
sub http
{
	my ($path, %settings) = @_;
	my $options = delete $settings{options} // { leaks => !exists $settings{method} };
	return run(\@http, settings => { url => $server->url($path), %settings }, %$options);
}

# ---- what is sent

my $job = http('/ok');
is($job->code, 0, 'a GET');
is($job->out, "hello\n", 'the body is the output');
like($job->err, qr{\Ahttp\[\d+\]: GET http://127.0.0.1:\d+: status 200, 6 bytes\n\z}, 'and one line tells about it');
is_deeply([ $job->packets ], [], 'nothing is said to the node');
my $request = $server->last_request;
is_deeply([ @$request{qw(method path body)} ], [ 'GET', '/ok', '' ], 'as asked');
like(delete $request->{headers}{'user-agent'}, qr{^jobgrid-http/\d}, 'it says who asks');
is_deeply($request->{headers}, { host => "127.0.0.1:$server->{port}", accept => '*/*', 'idempotency-key' => '7/2' },
	'with an idempotency key of run and attempt, and nothing else');

for my $method (qw(POST PUT PATCH DELETE OPTIONS))
{
	is(http('/ok', method => $method, body => "a text\n")->code, 0, $method);
	$request = $server->last_request;
	is_deeply([ @$request{qw(method body)}, @{ $request->{headers} }{qw(content-type content-length idempotency-key expect)} ],
		[ $method, "a text\n", 'text/plain; charset=utf-8', 7, '7/2', undef ], "$method with a text");
	is(http('/empty', method => $method)->code, 0, "$method without a body");
	$request = $server->last_request;
	is_deeply([ @$request{qw(method body)}, $request->{headers}{'content-type'} ], [ $method, '', undef ], "$method has none then");
}
is(http('/ok', method => 'HEAD')->out, '', 'HEAD has no output');
is($server->last_request->{method}, 'HEAD', 'and is HEAD');
http('/empty', method => 'POST');
is($server->last_request->{headers}{'content-length'}, 0, 'an empty POST says so');

http('/ok', method => 'POST', body => { b => [ 1, JSON::PP::true, undef, "\x{e9}\n" ], a => {} });
$request = $server->last_request;
is_deeply(decode_json($request->{body}), { b => [ 1, JSON::PP::true, undef, "\x{e9}\n" ], a => {} }, 'a JSON body');
is($request->{headers}{'content-type'}, 'application/json', 'is called so');
http('/ok', method => 'POST', body => [], headers => { 'content-TYPE' => 'application/x-own', 'X-Empty' => '', Accept => 'text/html' });
$request = $server->last_request;
is_deeply([ @{ $request->{headers} }{qw(content-type x-empty accept)} ], [ 'application/x-own', '', 'text/html' ], 'own headers count');
http('/ok', method => 'PUT', body => 'x' x 3_000_000);
$request = $server->last_request;
is($request->{body}, '3000000 bytes', 'a body of 3 MB');
is($request->{headers}{expect}, undef, 'is sent at once');

is(http('/ok', options => { env => { map { $_ => 'http://127.0.0.1:9/' } qw(http_proxy HTTP_PROXY all_proxy ALL_PROXY) } })->code, 0,
	'no proxy from the environment');

# ---- secrets

my $secret = write_file(scratch() . '/secret', "Bearer s3cr3t\n");
my %secrets = (env => { JOBGRID_SECRET_API_TOKEN => $secret, JOBGRID_SECRET_URL => write_file(scratch() . '/url', $server->url('/ok?key=s3cr3t')) });
$job = run(\@http, settings => { url => 'secret:url', method => 'POST', headers => { Authorization => 'secret:api-token', 'X-Not' => 'a secret:api-token' },
	body => { a => ['secret:api-token'], 'secret:api-token' => 'no secret: at all' } }, %secrets);
is($job->code, 0, 'secrets');
$request = $server->last_request;
is_deeply([ $request->{path}, @{ $request->{headers} }{qw(authorization x-not)} ], [ '/ok?key=s3cr3t', 'Bearer s3cr3t', 'a secret:api-token' ],
	'in the URL and in headers, where they are all of it');
is_deeply(decode_json($request->{body}), { a => ['Bearer s3cr3t'], 'secret:api-token' => 'no secret: at all' }, 'and inside a JSON body');
unlike($job->err . $job->out, qr/s3cr3t/, 'are not printed');
http('/ok', method => 'POST', body => 'secret:api-token', options => \%secrets);
is($server->last_request->{body}, 'Bearer s3cr3t', 'a body that is one');
$job = http('/ok', headers => { A => 'secret:other' });
is($job->code, 78, 'one that was not given');
like($job->err, qr/secret "other" was not given.*JOBGRID_SECRET_OTHER/, 'is named');
$job = http('/ok', headers => { A => 'secret:x' }, options => { env => { JOBGRID_SECRET_X => write_file(scratch() . '/two', "s3cr3t\r\nHost: x\n") } });
is($job->code, 78, 'one that would begin another header');
unlike($job->err, qr/s3cr3t/, 'is refused without a word of it');

# ---- what the answer means

is(http('/missing')->code, 22, '404 is a failure');
$job = http('/missing');
like($job->err, qr/status 404 is not among those expected \(200-299\)/, 'which is said');
is($job->out, "none\n", 'its body is printed');
is(http('/missing', expect => '200-299, 404')->code, 0, 'unless it is expected');
is(http('/ok', expect => '201')->code, 22, '200 is a failure where 201 is expected');
is_deeply([ http('/missing', result => JSON::PP::true)->packets ], [], 'a failure has no result');

sub result { my (@arguments) = @_; my $run = http(@arguments, result => JSON::PP::true); return [ $run->code, $run->packets ] }
is_deeply(result('/json', method => 'POST'), [ 0, 'result {"rows": 12}' ], 'a JSON body is the result');
is_deeply(result('/ok'), [ 0, 'result {"status": 200, "body": "hello\n"}' ], 'another body is wrapped');
is_deeply(result('/empty'), [ 0, 'result {"status": 204, "body": ""}' ], 'so is none');
is_deeply(result('/bytes'), [ 0, 'result {"status": 200, "body": "a\ufffd\ufffd\""}' ], 'bytes become text');
is_deeply(result('/nul'), [ 0, 'result {"status": 200, "body": "[\"\\\\u0000\"]"}' ], 'JSON that the database does not take is a text');
is(length result('/big/60000')->[1], 60000 + length('result {"status": 200, "body": ""}'), 'a result of 60,000 bytes');
is_deeply(result('/big/65000'), [65], 'a result that no message can take');
is(http('/json', options => { node => 0 }, result => JSON::PP::true)->code, 0, 'nobody listens');
$job = http('/json', options => { env => { JOBGRID_JOB_FD => 99 } }, result => JSON::PP::true);
is($job->code, 0, 'the socket is no socket');
like($job->err, qr/JOBGRID_JOB_FD/, 'which is said');

# ---- long bodies

$job = http('/big/5000', max_body => 5000);
is_deeply([ $job->code, length $job->out ], [ 0, 5000 ], 'a body as long as it may be');
unlike($job->err, qr/longer/, 'is not too long');
$job = http('/big/10737418240', max_body => '100 kB');
is_deeply([ $job->code, length $job->out ], [ 0, 102400 ], '10 GB: what is allowed is printed, and the status counts');
like($job->err, qr/longer than max_body \(102400 bytes\); the rest was not read/, 'which is said');
wait_until(sub { -e scratch() . '/big.cut' });
pass('the rest is not read');
is(http('/big/5001', max_body => 5000, result => JSON::PP::true)->code, 65, 'a cut body is no result');

# ---- lost, and not sent

# What a path does, to what method, and what is to come of it; each under a path of its own, so that its requests can be
# counted. Those that end by a time-out run at the same time.
my $lost = qr{^lost (POST|PUT|PATCH|DELETE) http://127\.0\.0\.1:\d+: .+, after the request was sent$};
my @cases;
for my $path (qw(/closed /early /silent /slow /short))
{
	push @cases, map { { path => $path, method => $_, code => 74, what => 'failed, nothing changed' } }
	  $path =~ /slow|short/ ? qw(GET OPTIONS) : qw(GET HEAD OPTIONS);
	push @cases, map { { path => $path, method => $_, code => 75, what => 'lost' } } qw(POST DELETE);
}
push @cases, { path => '/garbage', method => 'POST', code => 75, what => 'lost' },
  map { { path => $_, method => 'POST', code => 22, what => 'failed for certain, though the body did not end' } } qw(/slowly /shortly);
my $case_number = 0;
for my $case (@cases)
{
	$case->{path} .= '/' . ++$case_number;
	my %settings = (url => $server->url($case->{path}), method => $case->{method}, $case->{path} =~ /silent|slow/ ? (timeout => '3 s') : ());
	$case->{job} = start(\@http, settings => \%settings, leaks => 1);
	$case->{job}->wait if !$settings{timeout};
}
for my $case (@cases)
{
	my ($job, $name) = ($case->{job}, "$case->{method} $case->{path}");
	is($job->code, $case->{code}, "$name: $case->{what}") or diag($job->err);
	my $said = join '|', $job->packets;
	$case->{code} == 75 ? like(($job->packets('outcome'))[0], $lost, "$name: the node is told") : is($said, '', "$name: nothing is told");
	like($job->out, qr/^x+$/, "$name: what came of the body is printed") if $name =~ /slow/;
	wait_until(sub { requests_of($case->{path}) > 0 });
}
is_deeply([ map { requests_of($_->{path}) } @cases ], [ (1) x @cases ], 'each was sent once');

sub requests_of { my ($path) = @_; return scalar(my @found = grep { /"\Q$path\E"/ } $server->lines) }

# Somebody who accepts connections and never says a word, and somebody who is not there
my $mute = IO::Socket::INET->new(Listen => 5, LocalAddr => '127.0.0.1') or die "cannot listen: $!";
my $closed = IO::Socket::INET->new(Proto => 'tcp', LocalAddr => '127.0.0.1') or die "cannot bind: $!";
my ($mute_port, $closed_port) = ($mute->sockport, $closed->sockport);
for my $case ([ "http://127.0.0.1:$closed_port/", 'refused' ], [ "https://127.0.0.1:$mute_port/", 'no TLS in time' ],
	[ "http://nothing.invalid/", 'no such host' ], [ 'https://127.0.0.1:' . $server->{port}, 'no TLS at all' ])
{
	$job = run(\@http, settings => { url => $case->[0], method => 'POST', connect_timeout => '500 ms' });
	is_deeply([ $job->code, $job->packets ], [69], "$case->[1]: not sent");
	like($job->err, qr/nothing was sent/, "$case->[1]: which is said");
}

# ---- told to stop

my $asked = $server->count;
my $stopped = start(\@http, settings => { url => $server->url('/silent'), method => 'POST' });
wait_until(sub { $server->count > $asked });
$stopped->signal('TERM');
is($stopped->code, 75, 'SIGTERM after a POST was sent: lost');
like(($stopped->packets('outcome'))[0], qr/^lost POST .* ended by a signal/, 'the node is told');
$stopped = start(\@http, settings => { url => "https://127.0.0.1:$mute_port/", method => 'POST' });
my $connection = $mute->accept; # the one of the case above
$connection = $mute->accept;
$stopped->signal('TERM');
is_deeply([ $stopped->code, $stopped->packets ], [143], 'SIGTERM before it was sent: ended');

# ---- mistakes

sub mistake
{
	my ($pattern, $what, %settings) = @_;
	my $before = $server->count;
	my $run = run(\@http, settings => { url => $server->url('/ok'), %settings });
	is($run->code, 78, "$what: refused");
	like($run->err, $pattern, "$what: and said");
	is($server->count, $before, "$what: nothing is sent");
	return;
}
mistake(qr/unrecognized setting "boby"/, 'a typing mistake', boby => 'x');
mistake(qr/"url" is missing/, 'no url', url => undef);
mistake(qr{begins with http:// or https://}, "url $_", url => $_) for 'ftp://127.0.0.1/', 'file:///etc/passwd', 'gopher://127.0.0.1/';
mistake(qr/not a URL|without a host|begins with/, "url \"$_\"", url => $_) for '', '127.0.0.1/x', 'http://', 'http://127.0.0.1:99999/';
mistake(qr/not a URL/, 'a url with a header', url => "http://127.0.0.1/\r\nX: y");
mistake(qr/user name/, 'a user name in the url', url => 'http://user:pass@127.0.0.1/');
mistake(qr/"method" is none of/, "method '$_'", method => $_) for 'TRACE', 'get', 'CONNECT', 'GET /', '';
mistake(qr/"method" is none of/, 'a method with a header', method => "GET / HTTP/1.1\r\nX:");
mistake(qr/takes no body/, 'a body with GET', body => 'x');
mistake(qr/not a name of a header/, 'a name that is none', headers => { 'X Y' => 'z' });
mistake(qr/control characters/, 'a header that would be two', headers => { X => "y\r\nZ: z" });
mistake(qr/is not the job's to set/, "header $_", headers => { $_ => 'x' }) for qw(Host content-length Transfer-Encoding Idempotency-Key EXPECT connection);
mistake(qr/"headers" is not an object/, 'headers as an array', headers => []);
mistake(qr/header "X": string expected/, 'a header that is no string', headers => { X => 1 });
mistake(qr/"expect" is numbers/, 'expect', expect => '2xx');
mistake(qr/"timeout" has an unknown unit/, 'a unit', timeout => '3 weeks');
mistake(qr/"timeout" is shorter/, 'no time', timeout => 0);
mistake(qr/"max_body" is out of range/, 'too much', max_body => '1 GB');
mistake(qr/"follow": 11 is not between 0 and 10/, 'follow', follow => 11);
mistake(qr/"ca_file" is not an absolute path/, 'ca_file', ca_file => 'ca.pem');
for my $text ('', '{', '[]', '{}', '{"settings": []}')
{
	is(run(\@http, specification => $text)->code, 78, "specification '$text'");
}
$job = run(\@http, env => { JOBGRID_SPECIFICATION_FILE => '/nothing/here' });
is($job->code, 78, 'no specification');
is(run([ @http, '--verbose' ])->code, 64, 'an unknown option');
done_testing();
