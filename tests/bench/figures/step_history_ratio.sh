# shellcheck shell=bash
# What history costs: steps per second of a workflow in diamonds with HISTORY finished runs of its steps kept (five times SIZE;
# the full size is 10,000,000) against none. Two servers take
# turns; each the median of five.
# shellcheck disable=SC2154,SC2034

target='>= 0.9'

# Finished runs of the steps, with their attempts, written into the partitions that the janitor makes as their ids are handed out.
write_history() {
	local left chunk until
	for ((left = $1; left > 0; left -= chunk)); do
		chunk=$((left < 50000 ? left : 50000))
		until=$(sql "select last_value + $chunk + 10 from jobgrid_engine.run_id_seq")
		# A submission says how far ids have come.
		wait_until "select exists (select from pg_inherits i join pg_class c on c.oid = i.inhrelid
			where i.inhparent = 'jobgrid_engine.run'::regclass
			and (regexp_match(pg_get_expr(c.relpartbound, c.oid), 'TO \\(''(\\d+)'''))[1]::bigint > $until)"
		sql "with i as materialized (select nextval('jobgrid_engine.run_id_seq') as run_id, n from generate_series(1, $chunk) n),
			s as materialized (select job_id, tenant, queue, priority, row_number() over () as place from jobgrid.job where kind = 'noop'),
			r as materialized (select i.run_id, s.* from i join s on s.place = 1 + i.n % (select count(*) from s)),
			a as (insert into jobgrid_engine.attempt (run_id, fence, attempt, version, claimed_at, started_at, finished_at, state)
				select run_id, 4294967297, 1, 1, now(), now(), now(), 'succeeded' from r)
			insert into jobgrid_engine.run (run_id, job_id, tenant_id, version, attempts, submitted_at, started_at, finished_at,
				business_date, state, source, queue, priority, submitted_by)
			select run_id, job_id, 1, 1, 1, now(), now(), now(), current_date, 'succeeded', 'workflow', queue, priority, 'bench' from r" \
			"select jobgrid.submit('work/s1')" >/dev/null
	done
	wait_until "select $nothing_live"
}

figure() {
	local less more count=$((size / 3000 + 1)) history=${HISTORY:-$((size * 5))}
	# shellcheck source=tests/bench/workflows.sh
	. tests/bench/workflows.sh
	two_servers work 300 "$diamonds"
	on_second write_history "$history"
	rates_in_turns work 300 "$count"
	value=$(calculate "$(median "${more[@]}") / $(median "${less[@]}")")
	raw without_steps_per_s "$(median "${less[@]}")"
	raw with_steps_per_s "$(median "${more[@]}")"
	raw history "$history"
	raw partitions "$(on_second sql "select count(*) from pg_inherits where inhparent = 'jobgrid_engine.run'::regclass")"
}
