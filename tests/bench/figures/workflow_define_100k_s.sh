# shellcheck shell=bash
# A workflow of SIZE steps by one INSERT, triggers and the check at COMMIT included.
# shellcheck disable=SC2154,SC2034

figure() {
	bench_server
	# shellcheck source=tests/bench/workflows.sh
	. tests/bench/workflows.sh
	make_graph
	value=$defined_s
	raw edges "$edges"
}
