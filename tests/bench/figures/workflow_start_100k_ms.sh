# shellcheck shell=bash
# The start of a workflow of SIZE steps: from submit to the commit of the runs of all its steps, by the server's commit
# timestamps. It is one transaction, for which the scheduler does nothing else.
# shellcheck disable=SC2154,SC2034

figure() {
	local graph starts=()
	settings+=("track_commit_timestamp = on")
	bench_server
	# shellcheck source=tests/bench/workflows.sh
	. tests/bench/workflows.sh
	make_graph
	sql 'vacuum analyze' checkpoint
	# The first one waits for its lane, and its steps for theirs.
	for _ in 1 2 3; do
		graph=$(sql "select run_id from jobgrid.submit('graph')")
		wait_until "select exists (select from jobgrid_engine.workflow_run where run_id = $graph)"
		starts+=("$(sql "select extract(epoch from pg_xact_commit_timestamp(w.xmin) - r.submitted_at) * 1000
			from jobgrid_engine.workflow_run w join jobgrid_engine.run r using (run_id) where run_id = $graph")")
		sql "select jobgrid.cancel($graph)" >/dev/null
		wait_until "select not exists (select from jobgrid_engine.workflow_run)"
	done
	value=$(calculate "$(median "${starts[@]:1}")" 1)
	raw first_ms "$(calculate "${starts[0]}" 1)"
	raw steps "$size"
}
