# Sizes: commands and parameters of a megabyte, output of ten, more output than is kept, hundreds of jobs at once.
use strict;
use warnings;
use Jobgrid::Test;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('main');
my $executor = start_executor($node, slots => 50, plain => 1, arguments => [ '--output-limit', '12MB' ]);

# Too long for one argument: the shell reads it from a file. Quotes and dollars stay what they are.
sql($node, q{select jobgrid.define_job('command', command => repeat(E'# filling\n', 100000) || 'x=7; echo "$x $0"; exit $x')});
my $run = sql($node, q{select run_id from jobgrid.submit('command')});
is(wait_for_run($node, $run), 'failed|exit_code', 'a command of 1 MB runs');
is(sql($node, "select exit_code from jobgrid.run where run_id = $run"), 7, 'to its end');

sql($node, q{select jobgrid.define_job('parameters', command => 'wc -c <"$JOBGRID_PARAMETERS_FILE"; echo "${JOBGRID_PARAM_BIG-unset} $JOBGRID_PARAM_SMALL"')});
$run = sql($node, q{select run_id from jobgrid.submit('parameters', parameters => jsonb_build_object('big', repeat('x', 900000), 'small', 's'))});
is(wait_for_run($node, $run), 'succeeded|', 'parameters of almost 1 MB');
like(sql($node, "select string_agg(convert_from(data, 'utf8'), '') from jobgrid.logs($run)"), qr/^9000\d\d\nunset s$/,
	'the long one is in the file only');

sql($node, q{select jobgrid.define_job('argument', arguments => array['printf', '%s', '${big}'])});
$run = sql($node, q{select run_id from jobgrid.submit('argument', parameters => jsonb_build_object('big', repeat('x', 900000)))});
is(wait_for_run($node, $run), 'failed|setup_failed', 'an argument that the system cannot pass');
like(sql($node, "select message from jobgrid.run where run_id = $run"), qr/argument/, 'and the message says so');

# Every byte, in order
sql($node, q{select jobgrid.define_job('bytes', command => 'yes "$(printf "\377\001z")" | head -c 10000000')});
$run = sql($node, q{select run_id from jobgrid.submit('bytes')});
is(wait_for_run($node, $run), 'succeeded|', '10 MB of output');
is(sql($node, "select sum(length(data)), md5(string_agg(data, '' order by chunk)) = md5(decode(repeat('ff017a0a', 2500000), 'hex'))
	from jobgrid.logs($run, max_bytes => 100000000)"), '10000000|t', 'arrive as they were printed');

# More than is kept, from twenty at once: its beginning and its end are there, and how much is not between them
sql($node, q{select jobgrid.define_job('much', command => 'head -c 20000000 /dev/zero; echo done; echo bad >&2')});
my @much = split /\n/, sql($node, q{select run_id from jobgrid.submit_many('much', count => 20)});
is(wait_for_run($node, $_), 'succeeded|', 'who prints more than is kept is not harmed') for @much;
my $limit = 12 * 1024 * 1024;
is(sql($node, sprintf q{select count(distinct run_id) from unnest('{%s}'::bigint[]) as run_id,
	lateral (select sum(length(data)) filter (where stream in ('o', 'e')) as kept,
		convert_from(string_agg(data, '') filter (where stream = 'j'), 'utf8') as said from jobgrid.logs(run_id, max_bytes => 100000000)) l
	where kept = %d and said like '%%%d bytes were dropped here%%'}, join(',', @much), $limit, 20_000_009 - $limit), 20,
	'its beginning is kept, and what is not is counted');
is(sql($node, sprintf q{select count(*) from unnest('{%s}'::bigint[]) as run_id,
	lateral (select max(chunk) filter (where stream = 'j') as word, max(chunk) filter (where stream = 'o') as last_out,
		max(chunk) filter (where stream = 'e') as last_err from jobgrid.logs(run_id, max_bytes => 100000000)) l
	where word < last_out and last_out < last_err and exists (select from jobgrid.logs(run_id, after_chunk => word) c
		where c.chunk = last_out and substr(c.data, length(c.data) - 4) = convert_to(E'done\n', 'utf8'))
	and exists (select from jobgrid.logs(run_id, after_chunk => word) c where c.chunk = last_err and c.data = convert_to(E'bad\n', 'utf8'))}, join(',', @much)), 20,
	'and so are the ends of both streams, behind a word about what is missing');

# The agent's memory stayed within its bounds
my ($agent) = map { m{/proc/(\d+)/} } grep { (eval { slurp_file($_) } // '') =~ /^\d+ \(jobgrid-agent\) \S @{[ $executor->pid ]} / }
	glob '/proc/[0-9]*/stat';
my ($peak) = slurp_file("/proc/$agent/status") =~ /VmHWM:\s+(\d+) kB/;
cmp_ok($peak, '<', 64 * 1024, "the agent has needed $peak kB");

sql($node, q{select jobgrid.define_job('many', command => 'exit $((JOBGRID_RUN_ID % 3))', success_codes => '0-2')});
sql($node, q{select count(*) from jobgrid.submit_many('many', count => 600)});
wait_for_value($node, q{select count(*) from jobgrid.run where job = 'many' and state = 'succeeded' and exit_code = run_id % 3}, 600);
pass('600 jobs on 50 slots, each with its own exit code');
is($executor->stop, 0, 'the executor leaves cleanly');
done_testing();
