# What is asked about conditions and workflows while they are at work: why, graph, critical_path, eta, impact.
use strict;
use warnings;
use Jobgrid::Test;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('main');

sub ask { return sql($node, $_[0]) }
sub submit { return ask("select run_id from jobgrid.submit('$_[0]')") }

# The newest run of a job.
sub run_of { return ask("select max(run_id) from jobgrid.run where job = '$_[0]'") }

sub end_step
{
	my ($job, $outcome, $more) = @_;
	wait_until($node, "select state = 'running' from jobgrid.run where run_id = (select max(run_id) from jobgrid.run where job = '$job')");
	return ask('select state from jobgrid.report_outcome(' . run_of($job) . ", '$outcome'" . ($more // '') . ')');
}

# Object and detail of each row, moments left out.
sub why
{
	my ($of) = @_;
	return ask("select concat_ws(' ', blocker, object, regexp_replace(detail, '\\d{4}-\\d\\d-\\d\\d [0-9:]+ UTC', 'T', 'g')) from jobgrid.why($of)");
}

ask(<<'EOS');
insert into jobgrid.global_value (name, value) values ('REGION', 'US');
select jobgrid.define_job(n, kind => 'external') from unnest('{feed,other}'::text[]) n;
select jobgrid.define_job('waits', kind => 'noop', after => '{feed}',
	condition => 'value(REGION) = ''EU'' or (exitcode(feed) >= 4 and not failed(other))');
select jobgrid.define_job('quiet', kind => 'noop', condition => 'notrunning(other) and succeeded(feed) within ''2 hours''');
select jobgrid.define_job('astray', kind => 'noop', condition => 'succeeded(fed) and value(NONE) = 1', unknown_names => 'warn');
select count(*) from jobgrid.define_workflow('eod', '[
	{"name": "load_fx", "kind": "external"}, {"name": "load_eq", "kind": "external"}, {"name": "check", "kind": "external"},
	{"name": "calc", "kind": "external", "after": ["load_fx", "load_eq"]},
	{"name": "repair", "kind": "external", "condition": "failed(check)"},
	{"name": "two", "kind": "external", "after": ["load_fx", "load_eq", "check"], "join_rule": "2"},
	{"name": "close", "after": ["calc"], "steps": [{"name": "post", "kind": "external"}, {"name": "seal", "kind": "external", "after": ["post"]}]}
	]', timeout => '1 day');
EOS

# Conditions outside of workflows
my $day = ask("select business_date from jobgrid.business_day()");
my $waits = submit('waits');
wait_until($node, "select unmet > 0 from jobgrid_engine.pending where run_id = $waits");
is(why($waits), <<"EOS" =~ s/\n\z//r, 'a condition that is more than all of its atoms: the whole, then each');
condition succeeded(feed) and (value(REGION) = 'EU' or exitcode(feed) >= 4 and not failed(other)) 0 of 4 are true
condition succeeded(feed) not decided yet: job "feed" has not ended yet; no run of it is live
condition value(REGION) = 'EU' false: REGION is 'US'
condition exitcode(feed) >= 4 not decided yet: job "feed" has not ended yet; no run of it is live
condition failed(other) not decided yet: job "other" has not ended yet; no run of it is live
EOS
is(ask("select hint from jobgrid.why($waits) where object = 'succeeded(feed)'"), "SELECT * FROM jobgrid.submit('feed', business_date => '$day');", 'what to type: a submission');
is(ask("select hint from jobgrid.why($waits) where object like 'value(REGION) =%'"), "SELECT jobgrid.set_value('REGION', 'EU');", 'or a value');
my $feed = submit('feed');
is(ask("select hint from jobgrid.why($waits) where object = 'succeeded(feed)'"), "SELECT * FROM jobgrid.why($feed);", 'or the run that it waits for');
end_step('feed', 'failed', ', exit_code => 5');
wait_until($node, "select met from jobgrid_engine.pending_on where run_id = $waits and kind = 'x'");
like(why($waits), qr/^condition succeeded\(feed\) false: run $feed failed at T, exit code 5$/m, 'how its upstream ended');
like(why($waits), qr/^condition exitcode\(feed\) >= 4 true: run $feed failed at T, exit code 5$/m, 'what is met is shown too');
is(ask("select since > now() - interval '1 hour' and since <> (select since from jobgrid_engine.pending where run_id = $waits)"
	  . " from jobgrid.why($waits) where object like 'exitcode%'"), 't', 'since when');
is(ask("select hint from jobgrid.why($waits) where object = 'succeeded(feed)'"), "SELECT * FROM jobgrid.why($feed); SELECT * FROM jobgrid.rerun($feed);", 'a rerun');
my $other = submit('other');
wait_until($node, "select state = 'running' from jobgrid.run where run_id = $other");
my $quiet = submit('quiet');
wait_until($node, "select unmet > 0 from jobgrid_engine.pending where run_id = $quiet");
is(why($quiet), <<"EOS" =~ s/\n\z//r, 'of a plain condition what is missing');
condition notrunning(other) false: run $other of it is running
condition succeeded(feed) within '2 hours' false: run $feed failed at T, exit code 5
EOS
my $astray = submit('astray');
wait_until($node, "select unmet > 0 from jobgrid_engine.pending where run_id = $astray");
is(why($astray), <<'EOS' =~ s/\n\z//r, 'names that mean nothing');
condition succeeded(fed) false: job "fed" does not exist
condition value(NONE) = 1 false: there is no global value "NONE"
EOS
like(ask("select hint from jobgrid.why($astray) where object = 'succeeded(fed)'"), qr/^Did you mean "feed"\?/, 'and what was probably meant');

# A running workflow
my $eod = submit('eod');
wait_until($node, "select count(*) = 3 from jobgrid.run where root_run = $eod and state = 'running'");
my %run = map { $_ => run_of("eod/$_") } qw(load_fx load_eq check calc repair two close);
is(why($run{calc}), <<"EOS" =~ s/\n\z//r, 'a step that waits');
condition succeeded(load_fx) not decided yet: job "eod/load_fx" has not ended yet; run $run{load_fx} of it is running
condition succeeded(load_eq) not decided yet: job "eod/load_eq" has not ended yet; run $run{load_eq} of it is running
EOS
end_step('eod/load_fx', 'succeeded');
wait_until($node, "select state = 'succeeded' from jobgrid_engine.member where run_id = $run{load_fx}");
is(why($run{two}), <<"EOS" =~ s/\n\z//r, 'so many of several');
condition 2 of (succeeded(load_fx), succeeded(load_eq), succeeded(check)) 1 of 3 are true
condition succeeded(load_eq) not decided yet: job "eod/load_eq" has not ended yet; run $run{load_eq} of it is running
condition succeeded(check) not decided yet: job "eod/check" has not ended yet; run $run{check} of it is running
condition succeeded(load_fx) true: run $run{load_fx} succeeded at T
EOS
end_step('eod/check', 'failed', ", message => 'no rates'");
wait_until($node, "select state = 'running' from jobgrid.run where run_id = $run{repair}");
wait_until($node, "select unfinished = 5 from jobgrid_engine.workflow_run where run_id = $eod");
like(why($eod), qr/^workflow 2 of 7 steps have ended 1 failed, 2 running, 3 waiting; it is stopped at T, its timeout\n/, 'how far a workflow is');
is(ask("select string_agg(job || ' ' || state, ', ' order by n) from (select *, row_number() over () as n from jobgrid.why($eod)) w where blocker <> 'workflow'"),
	'eod/check failed, eod/load_eq running, eod/repair running, eod/two waiting, eod/close waiting, eod/calc waiting' =~ s/eod\/two.*//r
	  . join(', ', map { "eod/$_ waiting" } sort { $run{$a} <=> $run{$b} } qw(two close calc)), 'failed, running, waiting steps in this order');

# graph and critical_path of a running workflow
is(ask("select string_agg(concat_ws(' ', step, state), ', ' order by layer, step) from jobgrid.graph($eod)"),
	'eod running, eod/check failed, eod/load_eq running, eod/load_fx succeeded, eod/calc waiting, eod/repair running, eod/two waiting, eod/close waiting, '
	  . 'eod/close/post, eod/close/seal', 'the graph of a running workflow; a nested one has yet to make its runs');
is(ask("select count(*) from jobgrid.graph(job => 'eod/calc') where run_id is not null"), 8, 'asked by a job it is that of its live run');
is(ask("select string_agg(step, ' ' order by starts_after, step) from jobgrid.critical_path($run{calc})"),
	'eod/load_eq eod/calc eod/close/post eod/close/seal', 'what runs and what comes after it decides');
is(ask("select bool_and(finished_at >= now() - interval '1 s') from jobgrid.critical_path($eod)"), 't', 'and nothing of it is over before now');

# impact says what happens then
my $foretold = ask("select string_agg(concat_ws(' ', job, effect, reason), ', ' order by job) from jobgrid.impact($run{load_eq}) where effect <> 'total'");
is($foretold, 'eod/calc skipped upstream_failed, eod/close skipped upstream_failed, eod/close/post skipped upstream_failed, '
	  . 'eod/close/seal skipped upstream_failed, eod/two skipped upstream_failed', 'what a failure would do');
is(ask("select string_agg(concat_ws(' ', job, effect, reason), ', ' order by depth, job) from jobgrid.impact($run{load_eq}, outcome => 'succeeded') where effect <> 'total'"),
	'eod/calc starts, eod/two starts, eod/close waits, eod/close/post waits, eod/close/seal waits', 'what a success would do');
end_step('eod/load_eq', 'failed');
wait_until($node, "select count(*) = 3 from jobgrid.run where root_run = $eod and state = 'skipped'");
is(ask("select string_agg(concat_ws(' ', job, state, reason), ', ' order by job) from jobgrid.run where root_run = $eod and state = 'skipped'"),
	'eod/calc skipped upstream_failed, eod/close skipped upstream_failed, eod/two skipped upstream_failed', 'is what it does');
is(why($run{calc}), "upstream_failed external run $run{load_eq} of eod/load_eq failed", 'why a step was skipped');
is(why($run{close}), "upstream_failed workflow run $run{calc} of eod/calc skipped (upstream_failed)", 'or one after it');
is(ask("select string_agg(concat_ws(' ', job, effect, reason), ', ' order by depth, job) from jobgrid.impact($run{repair}, outcome => 'succeeded') where effect <> 'total'"),
	'eod ends failed', 'the last end is that of the workflow');
is(ask("select string_agg(concat_ws(' ', job, effect), ', ' order by depth, job) from jobgrid.impact($run{load_eq}, outcome => 'succeeded') where effect <> 'total'"),
	'eod/calc starts, eod/two starts, eod/close waits', 'what a rerun that succeeds would bring back');
ask("select jobgrid.rerun($run{load_eq})");
my $again = run_of('eod/load_eq');
wait_until($node, "select count(*) = 4 from jobgrid.run where root_run = $eod and state in ('waiting', 'running') and job in ('eod/load_eq', 'eod/calc', 'eod/two', 'eod/close')");
is(ask("select run_id || ' ' || state from jobgrid.graph($eod) where step = 'eod/load_eq'"), "$again running", 'of a step that is run again the newest run counts');
is(ask("select count(distinct step) = count(*) from jobgrid.graph($again)"), 't', 'asked by that run too');
end_step('eod/load_eq', 'succeeded');
wait_until($node, "select count(*) = 2 from jobgrid.run where root_run = $eod and state = 'running' and job in ('eod/calc', 'eod/two')");
ok(1, 'and they start');
end_step("eod/$_", 'succeeded') for qw(calc two repair close/post close/seal);
is(wait_for_run($node, $eod), 'failed|member_failed', 'the workflow ends');
is(ask("select string_agg(step, ' ' order by starts_after, step) from jobgrid.critical_path($eod)"),
	'eod/load_eq eod/calc eod/close/post eod/close/seal', 'which steps decided');
is(ask("select count(*) from jobgrid.graph($eod) where layer > 0 and finished_at is null"), 0, 'all has its end in the graph');

# eta, by runs that the engine made
ask(q{select count(*) from jobgrid.define_workflow('hist', '[{"name": "a", "kind": "external"}, {"name": "b", "kind": "external", "after": ["a"]}]');
	select jobgrid.define_job('after hist', kind => 'noop', after => '{hist}')});
like(ask("select note from jobgrid.eta(job => 'hist')"), qr/^not enough history: no run of job "hist"/, 'without history nothing is foretold');
my @runs = map { submit('hist') } 1 .. 12;
for my $step (qw(a b))
{
	wait_until($node, "select count(*) = 12 from jobgrid.run where job = 'hist/$step' and state = 'running'");
	ask("select jobgrid.report_outcome(run_id, 'succeeded') from jobgrid.run where job = 'hist/$step' and state = 'running'");
}
wait_until($node, "select count(*) = 12 from jobgrid.run where job = 'hist' and state = 'succeeded'");
is(ask("select runs, p50 <= p90, p50 > expected_start, p90 < now() + interval '5 minutes', note from jobgrid.eta(job => 'hist')"),
	'12|t|t|t|no run of it is live: as if it began now', 'by twelve runs');
my $next = ask("select min(d)::date from jobgrid.job j, generate_series(date '$day' + 1, date '$day' + 70, '1 day') d where j.full_name = 'hist'"
	  . " and jobgrid_engine.day_type(j.job_id, d::date) = jobgrid_engine.day_type(j.job_id, '$day')");
my ($live, $after) = map { ask("select run_id from jobgrid.submit('$_', business_date => '$next')") } 'hist', 'after hist';
wait_until($node, "select state = 'running' from jobgrid.run where root_run = $live and job = 'hist/a'");
wait_until($node, "select unmet > 0 from jobgrid_engine.pending where run_id = $after");
is(ask("select state, runs, p50 <= p90, p50 >= now() - interval '1 s', note from jobgrid.eta($live)"), 'running|12|t|t|', 'of a running one');
is(ask("select job, p50 <= (select p50 from jobgrid.eta($live)) from jobgrid.eta(" . run_of('hist/b') . ")"), 'hist/b|t', 'and of a step');
like(ask("select detail from jobgrid.why(" . run_of('hist/b') . ") where blocker = 'expected_start'"), qr/^expected to start in about [0-9:]+, by the last 12 runs/,
	'why says when a step is expected to start');
like(ask("select detail from jobgrid.why($after) where blocker = 'expected_start'"), qr/^expected to start in about/, 'and a job that waits for it');
is(ask("select count(*) from jobgrid.why($waits) where blocker = 'expected_start'"), 0, 'and nothing where nobody can tell');
end_step('hist/a', 'succeeded');
end_step('hist/b', 'succeeded');
wait_for_run($node, $live);
is(ask("select p50 = (select finished_at from jobgrid.run where run_id = $live), note from jobgrid.eta($live)"), 't|it is over', 'of one that is over');

done_testing();
