# shellcheck shell=bash
# What the figures about workflows share: workflows of some shape, and how long runs of them take. To be sourced by them.
# shellcheck disable=SC2154,SC2034

# make_workflow NAME STEPS AFTER: steps s1 … of kind noop; AFTER is an SQL expression over i, a list of names.
make_workflow() {
	sql "insert into jobgrid.job (name, kind) values ('$1', 'workflow')" \
		"insert into jobgrid.job (parent, name, kind, after) select '$1', 's' || i, 'noop', $3 from generate_series(1, $2) i" >/dev/null
}

# Three steps a diamond: one, two beside each other after it; the next one after both.
diamonds="case i % 3 when 1 then case when i > 1 then array['s' || i - 2, 's' || i - 1] else '{}' end
	when 2 then array['s' || i - 1] else array['s' || i - 2] end"
chain="case when i > 1 then array['s' || i - 1] else '{}' end"

# workflow_rate NAME STEPS COUNT: steps per second of so many runs, from letting them go to the end of the last. Each step must
# have succeeded.
workflow_rate() {
	local seconds runs kept
	sql "select jobgrid.pause_queue('default', 'bench')" >/dev/null
	runs=$(sql "select min(run_id), max(run_id) from jobgrid.submit_many('$1', count => $3)")
	sql 'vacuum analyze' checkpoint
	seconds=$(as_client jobgrid "$(program drain_clock)" 250 "select jobgrid.resume_queue('default')" \
		"select not exists (select from jobgrid_engine.workflow_run) and $nothing_live")
	kept=$(sql "select count(*) from jobgrid_engine.run join jobgrid_engine.attempt using (run_id)
		where root_run between ${runs%|*} and ${runs#*|} and run_id > root_run and run.state = 'succeeded'")
	[[ $kept = $(($2 * $3)) ]] || { say "$kept of $(($2 * $3)) steps succeeded"; return 1; }
	calculate "$2 * $3 / $seconds" 1
}

# three_rates NAME STEPS COUNT
three_rates() { for _ in 1 2 3; do printf "%s\n" "$(workflow_rate "$@")"; done; }

# two_servers NAME STEPS AFTER: two that are alike, each with an executor; the second, "$suite.more", is for what is to make a
# difference. Rounds take turns between them.
two_servers() {
	local side first=$suite
	for side in "$first" "$first.more"; do
		suite=$side
		bench_server
		make_workflow "$@"
		start_executors 1 500
		workflow_rate "$1" "$2" 1 >/dev/null
	done
	suite=$first
}

# on_second COMMAND…
on_second() { (suite=$suite.more && "$@"); }

# rates_in_turns NAME STEPS COUNT: fills less and more.
rates_in_turns() {
	less=() more=()
	for _ in 1 2 3 4 5; do
		less+=("$(workflow_rate "$@")")
		more+=("$(on_second workflow_rate "$@")")
	done
	say "steps/s: ${less[*]} without, ${more[*]} with"
}

# define_jobs UNTIL: workflows of ten steps in diamonds, until there are so many jobs.
define_jobs() {
	local have
	have=$(sql 'select count(*) from jobgrid.job')
	while ((have < $1)); do
		sql "insert into jobgrid.job (name, kind) select 'other ' || w, 'workflow' from generate_series($have, least($1, $have + 20000) - 1, 11) w" \
			"insert into jobgrid.job (parent, name, kind, after) select 'other ' || w, 's' || i, 'noop', $diamonds
			 from generate_series($have, least($1, $have + 20000) - 1, 11) w, generate_series(1, 10) i" >/dev/null
		have=$(sql 'select count(*) from jobgrid.job')
	done
}

# A graph of SIZE steps in layers of a hundredth, two or three edges each; leaves the seconds of its INSERT and COMMIT.
make_graph() {
	local width=$((size / 100 + 1)) began
	sql "insert into jobgrid.job (name, kind) values ('graph', 'workflow')"
	began=$(date +%s.%N)
	sql "insert into jobgrid.job (parent, name, kind, after) select 'graph', 's' || i, 'noop', case when i <= $width then '{}' else array(
		select distinct 's' || ((i - 1) / $width - 1) * $width + 1 + abs(hashint8(i * 10 + k)) % $width from generate_series(1, 2 + i % 2) k) end
		from generate_series(1, $size) i"
	defined_s=$(calculate "$(date +%s.%N) - $began" 1)
	edges=$(sql 'select count(*) from jobgrid_engine.job_edge')
}
