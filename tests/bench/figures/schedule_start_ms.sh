# shellcheck shell=bash
# A restart with 10,000 schedules and one that fires each second: from the start of the scheduler's process to the commit of
# its first fire, by the server's commit timestamps. The server is down for more than a second, so that a fire is due.
# shellcheck disable=SC2154,SC2034

target='<= 2000'

figure() {
	local count=$((size / 10)) starts=()
	settings+=("track_commit_timestamp = on")
	bench_server
	# shellcheck source=tests/bench/schedules.sh
	. tests/bench/schedules.sh
	make_schedules "$count" "case n when 1 then 'every second' else 'on 2099-01-01' end"
	for _ in 1 2 3; do
		server_stop "$run/$suite"
		sleep 1.5
		server_start "$run/$suite"
		wait_until "select exists (select from jobgrid_engine.fire f, jobgrid.stat_scheduler s
			where s.worker = 'scheduler' and f.at >= s.started_at)"
		starts+=("$(sql "select extract(epoch from min(pg_xact_commit_timestamp(f.xmin)) - s.started_at) * 1000
			from jobgrid_engine.fire f, jobgrid.stat_scheduler s
			where s.worker = 'scheduler' and f.at >= s.started_at group by s.started_at")")
	done
	value=$(calculate "$(median "${starts[@]}")" 1)
	raw schedules "$count"
}
