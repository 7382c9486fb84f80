# shellcheck shell=bash
# /bin/true per second through one executor, output captured, result and history kept, against bare posix_spawn at its
# best parallelism. Rounds take turns with the floor, because the price of a fork drifts with the machine. As root jobs
# are in control groups; their class is legacy, because a /tmp of its own (strict) is no part of starting a process.
# shellcheck disable=SC2154,SC2034

target='>= 0.8'
job_class=legacy

floor() {
	local parallel rates=()
	for parallel in 1 2 4 8; do rates+=("$(as_tester "$(program spawn_floor)" "$1" "$parallel" /bin/true)"); done
	largest "${rates[@]}"
}

figure() {
	local count=$((size / 20 + 1)) slots best='' rate ours=() floors=()
	bench_server
	sql "select jobgrid.define_job('true', arguments => '{/bin/true}')" >/dev/null
	start_executors 1 1
	warm_up 'true'
	for slots in 4 8 16 32 64; do
		start_executors 1 "$slots"
		rate=$(drain_rate 'true' "$count")
		say "$slots slots: $rate/s"
		[[ -z $best ]] || awk "BEGIN {exit !($rate > ${best%% *})}" || continue
		best="$rate $slots"
	done
	start_executors 1 "${best#* }"
	for _ in 1 2 3; do
		floors+=("$(floor "$count")")
		ours+=("$(drain_rate 'true' "$count")")
	done
	value=$(calculate "$(median "${ours[@]}") / $(median "${floors[@]}")")
	raw jobgrid_per_s "$(median "${ours[@]}")"
	raw floor_per_s "$(median "${floors[@]}")"
	raw runs "$count"
	raw control_groups "$(grep -o 'control group "[^"]*"' "$run/$suite/executor1.log" | sort -u | wc -l)"
	raw slots "${best#* }"
}
