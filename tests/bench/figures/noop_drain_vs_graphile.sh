# shellcheck shell=bash
# Drain of pre-queued no-ops through real executors, lease, fence and history kept, against graphile-worker's best,
# which keeps nothing. Each side first tries its settings once, then the best of each take turns.
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

figure() {
	local ours theirs='' our_rates=() their_rates=()
	bench_server
	sql "select jobgrid.define_job('noop', kind => 'noop')" >/dev/null
	ours=$(best_setting drain_jobgrid "${jobgrid_settings[@]}")
	stop_executors
	! have_graphile || theirs=$(best_setting drain_graphile "${graphile_settings[@]}")
	for _ in 1 2 3; do
		our_rates+=("$(drain_jobgrid "$ours")")
		stop_executors
		[[ -z $theirs ]] || their_rates+=("$(drain_graphile "$theirs")")
	done
	raw jobgrid_per_s "$(median "${our_rates[@]}")"
	raw jobgrid_executors_slots "[${ours// /, }]"
	if [[ -n $theirs ]]; then
		value=$(calculate "$(median "${our_rates[@]}") / $(median "${their_rates[@]}")" 2)
		raw graphile_per_s "$(median "${their_rates[@]}")"
		raw graphile_processes_concurrency_batch "[${theirs// /, }]"
	else
		raw skipped '"graphile-worker"'
	fi
}
