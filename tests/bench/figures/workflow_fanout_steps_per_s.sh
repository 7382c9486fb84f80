# shellcheck shell=bash
# One step, SIZE/5 after it, one after all of these.
# shellcheck disable=SC2154,SC2034

figure() {
	local steps=$((size / 5 + 2)) rates
	bench_server
	# shellcheck source=tests/bench/workflows.sh
	. tests/bench/workflows.sh
	make_workflow work "$steps" "case i when 1 then '{}' when $steps then array(select 's' || k from generate_series(2, $steps - 1) k) else '{s1}' end"
	start_executors 1 500
	workflow_rate work "$steps" 1 >/dev/null
	mapfile -t rates < <(three_rates work "$steps" 1)
	value=$(median "${rates[@]}")
	raw steps "$steps"
}
