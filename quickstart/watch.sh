# shellcheck shell=bash
# Shows runs until all have ended: on a terminal one line a run, drawn again in place; else a line whenever a state
# changes. To be sourced by quickstart/start. It must change nothing.

# watch_runs DIR DATABASE RUN...: fails when they have not ended within a minute.
watch_runs() {
	local began=$SECONDS rows shown=0
	while true; do
		rows=$(server_psql "$1" "$2" -At -F '|' -v runs="$(IFS=,; echo "${*:3}")" <<<"
			select run_id, job, state, coalesce(reason, ''), coalesce(round(extract(epoch from run_time), 1) || ' s', '')
			from jobgrid.run where run_id in (:runs) order by run_id") || return
		if [[ -t 1 ]]; then draw_runs "$rows"; else tell_changes "$rows"; fi
		if ! grep -qvE '\|(succeeded|failed|cancelled|skipped)\|' <<<"$rows"; then return 0; fi
		((SECONDS - began < 60)) || return 1
		sleep 0.2
	done
}

format_run() {
	local run_id job state reason run_time
	IFS='|' read -r run_id job state reason run_time <<<"$1"
	printf '  %4s  %-20s %-10s %-12s %s' "$run_id" "$job" "$state" "$reason" "$run_time"
}

draw_runs() {
	local row
	((shown == 0)) || printf '\033[%dA' "$shown"
	shown=0
	while read -r row; do
		printf '\r%s\033[K\n' "$(format_run "$row")"
		shown=$((shown + 1))
	done <<<"$1"
}

declare -A last_told=()
tell_changes() {
	local row
	while read -r row; do
		[[ ${last_told[${row%%|*}]:-} != "$row" ]] || continue
		last_told[${row%%|*}]=$row
		format_run "$row"
		echo
	done <<<"$1"
}
