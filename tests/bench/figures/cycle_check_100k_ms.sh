# shellcheck shell=bash
# Whether SIZE jobs wait for each other in a circle: all of a tenant's jobs and edges read and put into order, as at the
# COMMIT of an edit of many. Beside it an edit of one step, which looks at what is near.
# shellcheck disable=SC2154,SC2034

target='<= 1000'

figure() {
	local all=() one=()
	bench_server
	# shellcheck source=tests/bench/workflows.sh
	. tests/bench/workflows.sh
	make_graph
	for _ in 1 2 3 4 5; do
		all+=("$(sql "select extract(epoch from clock_timestamp() - statement_timestamp()) * 1000 from jobgrid_engine.find_cycle('default')")")
		one+=("$(sql "begin; update jobgrid.job set after = array['s1', 's' || 2 + extract(microsecond from now())::integer % ($size / 200)]
			where full_name = 'graph/s$size'; commit;
			select extract(epoch from clock_timestamp() - statement_timestamp()) * 1000")")
	done
	value=$(calculate "$(median "${all[@]}")" 1)
	raw one_edit_ms "$(calculate "$(median "${one[@]}")" 1)"
	raw edges "$edges"
}
