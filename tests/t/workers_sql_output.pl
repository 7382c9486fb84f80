# What SQL jobs say: how much of it is kept as output, and what the server's log has of it.
use strict;
use warnings;
use Jobgrid::Test;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('main');
sql($node, 'create role worker login');

sub job
{
	my ($name, $command, $more) = @_;
	sql($node, "select jobgrid.define_job('$name', kind => 'sql', sql_role => 'worker', command => \$c\$$command\$c\$"
		  . ($more ? ", $more" : '') . ')');
	return;
}

sub ended
{
	my ($name, $expected) = @_;
	my $run = sql($node, "select run_id from jobgrid.submit('$name')");
	is(wait_for_run($node, $run), $expected // 'succeeded|', "$name has ended");
	return $run;
}

# Length and last line of one stream. A text that is not valid, or has a NUL in it, is an error.
sub size_and_end
{
	my ($run, $stream) = @_;
	return sql($node, "select octet_length(data), (regexp_match(convert_from(data, 'UTF8'), '[^\\n]*\\n\$'))[1]
		from jobgrid.logs($run) where stream = '$stream'");
}

# Characters of three bytes, so that two of three shifts would cut one.
for my $shift ('a', 'ab', 'abc')
{
	job("long $shift", "do \$\$ begin raise notice '$shift%', repeat('€', 30000); raise notice 'more'; end \$\$");
	my ($size) = split /\|/, size_and_end(ended("long $shift"), 'e');
	cmp_ok($size, '>', 65000, 'most of the room is used');
	cmp_ok($size, '<=', 65536, 'and no more');
}
my $loud = q{do $$ begin for i in 1..20000 loop raise notice 'line % ä', i; end loop; end $$};
job('many', $loud);
my $run = ended('many');
like(size_and_end($run, 'e'), qr/^655\d\d\|.*\[cut\]$/, 'what is cut says so');
like(sql($node, "select convert_from(data, 'UTF8') from jobgrid.logs($run)"), qr/^NOTICE:  line 1 ä\n.*\[cut\]$/s, 'after its beginning');

job('less', $loud, q{output_limit => '1 kB'});
like(size_and_end(ended('less'), 'e'), qr/^(?:10[012]\d|9\d\d)\|.*\[cut\]$/, 'output_limit, where it is less');
job('few', q{do $$ begin raise notice 'few'; end $$}, q{output_limit => '19 bytes'});
like(size_and_end(ended('few'), 'e'), qr/^13\|NOTICE:  few$/, 'what just fits is whole');
job('tiny', $loud, q{output_limit => '3 bytes'});
is(sql($node, 'select count(*) from jobgrid.logs(' . ended('tiny') . ')'), 0, 'a limit that has no room for the mark');
job('wrong at length', q{do $$ begin raise exception '%', repeat('€', 30000); end $$});
like(size_and_end(ended('wrong at length', 'failed|sql_error'), 'j'), qr/^163\d\d\|.*\[cut\]$/, 'errors have less room');

# The server's log: a line for an error, which names run and job.
sub log_of
{
	my ($name, $command) = @_;
	my $from = -s $node->logfile;
	job($name, $command);
	my $run = ended($name, 'failed|sql_error');
	my $log = substr(slurp_file($node->logfile), $from);
	return ($run, grep { !/LOG:  statement:/ && !/^\t/ } split /\n/, $log);
}

my ($failed, @lines) = log_of('divides', "select 'the text',\n1/0");
is(scalar @lines, 1, 'one line') or diag join "\n", @lines;
like($lines[0], qr/LOG:  run $failed of job divides has failed: 22012: division by zero$/, 'with run and job');
($failed, @lines) = log_of('raises', q{do $$ begin raise exception using message = 'so it is', detail = 'a detail', hint = 'a hint'; end $$});
is(scalar @lines, 1, 'one line') or diag join "\n", @lines;
like($lines[0], qr/LOG:  run $failed of job raises has failed: P0001: so it is$/, 'where there is more to tell');
like(sql($node, "select convert_from(data, 'UTF8') from jobgrid.logs($failed) where stream = 'j'"),
	qr/^ERROR:  so it is\nDETAIL:  a detail\nHINT:  a hint\nCONTEXT:  PL/, 'which is in the output');

unlike(slurp_file($node->logfile), qr/STATEMENT:  (?!select|set|create)/, 'a worker has no statement of its own there');
unlike(slurp_file($node->logfile), qr/was terminated by signal|TRAP:|PANIC:|exited with exit code [2-9]/, 'no process died');
$node->stop;
done_testing();
