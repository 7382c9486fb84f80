# shellcheck shell=bash
# A forecast of a day: 10,000 schedules of which one in ten fires each 15 minutes, one each hour and the others once a day,
# with 20 real runs in the history of each job. What a new session waits for load_forecast(), the median of five.
# shellcheck disable=SC2154,SC2034

target='<= 2000'

figure() {
	local count=$((size / 10)) first ms starts unknown all=()
	bench_server
	start_executors 1 500
	# shellcheck source=tests/bench/schedules.sh
	. tests/bench/schedules.sh
	make_schedules "$count" "case n % 10 when 0 then 'every 15 minutes' when 1 then 'every hour at minute ' || n % 60
		else 'every day at ' || to_char(interval '1 min' * (n % 1440), 'HH24:MI') end"
	for ((first = 1; first <= count; first += 500)); do
		sql "select count(*) from jobgrid.job j, jobgrid.submit_many(j.full_name, count => 20)
			where j.job_id between $first and $first + 499" >/dev/null
	done
	wait_until "select $nothing_live"
	sql 'vacuum analyze' checkpoint
	for _ in 1 2 3 4 5; do
		IFS='|' read -r ms starts unknown <<<"$(sql "select round(extract(epoch from clock_timestamp() - statement_timestamp()) * 1000, 1),
			sum(runs), sum(unknown) from jobgrid.load_forecast('2099-01-01 00:00+00')")"
		[[ $starts = $(((96 + 24 + 8) * count / 10)) && $unknown = 0 ]] || { say "$starts starts, $unknown unknown"; return 1; }
		all+=("$ms")
	done
	value=$(median "${all[@]}")
	raw largest_ms "$(largest "${all[@]}")"
	raw schedules "$count"
	raw starts "$starts"
	raw runs "$(sql 'select count(*) from jobgrid_engine.run')"
}
