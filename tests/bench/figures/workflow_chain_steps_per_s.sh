# shellcheck shell=bash
# One chain of SIZE/100 steps, one after the other: nothing can be gathered into batches.
# shellcheck disable=SC2154,SC2034

figure() {
	local steps=$((size / 100 + 1)) rates
	bench_server
	# shellcheck source=tests/bench/workflows.sh
	. tests/bench/workflows.sh
	make_workflow work "$steps" "$chain"
	start_executors 1 10
	workflow_rate work "$steps" 1 >/dev/null
	mapfile -t rates < <(three_rates work "$steps" 1)
	value=$(median "${rates[@]}")
	raw steps "$steps"
}
