# The extension is dropped and created again under executors that are connected: they count anew, and so do they.
use strict;
use warnings;
use Jobgrid::Test;
use Test::More;

my $node = new_node('main', conf => "jobgrid.heartbeat = '300ms'");
my @executors = map { start_executor($node, name => $_) } qw(one two);

sub works
{
	my ($what) = @_;
	sql($node, q{select jobgrid.define_job('hello ' || name, command => 'true', executor => name) from unnest('{one,two}'::text[]) name});
	my @runs = map { sql($node, "select run_id from jobgrid.submit('hello $_')") } qw(two one);
	is(wait_for_run($node, $_), 'succeeded|', "$what: run $_") for @runs;
	return;
}
works('at first');
sql($node, 'set client_min_messages to warning; drop extension jobgrid cascade; create extension jobgrid');
wait_for_value($node, q{select string_agg(executor || ' ' || state, ', ' order by executor) from jobgrid.executor}, 'one online, two online');
works('created anew');
is($_->stop, 0, 'an executor stops cleanly') for @executors;
done_testing();
