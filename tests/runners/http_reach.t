# Whom runner http may reach: the node's list of addresses, and servers that can prove who they are.
use strict;
use warnings;
use Jobgrid::Runner;
use Jobgrid::Web;
use JSON::PP;
use Test::More;

my $number = 0;

# The runner with a list of its own
sub http
{
	my ($rules, %settings) = @_;
	my $file = write_file(scratch() . '/allow.' . ++$number, $rules);
	chmod 0644, $file;
	return run([ runner('http'), '--allow-file', $file ], settings => \%settings);
}

my $server = serve(sub { my (undef, $socket) = @_; print $socket "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" }, scratch => scratch());
my $port = $server->{port};

# ---- addresses

sub denied
{
	my ($rules, $url, $what) = @_;
	my $job = http($rules, url => $url, method => 'POST');
	is_deeply([ $job->code, $job->packets ], [77], "$what: denied") or diag($job->err);
	like($job->err, qr/this node does not let jobs reach \S+, nothing was sent/, "$what: and said");
	return;
}
denied('', $_, "by default $_") for "http://127.0.0.1:$port/", "http://127.1.2.3:$port/", "http://localhost:$port/", "http://[::1]:$port/",
	"http://[::ffff:127.0.0.1]:$port/", "http://0.0.0.0:$port/", "http://0:$port/", "http://[::]:$port/", "http://2130706433:$port/",
	"http://0x7f.1:$port/", "http://0177.0.0.1:$port/", 'http://169.254.169.254/latest/meta-data/', 'http://[fe80::1]/', 'http://[fd00:ec2::254]/',
	'https://169.254.170.2/', 'http://224.0.0.1/', 'http://255.255.255.255/', 'http://[ff02::1]/', 'http://[64:ff9b::a9fe:a9fe]/',
	'http://[2002:a9fe:a9fe::1]/', 'http://100.100.100.200/', 'http://168.63.129.16/';
is($server->count, 0, 'nobody was asked');

is(http("allow 127.0.0.1\n", url => $server->url)->code, 0, 'the administrator allows one');
denied("allow 127.0.0.2\n", $server->url, 'another');
denied("deny 127.0.0.0/8\nallow 127.0.0.1\n", $server->url, 'the first match counts');
is(http("# comment\n\n  allow\t127.0.0.1/32 # the server\ndeny 0.0.0.0/0\ndeny ::/0\n", url => $server->url)->code, 0, 'an allowed one among all denied');
denied("deny 0.0.0.0/0\ndeny ::/0\n", 'http://192.0.2.1/', 'everything');
is(http("allow 127.0.0.0/8\n", url => "http://[::ffff:127.0.0.1]:$port/")->code, 0, 'IPv4 in disguise is allowed as IPv4');

# No list is no reason to do without: what cannot be read or could be anybody's sends nothing
sub unsure
{
	my ($file, $pattern, $what) = @_;
	my @command = (runner('http'), '--allow-file', $file);
	my $asked = $server->count;
	my $job = run(\@command, settings => { url => $server->url });
	is($job->code, 78, "$what: nothing is sent");
	like($job->err, $pattern, "$what: and said");
	is($server->count, $asked, "$what: nobody was asked");
	my $probe = run([ @command, '--probe' ]);
	is($probe->code, 1, "$what: the probe fails");
	like($probe->out, qr/\A.*$pattern.*\n\z/, "$what: and says why in one line");
	return;
}
my $good = write_file(scratch() . '/good', "allow 127.0.0.0/8\n");
for my $mode (0664, 0646, 0666)
{
	chmod $mode, $good;
	unsure($good, qr/may be written by others/, sprintf 'mode %o', $mode);
}
chmod 0644, $good;
is(run([ runner('http'), '--allow-file', $good, '--probe' ])->code, 0, 'mode 644: the probe is content');
is(run([ runner('http'), '--allow-file', scratch() . '/none', '--probe' ])->code, 0, 'no list: the probe is content');
my $bad = write_file(scratch() . '/bad', "allow 127.0.0.0/8\nalow 10.0.0.0/8\n");
chmod 0644, $bad;
unsure($bad, qr/line 2: "allow" or "deny" expected, "alow" found/, 'a typing mistake');
unsure(scratch(), qr/is not a regular file/, 'a folder');
SKIP:
{
	skip 'root reads everything', 5 if $> == 0;
	chmod 0, $bad;
	unsure($bad, qr/Permission denied/, 'a file that cannot be read');
}

# ---- certificates

my $folder = scratch() . '/tls';
mkdir $folder;
write_file("$folder/ok", "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello");
write_file("$folder/plain", "HTTP/1.0 302 Found\r\nLocation: " . $server->url . "\r\n\r\n");
my $certificate = certificate($folder, 'good', 10);
my $expired = certificate($folder, 'expired', -1);
my $loopback = "allow 127.0.0.0/8\n";
my $tls = serve_tls($certificate, $folder);

my $job = http($loopback, url => "$tls/ok", ca_file => "$certificate.pem");
is_deeply([ $job->code, $job->out ], [ 0, 'hello' ], 'a certificate of the authority that is trusted') or diag($job->err);
for my $case ([ {}, 'of an authority that nobody knows' ], [ { ca_file => "$expired.pem" }, 'of another authority' ])
{
	$job = http($loopback, url => "$tls/ok", method => 'POST', %{ $case->[0] });
	is_deeply([ $job->code, $job->packets ], [69], "a certificate $case->[1]: not sent") or diag($job->err);
	like($job->err, qr/certificate.*nothing was sent/, "a certificate $case->[1]: which is said");
}
$job = http($loopback, url => "$tls/ok", ca_file => '/nothing/here.pem');
is($job->code, 69, 'no file of authorities: not sent');
my $elsewhere = serve_tls($certificate, $folder, '127.0.0.2');
$job = http($loopback, url => "$elsewhere/ok", ca_file => "$certificate.pem");
is($job->code, 69, 'a certificate for another host: not sent');
like($job->err, qr/127\.0\.0\.2.*nothing was sent/, 'which is said');
my $late = serve_tls($expired, $folder);
$job = http($loopback, url => "$late/ok", ca_file => "$expired.pem");
is($job->code, 69, 'an expired certificate: not sent');
like($job->err, qr/expired.*nothing was sent/, 'which is said');

my $asked = $server->count;
$job = http($loopback, url => "$tls/plain", ca_file => "$certificate.pem", follow => 5);
is($job->code, 22, 'a redirect from https to http is not followed');
like($job->err, qr/redirected from https to http:/, 'which is said');
is($server->count, $asked, 'nobody was asked');
done_testing();
