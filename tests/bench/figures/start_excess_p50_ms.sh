# shellcheck shell=bash
# From sending submit's COMMIT to the child's first instruction on an idle system, less a floor program that does three
# fdatasync, one socket wake-up and one spawn in the same minutes. graphile-worker's wake-up, which starts no process,
# is printed beside.
# shellcheck disable=SC2154,SC2034

target='<= 0.6'

figure() {
	local dir=$run/$suite samples=$((size / 300 + 1)) fifo=$run/$suite/floor/fifo p
	bench_server
	make_server_folder "$dir/floor"
	as_server_user mkfifo "$fifo"
	sql "select jobgrid.define_job('stamp', arguments => array['$(program child)', '$fifo'])" >/dev/null
	start_executors 1 4
	as_client jobgrid "$(program start_probe)" 20 "$fifo" "select jobgrid.submit('stamp')" "select $nothing_live" >/dev/null
	for _ in 1 2 3; do
		as_tester "$(program start_floor)" "$samples" "$dir/floor" "$(program child)" "$fifo" >>"$run/$suite.floor"
		as_client jobgrid "$(program start_probe)" "$samples" "$fifo" "select jobgrid.submit('stamp')" \
			"select $nothing_live" >>"$run/$suite.start"
	done
	value=$(calculate "$(percentile 50 "$run/$suite.start") - $(percentile 50 "$run/$suite.floor")")
	raw start_excess_p99_ms "$(calculate "$(percentile 99 "$run/$suite.start") - $(percentile 99 "$run/$suite.floor")")"
	for p in 50 99; do
		raw "start_p${p}_ms" "$(percentile "$p" "$run/$suite.start")"
		raw "floor_p${p}_ms" "$(percentile "$p" "$run/$suite.floor")"
	done
	raw samples "$((samples * 3))"
	stop_executors
	if have_graphile; then
		graphile wake "$samples" >"$run/$suite.graphile"
		raw graphile_wake_p50_ms "$(percentile 50 "$run/$suite.graphile")"
		raw graphile_wake_p99_ms "$(percentile 99 "$run/$suite.graphile")"
	fi
}
