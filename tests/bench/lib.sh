# shellcheck shell=bash
# What the figures are made of: a server, executors, queued runs, clocks, peers, arithmetic. To be sourced by
# tests/bench/measure. It must know no figure.
# shellcheck disable=SC2154,SC2034

say() { echo "bench: $suite: $*" >&2; }

# raw NAME JSON: a number to print beside the value.
raw() { raws+=", \"$1\": $2"; }

# -- arithmetic

calculate() { awk "BEGIN {printf \"%.${2:-3}f\", $1}"; }

# Percentile of the numbers in a file, one a line: the smallest that at least so many percent do not exceed.
percentile() {
	sort -g "$2" | awk -v p="$1" '{v[NR] = $1} END {i = p * NR / 100; if (i > int(i)) i = int(i) + 1; print v[i < 1 ? 1 : i]}'
}

median() { percentile 50 <(printf '%s\n' "$@"); }

largest() { printf '%s\n' "$@" | sort -g | tail -n 1; }

# -- server

# Everything on that makes data safe; nothing set in favour of one side. Room for WAL, so that no checkpoint falls into
# a measurement; each is begun with one.
settings=(
	"fsync = on" "synchronous_commit = on" "full_page_writes = on" "autovacuum = on"
	"shared_buffers = '1GB'" "max_wal_size = '8GB'" "checkpoint_timeout = '30min'" "max_connections = 100"
)

# A new server with the extension in database jobgrid and an empty database for the peer.
bench_server() {
	make_server_folder "$run/$suite"
	ln -sfn ../tree "$run/$suite/tree"
	server_init "$run/$suite" jobgrid "${settings[@]}"
	server_start "$run/$suite"
	sql 'create extension jobgrid' 'create role bench_executor login in role jobgrid_executor' 'create database peer'
}

# sql STATEMENT...: each in a transaction of its own; prints values only.
sql() {
	local statements=() statement
	for statement in "$@"; do statements+=(-c "$statement"); done
	server_psql "$run/$suite" jobgrid -At "${statements[@]}"
}

# as_client DATABASE COMMAND...: a program of ours or of the server's, with the way to the database in PG* variables.
as_client() {
	as_tester PGHOST="$run/$suite/socket" PGPORT=5432 PGUSER=postgres PGDATABASE="$1" PGAPPNAME=bench "${@:2}"
}

program() { echo "$project/tests/bench/build/$1"; }

wait_until() {
	local _
	for _ in {1..600}; do
		[[ $(sql "$1") != t ]] || return 0
		sleep 0.1
	done
	say "still not true after 60 s: $1"
	return 1
}

nothing_live='not exists (select from jobgrid_engine.ready) and not exists (select from jobgrid_engine.lease)
	and not exists (select from jobgrid_engine.pending)'

# -- executors

# start_executors COUNT SLOTS: as the service would run them, and returns when all are online. Ends those before. Where a
# figure says of which class its jobs are and this is root, so is the executor, and its jobs are in control groups.
start_executors() {
	local i folder how=(as_tester) user=()
	stop_executors
	if [[ $EUID = 0 && -n ${job_class:-} ]]; then
		how=(env JOBGRID_TEST_RUN="$run" PATH="$project/executor:$PATH")
		echo "user nobody class=$job_class tenants=*" >"$run/node.map"
		user=(--job-user nobody --agent-user "$(server_user)" --node-map "$run/node.map")
	fi
	for ((i = 1; i <= $1; i++)); do
		folder=$run/$suite/executor$i
		if ((${#user[@]})); then mkdir -p "$folder"; else make_server_folder "$folder"; fi
		# shellcheck disable=SC2016
		"${how[@]}" sh -c 'echo $$ >"$0/pid"; exec "$@"' "$folder" jobgrid-executor --name "bench$i" --slots "$2" \
			--work-dir "$folder" --database "host=$run/$suite/socket dbname=jobgrid user=bench_executor" "${user[@]}" \
			</dev/null >>"$folder.log" 2>&1 &
	done
	wait_until "select count(*) = $1 from jobgrid.executor where state = 'online'"
	sleep 1
}

stop_executors() {
	local file pid
	for file in "$run/$suite"/executor*/pid; do
		[[ -e $file ]] || continue
		read -r pid <"$file"
		rm "$file"
		kill -TERM "$pid"
		for _ in {1..300}; do
			[[ -e /proc/$pid ]] || continue 2
			sleep 0.1
		done
		say "executor $pid did not stop within 30 s"
		return 1
	done
}

# -- drains

# The first run of a kind waits for its lane to be made; that is nobody's measurement.
warm_up() {
	sql "select jobgrid.submit('$1')" >/dev/null
	wait_until "select $nothing_live"
}

# queue_runs JOB COUNT: submits what nobody may claim yet, and leaves first and last, the run ids.
queue_runs() {
	local left queued
	sql "select jobgrid.pause_queue('default', 'bench')" >/dev/null
	for ((left = $2; left > 0; left -= 10000)); do
		sql "select count(*) from jobgrid.submit_many('$1', count => $((left < 10000 ? left : 10000)))" >/dev/null
	done
	IFS='|' read -r queued first last <<<"$(sql 'select count(*), min(run_id), max(run_id) from jobgrid_engine.ready')"
	[[ $queued = "$2" ]] || { say "$queued runs are queued, not $2"; return 1; }
}

# What a peer's table gets, too, before it is drained.
settle() { sql 'vacuum analyze jobgrid_engine.ready, jobgrid_engine.lease, jobgrid_engine.run' checkpoint; }

# drain COUNT: from letting go what queue_runs queued to the end of the last; prints seconds. All must have succeeded
# with their history kept, else there is no number.
drain() {
	local seconds kept
	seconds=$(as_client jobgrid "$(program drain_clock)" 250 "select jobgrid.resume_queue('default')" \
		"select not exists (select from jobgrid_engine.ready where run_id = $last) and $nothing_live")
	kept=$(sql "select count(*) from jobgrid_engine.run join jobgrid_engine.attempt using (run_id)
	            where run_id between $first and $last and run.state = 'succeeded'")
	[[ $kept = "$1" ]] || { say "$kept of $1 runs succeeded"; return 1; }
	echo "$seconds"
}

# drain_rate JOB COUNT: runs per second.
drain_rate() {
	local seconds
	queue_runs "$1" "$2"
	settle
	seconds=$(drain "$2")
	calculate "$2 / $seconds" 1
}

# -- peers

# Installs the peers once a run, from the registry npm is set to; says why where it cannot.
have_graphile() {
	local peers=$run/peers
	[[ ! -e $peers/node_modules/graphile-worker ]] || return 0
	command -v node npm >/dev/null || { say 'graphile-worker skipped: no node or npm'; return 1; }
	mkdir -p "$peers"
	cp tests/bench/peers/* "$peers"
	if ! npm install --prefix "$peers" --no-audit --no-fund --no-package-lock --loglevel=error >"$peers/log" 2>&1; then
		say "graphile-worker skipped: npm install failed: $(grep -m 1 -i error "$peers/log")"
		return 1
	fi
	chmod -R go+rX "$peers"
}

graphile() { as_client peer NODE_ENV=production node "$run/peers/graphile.mjs" "$@"; }
