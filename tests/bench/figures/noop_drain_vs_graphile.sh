# shellcheck shell=bash
# Drain of pre-queued no-ops through real executors, lease, fence and history kept, against graphile-worker's best,
# which keeps nothing. Each side first tries its settings once, then the best of each take turns. Beside them, a queue in
# plain SQL with the same history (floors/), drained without any executor.
# shellcheck disable=SC2154,SC2034

target='>= 2.0'

graphile_settings=('1 24 500' '1 10 500' '2 24 500') # processes, concurrency, batch
jobgrid_settings=('1 200' '1 500' '1 1000' '2 200' '2 500' '2 1000') # executors, slots of each

best_setting() {
	local best='' rate setting
	for setting in "${@:2}"; do
		rate=$("$1" "$setting")
		say "$1, settings $setting: $rate/s"
		[[ -z $best ]] || awk "BEGIN {exit !($rate > ${best%% *})}" || continue
		best="$rate $setting"
	done
	echo "${best#* }"
}

drain_graphile() {
	sql checkpoint
	# shellcheck disable=SC2086
	graphile drain "$size" $1
}

drain_jobgrid() {
	# shellcheck disable=SC2086
	start_executors $1
	drain_rate noop "$size"
}

# drain_sql CLIENTS
drain_sql() {
	local began ended kept
	as_client peer psql -X -q -v ON_ERROR_STOP=1 -v size="$size" -f tests/bench/floors/plain_queue.sql
	sql checkpoint
	began=$(date +%s.%N)
	as_client peer pgbench -n -c "$1" -t 1 -f tests/bench/floors/drain.sql >"$run/$suite/pgbench.log" 2>&1 ||
		{ cat "$run/$suite/pgbench.log" >&2; return 1; }
	ended=$(date +%s.%N)
	kept=$(as_client peer psql -X -At -c "select count(*) from floor.run where state = 'succeeded'")
	[[ $kept = "$size" ]] || { say "plain SQL: $kept of $size runs succeeded"; return 1; }
	calculate "$size / ($ended - $began)" 1
}

figure() {
	local ours theirs='' our_rates=() their_rates=() sql_rates=() clients
	bench_server
	sql "select jobgrid.define_job('noop', kind => 'noop')" >/dev/null
	start_executors 1 1
	warm_up noop
	ours=$(best_setting drain_jobgrid "${jobgrid_settings[@]}")
	stop_executors
	! have_graphile || theirs=$(best_setting drain_graphile "${graphile_settings[@]}")
	for _ in 1 2 3; do
		our_rates+=("$(drain_jobgrid "$ours")")
		stop_executors
		[[ -z $theirs ]] || their_rates+=("$(drain_graphile "$theirs")")
	done
	for clients in 1 2 4; do sql_rates+=("$(drain_sql "$clients")"); done
	raw jobgrid_per_s "$(median "${our_rates[@]}")"
	raw jobgrid_executors_slots "[${ours// /, }]"
	raw plain_sql_per_s "$(largest "${sql_rates[@]}")"
	if [[ -n $theirs ]]; then
		value=$(calculate "$(median "${our_rates[@]}") / $(median "${their_rates[@]}")" 2)
		raw graphile_per_s "$(median "${their_rates[@]}")"
		raw graphile_processes_concurrency_batch "[${theirs// /, }]"
	else
		raw skipped '"graphile-worker"'
	fi
}
