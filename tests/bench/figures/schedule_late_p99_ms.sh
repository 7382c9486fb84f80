# shellcheck shell=bash
# 10,000 schedules, each once a minute at a second that its job's name decides, so about 170 a second: from the moment a
# fire was meant for to the commit of its run, by the server's commit timestamps. Runs are drained meanwhile, as they would be.
# shellcheck disable=SC2154,SC2034

target='<= 100'

figure() {
	local count=$((size / 10)) from lates=$run/$suite/lates
	settings+=("track_commit_timestamp = on")
	bench_server
	start_executors 1 500
	# shellcheck source=tests/bench/schedules.sh
	. tests/bench/schedules.sh
	make_schedules "$count" "'H * * * * *'"
	from=$(sql "select date_trunc('second', clock_timestamp()) + interval '2 s'")
	sleep 62
	sql "select extract(epoch from pg_xact_commit_timestamp(xmin) - scheduled_for) * 1000 from jobgrid_engine.fire
		 where scheduled_for >= '$from' and scheduled_for < '$from'::timestamptz + interval '60 s' and outcome = 'run'" >"$lates"
	[[ $(wc -l <"$lates") = "$count" ]] || { say "$(wc -l <"$lates") of $count schedules fired in a minute"; return 1; }
	value=$(calculate "$(percentile 99 "$lates")" 1)
	raw p50_ms "$(calculate "$(percentile 50 "$lates")" 1)"
	raw max_ms "$(calculate "$(percentile 100 "$lates")" 1)"
	raw schedules "$count"
}
