# Ways to the database: several hosts of which some are dead, one that refuses, none for a while. And what the command
# line refuses.
use strict;
use warnings;
use IO::Socket::INET;
use IPC::Run ();
use Jobgrid::Test;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('main');
sql($node, q{select jobgrid.define_job('job', command => 'true')});

# A host that takes connections and never says a word, one that nobody listens on, and the server
my $mute = IO::Socket::INET->new(Listen => 5, LocalAddr => '127.0.0.1') or die "cannot listen: $!";
my $closed = IO::Socket::INET->new(Listen => 5, LocalAddr => '127.0.0.1') or die "cannot listen: $!";
my @ports = ($mute->sockport, $closed->sockport, $node->port);
close $closed;
my $begun = time;
my $executor = start_executor($node, database => sprintf('host=127.0.0.1,127.0.0.1,%s port=%s dbname=jobgrid user=executor_node1',
		$node->host, join(',', @ports)));
cmp_ok(time - $begun, '<', 8, 'a mute host and a dead one cost no time-out');
is(wait_for_run($node, sql($node, q{select run_id from jobgrid.submit('job')})), 'succeeded|', 'work is done');
is($executor->stop, 0, 'it leaves cleanly');

my $folder = PostgreSQL::Test::Utils::tempdir();
my $program = $ENV{JOBGRID_EXECUTOR} // 'jobgrid-executor';
wait_for_value($node, q{select state from jobgrid.executor where executor = 'node1'}, 'offline');
$node->stop;
my $log = '';
my $early = IPC::Run::start([ $program, '--name', 'node1', '--work-dir', $folder, '--database',
	$node->connstr('jobgrid') . ' user=executor_node1' ], '<', \undef, '>&', \$log, IPC::Run::timeout(120));
$early->pump until $log =~ /could not connect/;
$node->start;
wait_until($node, q{select state = 'online' from jobgrid.executor where executor = 'node1'});
pass('a server that starts later is found');
$early->signal('TERM');
$early->finish;
is($early->full_result(0), 0, 'it leaves cleanly');

# 2 for what was asked for, 1 for what the machine does not give
my $status = 2;
sub refuses
{
	my ($message, @arguments) = @_;
	my ($out, $err) = ('', '');
	IPC::Run::run([ $program, @arguments ], '<', \undef, '>', \$out, '2>', \$err, IPC::Run::timeout(30));
	is($? >> 8, $status, "refuses @arguments");
	like($err, $message, 'and says why');
	return;
}
append_to_file("$folder/config", "slots = 3\nslot = 4\n");
refuses(qr/unrecognized setting "slot"/, '--config', "$folder/config");
refuses(qr/line 2/, '--config', "$folder/config");
refuses(qr/"slots".*not between/, '--slots', 0);
refuses(qr/absolute path/, '--work-dir', 'here');
refuses(qr/unexpected argument "what"/, 'what');
refuses(qr/option "--nonsense" is unknown/, '--nonsense');
refuses(qr/option "-x" is unknown/, '-x');
refuses(qr/option "--name" needs a value/, '--name');
refuses(qr/option "--debug=3" takes no value/, '--debug=3');
# Only libpq can tell, so the agent says it; starting it again for ever would hide that.
refuses(qr/missing "=" after "a".*\n.*cannot work with these settings/s, '--work-dir', $folder,
	'--database', 'host=/with a space dbname=jobgrid');
$status = 1;
refuses(qr/user "no such user" does not exist/, '--work-dir', $folder, '--job-user', 'no such user');
refuses(qr/not the executor's user/, '--work-dir', $folder, '--job-user', 'root');
$executor = start_executor($node);
my ($work) = slurp_file("/proc/" . $executor->pid . '/cmdline') =~ /--work-dir\0([^\0]+)/;
refuses(qr/another executor uses work directory/, '--work-dir', $work);
is($executor->stop, 0, 'the first one is not harmed');

# Who may not, and a database that has nothing of ours, are told in words.
sub told
{
	my ($database, $message, $what) = @_;
	my $words = '';
	my $other = IPC::Run::start([ $program, '--name', 'node3', '--work-dir', PostgreSQL::Test::Utils::tempdir(),
		'--database', $database ], '<', \undef, '>&', \$words, IPC::Run::timeout(60));
	$other->pump until $words =~ /does not take this executor.*\n/;
	$other->signal('TERM');
	$other->finish;
	like($words, $message, $what);
	unlike($words, qr/LINE 1|\^/, 'without the place in a statement');
	return;
}
sql($node, 'create role outsider login');
told($node->connstr('jobgrid') . ' user=outsider',
	qr/role "outsider" is not a member of jobgrid_executor; GRANT jobgrid_executor TO "outsider";/, 'no executor');
told($node->connstr('postgres') . ' user=executor_node1', qr/database "postgres" has no Jobgrid/, 'another database');

# Jobs that name no directory leave what they write in the home they are given.
my $home = PostgreSQL::Test::Utils::tempdir();
$executor = start_executor($node, name => 'node2', arguments => [ '--job-home', $home ]);
sql($node, q{select jobgrid.define_job('where', command => 'pwd; echo $HOME; touch here', executor => 'node2')});
my $run = sql($node, q{select run_id from jobgrid.submit('where')});
is(wait_for_run($node, $run), 'succeeded|', 'a job without a directory');
is(sql($node, "select string_agg(convert_from(data, 'UTF8'), '') from jobgrid.logs($run)"), "$home\n$home\n", 'is at home');
ok(-e "$home/here", 'and leaves its files there');
is($executor->stop, 0, 'the executor leaves cleanly');
done_testing();
