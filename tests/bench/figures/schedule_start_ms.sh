# shellcheck shell=bash
# A restart with 10,000 schedules: from the start of the server's scheduler to its first sleep, with the next fire of each
# in its agenda. Its first fire, a second after that, has to be on time.
# shellcheck disable=SC2154,SC2034

target='<= 2000'

figure() {
	local count=$((size / 10)) starts=() at
	bench_server
	# shellcheck source=tests/bench/schedules.sh
	. tests/bench/schedules.sh
	make_schedules "$count" "'on 2099-01-01'"
	for _ in 1 2 3; do
		server_stop "$run/$suite"
		server_start "$run/$suite"
		wait_until "select state = 'idle' from jobgrid.stat_scheduler where worker = 'scheduler'"
		# The round that read the agenda is the first one; the next begins with the next bell.
		starts+=("$(sql "select extract(epoch from last_wakeup - started_at) * 1000 from (
			select jobgrid_engine.ring('scheduler')) r, lateral (select * from jobgrid.stat_scheduler where worker = 'scheduler') s")")
	done
	value=$(calculate "$(median "${starts[@]}")" 1)
	raw schedules "$count"
}
