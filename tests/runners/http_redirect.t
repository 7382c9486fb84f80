# Runner http and redirects: what is repeated, what becomes a GET, and that neither credentials nor bodies go to somebody
# else. Two servers; 127.0.0.2 is another host.
use strict;
use warnings;
use Jobgrid::Runner;
use Jobgrid::Web;
use JSON::PP;
use Test::More;

my $allow = write_file(scratch() . '/http.allow', "allow 127.0.0.0/8\n");
chmod 0644, $allow;
my @http = (runner('http'), '--allow-file', $allow);

# /STATUS/WHERE: status and Location; WHERE is "here", "there", "loop" or an URL in hexadecimal digits
my ($here, $there);
sub hex_url { my ($url) = @_; return unpack 'H*', $url }
sub handle
{
	my ($request, $socket) = @_;
	my ($status, $where) = $request->{path} =~ m{^/(\d+)/(\w+)};

	return print $socket "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\ndone\n" if !defined $status;
	return if $status == 0;
	my $location = $where eq 'here' ? '/done' : $where eq 'loop' ? $request->{path} : pack 'H*', $where;
	return print $socket "HTTP/1.1 $status Go\r\nLocation: $location\r\nContent-Length: 6\r\n\r\nmoved\n";
}
$here = serve(\&handle, scratch => scratch());
$there = serve(\&handle, scratch => scratch(), address => '127.0.0.2');
my $other_port = serve(\&handle, scratch => scratch());

my %headers = (Authorization => 'Bearer x', Cookie => 'c=1', 'X-Api-Key' => 'k', Accept => 'text/plain', 'Content-Type' => 'text/x');

