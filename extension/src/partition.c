/*
 * From a run id to the partition that holds it, by the parent's partition descriptor, which the relation cache keeps
 * and invalidates. Going through the parent instead costs every UPDATE a look at all partitions.
 *
 * A new id without a partition is no error: its transaction asks the janitor for one and waits. This file makes none.
 */
#include "partition.h"

#include "access/table.h"
#include "bell.h"
#include "clock.h"
#include "errors.h"
#include "miscadmin.h"
#include "partitioning/partbounds.h"
#include "partitioning/partdesc.h"
#include "shmem.h"
#include "sql.h"
#include "utils/inval.h"
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
jg_partition_find(JgFamily family, int64 run_id, int64 *since, int64 *until)
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

Oid
jg_partition_await(JgFamily family, int64 run_id, int64 *since, int64 *until)
{
	Oid found = jg_partition_find(family, run_id, since, until);
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
		found = jg_partition_find(family, run_id, since, until);
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
