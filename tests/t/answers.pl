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

done_testing();
