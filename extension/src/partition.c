/*
 * Where a run lives: the one place that knows. Everything that reads or writes rows of one run asks here.
 *
 * Its range is found in the parent's partition descriptor, which the relation cache keeps and invalidates; going through
 * the parent instead costs every UPDATE a look at all partitions. A run whose range has been dropped, and which was to
 * be kept longer, is looked up in the twins (kept.c).
 *
 * A range may be dropped, and a kept run move, between the look and the use. So what is found is locked and looked at
 * again: the janitor keeps writers out of what it copies and moves, and everybody out of what it drops.
 *
 * A new id without a partition is no error: its transaction asks the janitor for one and waits. This file makes none.
 */
#include "partition.h"

#include "access/table.h"
#include "bell.h"
#include "catalog/pg_type.h"
#include "clock.h"
#include "errors.h"
#include "miscadmin.h"
#include "partitioning/partbounds.h"
#include "partitioning/partdesc.h"
#include "shmem.h"
#include "sql.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/partcache.h"
#include "utils/rel.h"
#include "utils/wait_event.h"

#define PARTITION_PATIENCE_MS 30000

static const char *const family_names[JG_NFAMILIES] = {"run", "attempt", "history", "output"};

const char *
jg_family_name(JgFamily family)
{
	return family_names[family];
}

/* A bound of a range partition over one bigint: MINVALUE and MAXVALUE are never used by the janitor. */
static int64
bound_at(PartitionBoundInfo bounds, int i)
{
	Assert(bounds->kind[i][0] == PARTITION_RANGE_DATUM_VALUE);
	return DatumGetInt64(bounds->datums[i][0]);
}

/* Index of the last bound <= run_id, -1 where there is none. */
static int
bound_search(PartitionBoundInfo bounds, int64 run_id)
{
	int low = -1;
	int high = bounds->ndatums - 1;

	while (low < high)
	{
		int middle = (low + high + 1) / 2;

		if (bound_at(bounds, middle) <= run_id)
			low = middle;
		else
			high = middle - 1;
	}
	return low;
}

Oid
jg_partition_range(JgFamily family, int64 run_id, int64 *since, int64 *until)
{
	Relation parent = table_open(jg_engine_relation(family_names[family]), AccessShareLock);
	PartitionDesc partitions = RelationGetPartitionDesc(parent, true);
	Oid found = InvalidOid;

	if (partitions->nparts > 0)
	{
		PartitionBoundInfo bounds = partitions->boundinfo;
		int i = bound_search(bounds, run_id);

		/* indexes[i + 1] is the partition between bounds i and i + 1, -1 for a hole. */
		if (i >= 0 && i + 1 < bounds->ndatums && bounds->indexes[i + 1] >= 0)
		{
			found = partitions->oids[bounds->indexes[i + 1]];
			*since = bound_at(bounds, i);
			*until = bound_at(bounds, i + 1);
		}
	}
	table_close(parent, AccessShareLock);
	return found;
}

int64
jg_partition_last(JgFamily family)
{
	Relation parent = table_open(jg_engine_relation(family_names[family]), AccessShareLock);
	PartitionDesc partitions = RelationGetPartitionDesc(parent, true);
	int64 last = 0;

	if (partitions->nparts > 0)
		last = bound_at(partitions->boundinfo, partitions->boundinfo->ndatums - 1);
	table_close(parent, AccessShareLock);
	return last;
}

/* The partition of the twin of `family` that keeps the run: named as the one of kept_run is, but for the family. */
static Oid
kept_partition(JgFamily family, int64 run_id)
{
	static JgSql sql = {
		.text = "select tableoid from jobgrid_engine.kept_run where run_id = $1", .nargs = 1, .types = {INT8OID}};
	Datum value = Int64GetDatum(run_id);
	Oid found = InvalidOid;

	/* A connection of its own: the caller's last result stays what it was. */
	SPI_connect();
	if (jg_sql(&sql, &value, NULL) > 0)
	{
		bool isnull;
		const char *name = get_rel_name(DatumGetObjectId(jg_sql_datum(0, 1, &isnull)));

		found = jg_engine_relation(psprintf("kept_%s%s", family_names[family], name + strlen("kept_run")));
	}
	SPI_finish();
	return found;
}

/* Range or twin, not locked. */
static Oid
place_of(JgFamily family, int64 run_id, int64 *since, int64 *until)
{
	Oid found = jg_partition_range(family, run_id, since, until);
	int64 last = OidIsValid(found) ? 0 : jg_partition_last(family);

	/* Past the last range nothing has ever been. */
	if (OidIsValid(found) || (last != 0 && run_id >= last))
		return found;
	*since = run_id;
	*until = run_id + 1;
	return kept_partition(family, run_id);
}

Oid
jg_partition_find(JgFamily family, int64 run_id, LOCKMODE mode, int64 *since, int64 *until)
{
	Oid found = place_of(family, run_id, since, until);

	while (OidIsValid(found))
	{
		Oid again;

		LockRelationOid(found, mode);
		again = place_of(family, run_id, since, until);
		if (again == found)
			break;
		UnlockRelationOid(found, mode);
		found = again;
	}
	return found;
}

/* Raises the mark of what is wanted to at least run_id and wakes the janitor. */
static void
want_partition(int64 run_id)
{
	uint64 wanted = pg_atomic_read_u64(&jg_shared->partition_wanted);

	while (wanted < (uint64) run_id &&
		   !pg_atomic_compare_exchange_u64(&jg_shared->partition_wanted, &wanted, (uint64) run_id))
		;
	jg_ring_now(JG_JANITOR);
}

void
jg_partition_want_first(void)
{
	want_partition(1);
}

Oid
jg_partition_await(JgFamily family, int64 run_id, int64 *since, int64 *until)
{
	Oid found = jg_partition_find(family, run_id, RowExclusiveLock, since, until);
	TimestampTz asked;

	if (OidIsValid(found))
		return found;

	jg_shmem_require();
	asked = jg_now();
	ConditionVariablePrepareToSleep(&jg_shared->partition_made);
	for (;;)
	{
		want_partition(run_id);
		AcceptInvalidationMessages();
		found = jg_partition_find(family, run_id, RowExclusiveLock, since, until);
		if (OidIsValid(found))
			break;
		if (TimestampDifferenceExceeds(asked, jg_now(), PARTITION_PATIENCE_MS))
			ereport(ERROR, (errcode(ERRCODE_JG_NO_PARTITION),
							errmsg("no partition for run %lld was made in time", (long long) run_id),
							errdetail("The janitor makes partitions; it sees the extension once it is committed."),
							errhint("SELECT * FROM jobgrid.check_install();")));
		(void) ConditionVariableTimedSleep(&jg_shared->partition_made, 200, PG_WAIT_EXTENSION);
	}
	ConditionVariableCancelSleep();
	return found;
}
