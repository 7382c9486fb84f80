# shellcheck shell=bash
# WAL bytes per run from submit's COMMIT to the end, whoever writes them: claims, reports, wake-ups, the workers,
# autovacuum. Full-page images are counted apart by pg_walinspect, because they depend on the last checkpoint and not on
# the design; a checkpoint before each phase makes them as many as they can be.
# shellcheck disable=SC2154,SC2034

target='<= 800'

# wal BEGIN END WHAT: over the records between two positions.
wal() { sql "select coalesce(sum($3), 0)::bigint from pg_get_wal_stats('$1', '$2')"; }

position() { sql 'checkpoint' 'select pg_current_wal_insert_lsn()'; }

# Transactions that wrote rows, and those that wrote none: the latter are wake-ups, which are not waited for.
count_commits() {
	sql "with written as (
	         select xid, bool_or(resource_manager = 'Heap') rows, bool_or(record_type like 'COMMIT%') committed
	         from pg_get_wal_records_info('$1', '$2') where xid <> '0' group by xid)
	     select count(*) filter (where rows) || ' ' || count(*) filter (where not rows) from written where committed"
}

# Where the bytes come from, for whoever wants fewer: by table and kind of record, images apart.
show_records() {
	server_psql "$run/$suite" jobgrid -c "
		select coalesce(c.relname, '') as relation, r.resource_manager, r.record_type,
		       (count(*)::numeric / $size)::numeric(10, 3) as records_per_run,
		       (sum(r.record_length - r.fpi_length)::numeric / $size)::numeric(10, 1) as bytes_per_run
		from pg_get_wal_records_info('$1', '$2') r
		left join pg_class c on c.relfilenode = (regexp_match(r.block_ref, 'rel \d+/\d+/(\d+)'))[1]::oid
		group by 1, 2, 3 order by 5 desc limit 20" >&2
}

figure() {
	local queued submitted began ended commits wakeups manager
	bench_server
	sql 'create extension pg_walinspect' "select jobgrid.define_job('noop', kind => 'noop')" >/dev/null
	start_executors 1 500
	warm_up noop
	drain_rate noop 1000 >/dev/null
	queued=$(position)
	queue_runs noop "$size"
	submitted=$(sql 'select pg_current_wal_flush_lsn()')
	# Before the next checkpoint, which lets the server forget this WAL.
	raw submit_bytes_per_run "$(calculate "$(wal "$queued" "$submitted" record_size) / $size" 1)"
	raw submit_images_per_run "$(calculate "$(wal "$queued" "$submitted" fpi_size) / $size" 1)"
	began=$(position)
	drain "$size" >/dev/null
	ended=$(sql 'select pg_current_wal_flush_lsn()')
	value=$(calculate "$(wal "$began" "$ended" record_size) / $size" 1)
	raw images_per_run "$(calculate "$(wal "$began" "$ended" fpi_size) / $size" 1)"
	for manager in Heap Heap2 Btree Transaction; do
		raw "bytes_per_run_${manager,,}" "$(calculate "$(sql "select coalesce(sum(record_size), 0)::bigint
			from pg_get_wal_stats('$began', '$ended') where \"resource_manager/record_type\" = '$manager'") / $size" 1)"
	done
	show_records "$began" "$ended"
	read -r commits wakeups <<<"$(count_commits "$began" "$ended")"
	raw commits_per_run "$(calculate "$commits / $size" 5)"
	raw wakeups_per_run "$(calculate "$wakeups / $size" 5)"
}
