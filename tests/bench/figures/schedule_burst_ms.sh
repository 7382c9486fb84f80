# shellcheck shell=bash
# 10,000 schedules that fire in the same second: from that second to the commit of the last of their runs, by the server's
# commit timestamps, with an executor that drains them meanwhile. No run may have been made before its time.
# shellcheck disable=SC2154,SC2034

target='<= 1000'

figure() {
	local count=$((size / 10)) at seconds bursts=()
	settings+=("track_commit_timestamp = on")
	bench_server
	start_executors 1 500
	# shellcheck source=tests/bench/schedules.sh
	. tests/bench/schedules.sh
	make_schedules "$count" "'on 2099-01-01'"
	# The first time partitions and lanes are made; that is nobody's measurement.
	for _ in 1 2 3 4; do
		at=$(sql "select to_char(clock_timestamp() + interval '8 s', 'YYYY-MM-DD \"at\" HH24:MI:SS')")
		sql "update jobgrid.schedule set schedule = 'on $at'"
		wait_until 'select not exists (select from jobgrid_engine.fire_cursor where edited)'
		at=${at/at /}
		wait_until "select clock_timestamp() > '$at+00'::timestamptz
			and not exists (select from jobgrid_engine.fire_cursor where next_at < 'infinity') and $nothing_live"
		seconds=$(sql "select extract(epoch from max(pg_xact_commit_timestamp(xmin)) - '$at+00') from jobgrid_engine.fire
			where scheduled_for = '$at+00' and outcome = 'run' having count(*) = $count and min(at) >= '$at+00'")
		[[ -n $seconds ]] || { say "not all of $count schedules fired at $at"; return 1; }
		bursts+=("$seconds")
	done
	value=$(calculate "$(median "${bursts[@]:1}") * 1000" 1)
	raw largest_ms "$(calculate "$(largest "${bursts[@]:1}") * 1000" 1)"
	raw schedules "$count"
}
