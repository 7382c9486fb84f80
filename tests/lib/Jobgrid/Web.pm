# A web server that does whatever a test wants a server to do, on the loopback interface. It notes every request. What
# is started here ends with the test.
package Jobgrid::Web;
use strict;
use warnings;
use Exporter 'import';
use IO::Socket::INET;
use Jobgrid::Runner qw(read_file);
use JSON::PP;
use POSIX ();

our @EXPORT = qw(serve serve_tls certificate);

my @servers;

# Starts a server. The handler gets the request (method, path, headers by lower-case name, body) and the socket, in a process of its own, and answers or does not. Options: address, scratch => folder.
sub serve
{
	my ($handler, %options) = @_;
	my $address = $options{address} // '127.0.0.1';
	my $listener = IO::Socket::INET->new(Listen => 20, LocalAddr => $address, ReuseAddr => 1) or die "cannot listen: $!\n";
	my $self = bless { address => $address, port => $listener->sockport, log => "$options{scratch}/web.@{[ $listener->sockport ]}" },
	  __PACKAGE__;

	$self->{pid} = fork() // die "could not fork: $!\n";
	if ($self->{pid} == 0)
	{
		$SIG{CHLD} = 'IGNORE';
		while (my $socket = $listener->accept)
		{
			next if fork();
			close $listener;
			eval { local $SIG{PIPE} = 'IGNORE'; $self->answer($socket, $handler) };
			print STDERR $@ if $@;
			close $socket;
			POSIX::_exit(0);
		}
		POSIX::_exit(0);
	}
	push @servers, $self;
	return $self;
}

sub answer
{
	my ($self, $socket, $handler) = @_;
	my %request = (headers => {}, body => '');

	my $line = <$socket> // return;
	@request{qw(method path)} = $line =~ /^(\S+) (\S+) HTTP/ or return;
	while (defined($line = <$socket>) && $line !~ /^\r?\n$/)
	{
		my ($name, $value) = $line =~ /^([^:]+):\s*(.*?)\r?\n$/;
		$request{headers}{ lc $name } = exists $request{headers}{ lc $name } ? 'twice' : $value;
	}
	my $length = $request{headers}{'content-length'} // 0;
	while (length $request{body} < $length) { read($socket, $request{body}, $length - length $request{body}, length $request{body}) or last }
	open my $log, '>>', $self->{log} or die "could not write $self->{log}: $!\n";
	my $body = length $request{body} > 100_000 ? length($request{body}) . ' bytes' : $request{body};
	syswrite $log, JSON::PP->new->latin1->encode({ %request, body => $body }) . "\n";
	close $log;
	binmode $socket;
	$socket->autoflush(1);
	$handler->(\%request, $socket);
	return;
}

sub url { my ($self, $path) = @_; return "http://$self->{address}:$self->{port}" . ($path // '/') }

# How many requests there were, and the last one; a long body is only its length there.
sub count { my ($self) = @_; my @lines = $self->lines; return scalar @lines }

sub last_request
{
	my ($self) = @_;
	my @lines = $self->lines;
	return @lines ? JSON::PP->new->latin1->decode($lines[-1]) : {};
}

sub lines
{
	my ($self) = @_;
	open my $log, '<', $self->{log} or return ();
	my @lines = <$log>;
	return @lines;
}

# A key and a certificate for 127.0.0.1 that is its own authority, as files folder/name.key and folder/name.pem. With -1
# days it has expired.
sub certificate
{
	my ($folder, $name, $days) = @_;
	my $file = "$folder/$name";
	my @request = (qw(openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=test -addext),
		'subjectAltName=IP:127.0.0.1', '-keyout', "$file.key", '-out', "$file.csr");
	# From 3.4 on openssl makes no certificate that ends before it begins, and can be told both.
	my @validity = $days < 0 && `openssl x509 -help 2>&1` =~ /-not_after/
	  ? qw(-not_before 20200101000000Z -not_after 20200102000000Z) : ('-days', $days);
	my @sign = (qw(openssl x509 -req -copy_extensions copy), @validity, '-in', "$file.csr", '-signkey', "$file.key", '-out', "$file.pem");
	for my $command (\@request, \@sign)
	{
		my $said = `@{[ map { quotemeta } @$command ]} 2>&1`;
		die "openssl failed: $said\n" if $?;
	}
	return $file;
}

# openssl's server: it sends the files of a folder, which hold whole answers. Gives back where it listens: on a port that
# it has found itself, so that nobody can be there before it.
sub serve_tls
{
	my ($certificate, $folder, $address) = @_;
	my $log = "$folder/tls." . @servers;
	$address //= '127.0.0.1';

	my $pid = fork() // die "could not fork: $!\n";
	if ($pid == 0)
	{
		chdir $folder or POSIX::_exit(126);
		open STDIN, '<', '/dev/null' or POSIX::_exit(126);
		open STDOUT, '>', $log or POSIX::_exit(126);
		open STDERR, '>&', \*STDOUT or POSIX::_exit(126);
		exec qw(openssl s_server -HTTP -key), "$certificate.key", '-cert', "$certificate.pem", '-accept', "$address:0"
		  or POSIX::_exit(127);
	}
	push @servers, bless { pid => $pid }, __PACKAGE__;
	for (1 .. 600)
	{
		my ($port) = -e $log && read_file($log) =~ /^ACCEPT \S+:(\d+)$/m;
		return "https://$address:$port" if $port;
		select undef, undef, undef, 0.1;
	}
	die "openssl s_server does not listen: ", read_file($log), "\n";
}

END
{
	my $status = $?;
	kill 'KILL', $_->{pid} for @servers;
	$? = $status;
}

1;
