/*
 * What nobody may want to see any more: a range of runs goes as a whole, when all its runs have ended and are older
 * than their jobs' retention. One live run, or one of a job that keeps its runs longer, keeps the whole range.
 *
 * Ranges that still get runs stay. Dropping asks for an exclusive lock on the parents; it waits a moment only, so that
 * submissions behind it do, and is tried again in an hour.
 */
#include "janitor.h"

#include "catalog/pg_type.h"
#include "clock.h"
#include "partition.h"
#include "partition_make.h"
#include "sql.h"
#include "utils/memutils.h"
#include "worker.h"

#define DROP_LOCK_TIMEOUT_MS 500

typedef struct Ranges
{
	int			n;
	int64	   *since;
} Ranges;

static void
list_closed(void *arg)
{
	static JgSql sql = {
		.text = "select substr(c.relname, 5)::bigint from pg_inherits i join pg_class c on c.oid = i.inhrelid"
		" where i.inhparent = 'jobgrid_engine.run'::regclass and c.relname ~ '^run_[0-9]+$' order by 1"
	};
	Ranges	   *ranges = arg;
	int64		current;
	int64		until;
	int			n;

	if (!OidIsValid(jg_partition_find(JG_FAMILY_RUN, jg_partition_last_id() + 1, &current, &until)))
		return;
	n = (int) jg_sql(&sql, NULL, NULL);
	ranges->since = MemoryContextAlloc(jg_worker_scratch, Max(n, 1) * sizeof(int64));
	for (int i = 0; i < n; i++)
		if (jg_sql_int64(i, 1) < current)
			ranges->since[ranges->n++] = jg_sql_int64(i, 1);
}

/* Ends at the first run that is to be kept: nearly always the first one it looks at. */
static void
drop_if_old(void *arg)
{
	static JgPartitionSql sql = {
		.text = "select from %s r left join jobgrid.job j on j.job_id = r.job_id"
		" where r.state = 'live' or r.finished_at > $1 - coalesce(j.retention,"
		" (select d.value::interval from jobgrid.job_default d where d.setting = 'retention')) limit 1",
		.nargs = 1, .types = {TIMESTAMPTZOID}
	};
	int64		id = *(int64 *) arg;
	int64		since;
	int64		until;
	Oid			partition = jg_partition_find(JG_FAMILY_RUN, id, &since, &until);
	Datum		now = TimestampTzGetDatum(jg_now());

	if (!OidIsValid(partition) || since != id || jg_sql_partition(&sql, partition, &now, NULL) > 0)
		return;
	jg_partition_lock_timeout(DROP_LOCK_TIMEOUT_MS);
	jg_partition_drop(since);
	ereport(LOG,
			(errmsg("jobgrid dropped the partitions of runs %lld to %lld: they are older than their retention",
					(long long) since, (long long) (until - 1))));
}

void
jg_janitor_drop_old(void)
{
	static JgUnit unit = {.name = "listing partitions", .body = list_closed};
	Ranges		ranges = {0};

	if (jg_unit_run(&unit, &ranges) != JG_UNIT_DONE)
		return;
	for (int i = 0; i < ranges.n; i++)
		(void) jg_unit_try("dropping an old partition", drop_if_old, &ranges.since[i]);
}
