# shellcheck shell=bash
# What waking executors costs those who submit: submit() commits per second of 16 clients, wake-ups on against off, an
# executor draining no-ops in both: it polls every 10 ms, so that it does the same work in the same time without them,
# and the difference is theirs alone. Beside it, what a queue would pay that does the same by hand (two rows), and one
# that notifies in the submitter's transaction.
# shellcheck disable=SC2154,SC2034

target='>= 0.97'

two_rows="insert into bench.wide (kind, state, parameters) values ('noop', 'live', '{}') returning id"
two_rows="with run as ($two_rows), queued as (insert into bench.narrow (id, rank) select id, 0 from run)"

# commits SCRIPT: per second, all clients.
commits() {
	as_client jobgrid pgbench -n -M prepared -c 16 -j 2 -T "$seconds" -f "$1" 2>&1 | tee "$run/$suite/pgbench.log" |
		awk '/^tps = / {print $3; found = 1} END {exit !found}' || { tail -n 5 "$run/$suite/pgbench.log" >&2; return 1; }
}

script() {
	local file=$run/$suite/$1.sql
	echo "$2;" >"$file"
	chmod a+r "$file"
	echo "$file"
}

# Leaves the backlog of the round before out of the next.
round() {
	sql "alter system set jobgrid.wakeups = $1" 'select pg_reload_conf()' >/dev/null
	wait_until "select $nothing_live"
	settle
	commits "$2"
}

finished() { sql "select count(*) from jobgrid_engine.run where state = 'succeeded'"; }

# In turns, twice the other way round, so that a drift of the machine favours neither.
figure() {
	local submit plain notify arm arms rate before ratios=() seconds=$((size / 16000 + 1))
	local -A rates=([on]='' [off]='') drained=([on]=0 [off]=0)
	settings+=("jobgrid.poll_interval = '10ms'")
	bench_server
	sql "select jobgrid.define_job('noop', kind => 'noop')" 'create schema bench' \
		'create table bench.wide (id bigint generated always as identity primary key, kind text not null,
			state text not null, submitted_at timestamptz not null default now(), parameters jsonb)' \
		'create table bench.narrow (id bigint primary key, rank bigint not null, since timestamptz not null default now())' \
		'create index on bench.narrow (rank, id)' >/dev/null
	submit=$(script submit "select jobgrid.submit('noop')")
	plain=$(script plain "$two_rows select 1")
	notify=$(script notify "$two_rows select pg_notify('bench', '')")
	start_executors 1 500
	warm_up noop
	commits "$submit" >/dev/null
	for arms in 'on off' 'off on' 'on off' 'off on'; do
		for arm in $arms; do
			before=$(finished)
			rate=$(round "$arm" "$submit")
			drained[$arm]=$((drained[$arm] + $(finished) - before))
			rates[$arm]+="$rate "
		done
		# shellcheck disable=SC2206
		ratios+=("$(calculate "$(awk '{print $NF}' <<<"${rates[on]}") / $(awk '{print $NF}' <<<"${rates[off]}")" 4)")
		say "wake-ups on: ${rates[on]}off: ${rates[off]}"
	done
	value=$(median "${ratios[@]}")
	# shellcheck disable=SC2086
	raw submit_wakeups_on_per_s "$(median ${rates[on]})"
	# shellcheck disable=SC2086
	raw submit_wakeups_off_per_s "$(median ${rates[off]})"
	raw drained_wakeups_on "${drained[on]}"
	raw drained_wakeups_off "${drained[off]}"
	stop_executors
	raw two_row_insert_per_s "$(commits "$plain")"
	raw two_row_insert_notify_per_s "$(commits "$notify")"
}
