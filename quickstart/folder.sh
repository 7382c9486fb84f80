# shellcheck shell=bash
# Where the quickstart lives and what runs there; to be sourced from the root of the tree by start, stop and clean.
# .quickstart is a folder, or a link to one in /var/tmp where the server's user could not reach it or where the path
# would be too long for a socket. Nothing outside the two is ever touched.

# shellcheck source=build/postgres.sh
. build/postgres.sh

link=.quickstart
database=jobgrid

# The folder, empty where there is none.
quickstart_folder() { if [[ -d $link/ ]]; then (cd "$link" && pwd -P); fi; }

# A pid that this quickstart wrote down, if that process still is the one that was meant.
executor_pid() {
	local pid
	if read -r pid 2>/dev/null <"$1/executor.pid" && grep -qzxF "$1/work" "/proc/$pid/cmdline" 2>/dev/null; then
		echo "$pid"
	fi
}

# How many runs stopping it would end.
running_runs() {
	server_psql "$1" "$database" -Atc "select coalesce(sum(running), 0) from jobgrid.executor where executor = 'quickstart'" \
		2>/dev/null || echo 0
}

# Asked politely, the executor lets its jobs end, or cancels them, and gives them their grace before it goes.
stop_executor() {
	local pid running
	pid=$(executor_pid "$1")
	[[ -n $pid ]] || return 0
	running=$(running_runs "$1")
	((running == 0)) || echo "Stopping the executor; $running running jobs have 5 s to end, then they are cancelled."
	kill -TERM "$pid"
	for _ in {1..450}; do
		[[ -n $(executor_pid "$1") ]] || break
		sleep 0.1
	done
	if [[ -n $(executor_pid "$1") ]]; then
		echo "the executor (pid $pid) has not stopped within 45 s, killing it"
		kill -KILL "$pid"
	fi
	rm -f "$1/executor.pid"
}

stop_quickstart() {
	stop_executor "$1"
	[[ ! -e $1/data/PG_VERSION ]] || server_stop "$1"
}