sub http
{
	my ($path, %settings) = @_;
	return run(\@http, settings => { url => $here->url($path), %settings }, leaks => ($settings{follow} // 0) > 1);
}

# What the last request to a server was: method, path, body and the headers that the job set
sub seen
{
	my ($server) = @_;
	my $request = $server->last_request;
	return [ @$request{qw(method path body)}, map { $request->{headers}{ lc $_ } // '-' } sort keys %headers ];
}

# Not followed
for my $status (301, 302, 303, 307, 308)
{
	my $job = http("/$status/here");
	is($job->code, 22, "$status is a failure");
	is($job->out, '', "$status: its body is not printed");
	is($here->last_request->{path}, "/$status/here", "$status is not followed unasked");
}
is(http('/302/here', expect => '302')->code, 0, 'unless it is expected');
is(http('/300/here', follow => 5)->code, 22, '300 is never followed');

# Followed to the same origin
for my $case ([ 301, 'POST', 'GET' ], [ 302, 'POST', 'GET' ], [ 303, 'POST', 'GET' ], [ 303, 'PUT', 'GET' ], [ 301, 'PUT', 'PUT' ],
	[ 302, 'DELETE', 'DELETE' ], [ 307, 'POST', 'POST' ], [ 308, 'PATCH', 'PATCH' ], [ 303, 'HEAD', 'HEAD' ], [ 302, 'GET', 'GET' ])
{
	my ($status, $method, $becomes) = @$case;
	my @body = $method =~ /^(GET|HEAD)$/ ? () : (body => 'text');
	my $job = http("/$status/here", method => $method, follow => 1, headers => \%headers, @body);
	is($job->code, 0, "$status after $method is followed") or diag($job->err);
	is_deeply(seen($here), [ $becomes, '/done', $becomes eq $method && @body ? 'text' : '', map { $headers{$_} } sort keys %headers ],
		"$status after $method: $becomes, with all headers");
	is($here->last_request->{headers}{'idempotency-key'}, '7/2', "$status after $method: with the same key");
}
my $hops = '/302/' . hex_url('/302/' . hex_url('/302/here'));
is(http($hops, follow => 3)->code, 0, 'three redirects');
my $job = http($hops, follow => 2);
is($job->code, 22, 'of which two are allowed');
like($job->err, qr/redirected more than 2 times/, 'which is said');
my $before = $here->count;
is(http('/302/loop', follow => 10)->code, 22, 'a loop ends');
is($here->count - $before, 11, 'after ten redirects');

# To somebody else
for my $server ($there, $other_port)
{
	my $name = $server == $there ? 'another host' : 'another port';
	my $to = hex_url($server->url('/done'));
	is(http("/302/$to", follow => 1, headers => \%headers)->code, 0, "$name: a GET goes there");
	is_deeply(seen($server), [ 'GET', '/done', '', map { $_ eq 'Accept' ? 'text/plain' : '-' } sort keys %headers ],
		"$name: without credentials");
	is($server->last_request->{headers}{'idempotency-key'}, '7/2', "$name: with the key");
	is(http("/303/$to", follow => 1, method => 'POST', body => 'text', headers => \%headers)->code, 0, "$name: what became a GET goes there");
	is_deeply([ @{ $server->last_request }{qw(method body)} ], [ 'GET', '' ], "$name: without the body");
	is(http("/307/$to", follow => 1, method => 'DELETE', headers => \%headers)->code, 0, "$name: a DELETE without a body as well");
	is_deeply(seen($server), [ 'DELETE', '/done', '', map { $_ eq 'Accept' ? 'text/plain' : '-' } sort keys %headers ],
		"$name: without credentials");

	my $count = $server->count;
	for my $status (307, 308)
	{
		$job = http("/$status/$to", follow => 1, method => 'POST', body => 'text');
		is_deeply([ $job->code, $job->packets ], [22], "$name: $status does not send a body there");
		like($job->err, qr/redirected to http:.* not to get the body/, "$name: which is said");
	}
	is($server->count, $count, "$name: it has heard nothing");

	# There and back: what a stranger asks for is not the job's own wish
	my $back = hex_url($server->url('/302/' . hex_url($here->url('/done'))));
	is(http("/302/$back", follow => 2, headers => \%headers)->code, 0, "$name: and back");
	is_deeply(seen($here), [ 'GET', '/done', '', map { $_ eq 'Accept' ? 'text/plain' : '-' } sort keys %headers ],
		"$name: still without credentials");
}
my $secret = run(\@http, settings => { url => $here->url('/302/' . hex_url($there->url('/done'))), follow => 1, headers => { Accept => 'secret:a' } },
	env => { JOBGRID_SECRET_A => write_file(scratch() . '/a', 'hidden') });
is($there->last_request->{headers}{accept}, '*/*', 'a secret does not travel in any header');

# To nowhere good
for my $case ([ 'file:///etc/passwd', 'begins with http' ], [ 'ftp://127.0.0.1/', 'begins with http' ], [ 'http://u:p@127.0.0.1/', 'user name' ],
	[ 'http://127.0.0.1:99999/', 'not a URL' ])
{
	$job = http('/302/' . hex_url($case->[0]), follow => 5);
	is($job->code, 22, "$case->[0] is not followed");
	like($job->err, qr/redirected to what cannot be followed: .*$case->[1]/, "$case->[0]: which is said");
}
for my $target ('http://169.254.169.254/latest/meta-data/', 'http://[::ffff:169.254.169.254]/', 'http://[fe80::1]/', 'http://0.0.0.0/')
{
	$job = http('/302/' . hex_url($target), follow => 5);
	is_deeply([ $job->code, $job->packets ], [77], "$target: the node does not allow it");
	like($job->err, qr/does not let jobs reach/, "$target: which is said");
}

# What the server did before it sent us away
$job = http('/303/' . hex_url('http://169.254.169.254/'), method => 'POST', follow => 1);
is($job->code, 75, 'done, and its answer is where nobody may look: lost');
like(($job->packets('outcome'))[0], qr/^lost POST/, 'the node is told');
$job = http('/303/' . hex_url('/0/x'), method => 'POST', follow => 1);
is($job->code, 75, 'done, and its answer does not come: lost');
$job = http('/307/' . hex_url('/0/x'), method => 'GET', follow => 1);
is($job->code, 74, 'a GET that is lost on its second way');
done_testing();
