# Runners and jobgrid-job as an executor starts them, with the test in the node's place: a specification, a socket for
# packets, output in files. What a test starts through this module ends with the test. It must not know any kind.
package Jobgrid::Runner;
use strict;
use warnings;
use Cwd qw(abs_path);
use Errno qw(EINTR);
use Exporter 'import';
use Fcntl qw(F_SETFD);
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use IO::Select;
use JSON::PP;
use POSIX qw(WNOHANG);
use Socket;
use Time::HiRes qw(sleep time);

our @EXPORT = qw(start run wait_until runner job_program scratch write_file read_file patience);

# The longest that anything may take; ends a test that hangs, and measures nothing.
use constant patience => 60;

my $root = abs_path(dirname(__FILE__) . '/../../..');
my $scratch = tempdir(CLEANUP => 1);
my $number = 0;
my @started;

sub scratch { return $scratch }
sub runner { my ($kind) = @_; return ($ENV{JOBGRID_RUNNERS} // "$root/executor/runners") . "/$kind" }
sub job_program { return $ENV{JOBGRID_JOB} // "$root/executor/jobgrid-job" }

sub write_file
{
	my ($path, $content) = @_;
	open my $file, '>', $path or die "could not write $path: $!\n";
	print $file $content;
	close $file or die "could not write $path: $!\n";
	return $path;
}

sub read_file
{
	my ($path) = @_;
	open my $file, '<', $path or die "could not read $path: $!\n";
	local $/;
	return scalar <$file> // '';
}

# Starts a command. Options: settings => the specification's; specification => the file's text instead; env => { more
# variables }; node => 0 for no socket; input => text for stdin; leaks => 1 to have a build with sanitizers look for
# leaks, which takes longer than most runs.
sub start
{
	my ($command, %options) = @_;
	my $self = bless { name => sprintf('%s/%03d', $scratch, ++$number) }, __PACKAGE__;
	my %env = (PATH => $ENV{PATH}, HOME => $scratch, JOBGRID_RUN_ID => 7, JOBGRID_ATTEMPT => 2, JOBGRID_FENCE => 99);
	my $there;

	$env{ASAN_OPTIONS} = join ':', $ENV{ASAN_OPTIONS} // (), 'detect_leaks=' . ($options{leaks} ? 1 : 0);
	$env{UBSAN_OPTIONS} = $ENV{UBSAN_OPTIONS} // 'print_stacktrace=1';
	$env{JOBGRID_SPECIFICATION_FILE} = write_file("$self->{name}.json", $options{specification}
		// encode_json({ kind => 'test', settings => $options{settings} // {}, parameters => {}, try => 1 }));
	if ($options{node} // 1)
	{
		socketpair($self->{node}, $there, AF_UNIX, SOCK_SEQPACKET, 0) or die "socketpair: $!\n";
		fcntl($there, F_SETFD, 0) or die "fcntl: $!\n";
		$env{JOBGRID_JOB_FD} = fileno $there;
	}
	%env = (%env, %{ $options{env} // {} });
	write_file("$self->{name}.$_", '') for qw(out err);
	my $input = defined $options{input} ? write_file("$self->{name}.in", $options{input}) : '/dev/null';

	$self->{pid} = fork() // die "could not fork: $!\n";
	if ($self->{pid} == 0)
	{
		open STDIN, '<', $input or POSIX::_exit(126);
		open STDOUT, '>', "$self->{name}.out" or POSIX::_exit(126);
		open STDERR, '>', "$self->{name}.err" or POSIX::_exit(126);
		%ENV = %env;
		exec { $command->[0] } @$command or POSIX::_exit(127);
	}
	push @started, $self;
	return $self;
}

# Starts it and waits for its end.
sub run
{
	my $self = start(@_);
	$self->wait;
	return $self;
}

# Waits for the end; gives back the exit code, or "signal N". The packets are read meanwhile.
sub wait
{
	my ($self) = @_;
	my $deadline = time + patience;
	until (defined $self->{code})
	{
		$self->read_packets(0.02);
		if (waitpid($self->{pid}, WNOHANG) == $self->{pid})
		{
			$self->{code} = $? & 127 ? 'signal ' . ($? & 127) : $? >> 8;
			$self->read_packets(0);
		}
		elsif (time > $deadline)
		{
			kill 'KILL', $self->{pid};
			die "no end after ${\patience} s; it said: ", $self->out, $self->err, "\n";
		}
	}
	return $self->{code};
}

sub code { return $_[0]->wait }
sub pid { return $_[0]{pid} }
sub out { return read_file("$_[0]{name}.out") }
sub err { return read_file("$_[0]{name}.err") }

sub read_packets
{
	my ($self, $seconds) = @_;
	return sleep $seconds if !$self->{node};
	while (IO::Select->new($self->{node})->can_read($seconds))
	{
		my $from = recv $self->{node}, my $packet, 70000, 0;
		next if !defined $from && $! == EINTR;
		return sleep $seconds if !defined $from || $packet eq '';
		push @{ $self->{packets} }, $packet;
		$seconds = 0;
	}
	return;
}

# All packets so far, or those of a verb without it.
sub packets
{
	my ($self, $verb) = @_;
	my @packets = @{ $self->{packets} // [] };
	return defined $verb ? map { /\A\Q$verb\E (.*)\z/s ? $1 : () } @packets : @packets;
}

# Waits until a function gives true, and gives that back.
sub wait_until
{
	my ($function) = @_;
	my $deadline = time + patience;
	for (;;)
	{
		my $value = $function->();
		return $value if $value;
		die "still not true after ${\patience} s\n" if time > $deadline;
		sleep 0.02;
	}
}

# Waits until a packet fits, and gives it back.
sub wait_for_packet
{
	my ($self, $pattern) = @_;
	my $deadline = time + patience;
	for (;;)
	{
		my ($found) = grep { /$pattern/ } $self->packets;
		return $found if defined $found;
		die "no packet like $pattern; packets: @{[ $self->packets ]}; output: ", $self->out, $self->err, "\n"
		  if time > $deadline;
		$self->read_packets(0.02);
	}
}

# Waits until its output has a text.
sub wait_for_output
{
	my ($self, $pattern) = @_;
	my $deadline = time + patience;
	until (($self->out . $self->err) =~ $pattern)
	{
		die "no output like $pattern, but: ", $self->out, $self->err, "\n" if time > $deadline;
		$self->read_packets(0.02);
	}
	return;
}

sub send_packet
{
	my ($self, $packet) = @_;
	send($self->{node}, $packet, 0) // die "could not send: $!\n";
	return;
}

sub close_node { my ($self) = @_; close delete $self->{node}; return }
sub signal { my ($self, $signal) = @_; kill $signal, $self->{pid}; return }

END
{
	my $status = $?;
	kill 'KILL', $_->{pid} for grep { !defined $_->{code} } @started;
	$? = $status;
}

1;
