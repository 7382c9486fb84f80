/*
 * Drops the four partitions of a range, or of a month in the twins, without standing in anybody's way.
 *
 * DROP needs the partition's parent too, which everything that submits, claims and ends asks. So its locks come last,
 * all of them within LOCK_MS, and what was copied before survives a try that failed. Who reads one of the partitions
 * for longer keeps them; the copy is rolled back then. Writers are kept out before, by a lock that is never waited for
 * and given up as soon as one of them waits.
 */
#include "janitor.h"

#include "access/table.h"
#include "access/xact.h"
#include "catalog/partition.h"
#include "clock.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "sql.h"
#include "storage/latch.h"
#include "storage/lmgr.h"
#include "storage/proc.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/resowner.h"
#include "utils/wait_event.h"

#define LOCK_MS 100
#define TRIES 5
#define PAUSE_MS 400

/* A subtransaction, and what it has to give back. */
typedef struct Nested
{
	MemoryContext context;
	ResourceOwner owner;
} Nested;

static Nested
nested_begin(void)
{
	Nested nested = {.context = CurrentMemoryContext, .owner = CurrentResourceOwner};

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(nested.context);
	return nested;
}

static void
nested_end(const Nested *nested, bool commit)
{
	if (commit)
		ReleaseCurrentSubTransaction();
	else
		RollbackAndReleaseCurrentSubTransaction();
	MemoryContextSwitchTo(nested->context);
	CurrentResourceOwner = nested->owner;
}

bool
jg_partitions_claim(const Oid *partitions)
{
	for (int family = 0; family < JG_NFAMILIES; family++)
		if (!ConditionalLockRelationOid(partitions[family], ShareRowExclusiveLock))
			return false;
	return true;
}

bool
jg_partitions_disputed(const Oid *partitions)
{
	if (pg_atomic_read_u64(&jg_shared->partition_wanted) >= (uint64) jg_partition_last(JG_FAMILY_RUN))
		return true;
	for (int family = 0; family < JG_NFAMILIES; family++)
	{
		Relation partition = table_open(partitions[family], NoLock);
		bool waited_for = LockHasWaitersRelation(partition, ShareRowExclusiveLock);

		table_close(partition, NoLock);
		if (waited_for)
			return true;
	}
	return false;
}

static void
wait_at_most(int ms)
{
	set_config_option("lock_timeout", psprintf("%dms", Max(ms, 1)), PGC_USERSET, PGC_S_SESSION, GUC_ACTION_LOCAL, true,
					  0, false);
}

/*
 * All locks, or an error. Parents first: who has one of them has, or is about to have, its partitions, and while they
 * are waited for others queue. The one of run, which the hot path asks most, is held shortest. A reader who holds a
 * partition alone is not waited for. Half of deadlock_timeout: whoever waits for us in a circle never gets to know.
 */
static void
lock_everybody_out(const Oid *partitions)
{
	TimestampTz until = TimestampTzPlusMilliseconds(jg_now(), Min(LOCK_MS, DeadlockTimeout / 2));

	for (int family = JG_NFAMILIES - 1; family >= 0; family--)
	{
		wait_at_most((int) TimestampDifferenceMilliseconds(jg_now(), until));
		LockRelationOid(get_partition_parent(partitions[family], false), AccessExclusiveLock);
	}
	for (int family = 0; family < JG_NFAMILIES; family++)
		if (!ConditionalLockRelationOid(partitions[family], AccessExclusiveLock))
			ereport(ERROR, (errcode(ERRCODE_LOCK_NOT_AVAILABLE),
							errmsg("somebody uses partition \"%s\"", get_rel_name(partitions[family]))));
	wait_at_most(0);
}

static void
drop_tables(const Oid *partitions)
{
	StringInfoData text;

	initStringInfo(&text);
	for (int family = 0; family < JG_NFAMILIES; family++)
		appendStringInfo(&text, "%s %s", family > 0 ? "," : "drop table",
						 quote_qualified_identifier("jobgrid_engine", get_rel_name(partitions[family])));
	jg_sql_ddl(text.data);
}

/* One try. False: a lock was not to be had, and none is held any more. */
static bool
try_to_drop(const Oid *partitions, bool only_lock)
{
	Nested nested = nested_begin();
	volatile bool done = true;

	PG_TRY();
	{
		lock_everybody_out(partitions);
		if (!only_lock)
			drop_tables(partitions);
	}
	PG_CATCH();
	{
		ErrorData *error;

		MemoryContextSwitchTo(nested.context);
		error = CopyErrorData();
		if (error->sqlerrcode != ERRCODE_LOCK_NOT_AVAILABLE)
			PG_RE_THROW();
		FlushErrorState();
		FreeErrorData(error);
		done = false;
	}
	PG_END_TRY();
	nested_end(&nested, done && !only_lock);
	return done;
}

bool
jg_partitions_free(const Oid *partitions)
{
	return try_to_drop(partitions, true);
}

static bool
drop(const Oid *partitions)
{
	for (int i = 0; i < TRIES && !jg_partitions_disputed(partitions); i++)
	{
		if (try_to_drop(partitions, false))
			return true;
		(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, PAUSE_MS, PG_WAIT_EXTENSION);
		ResetLatch(MyLatch);
		CHECK_FOR_INTERRUPTS();
	}
	return false;
}

bool
jg_partitions_retire(const Oid *partitions, bool (*copy)(void *arg), void *arg)
{
	Nested nested = nested_begin();
	bool done;

	/* Nobody is to wait for a standby while nobody gets at the parents; whatever follows carries this along. */
	set_config_option("synchronous_commit", "local", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_LOCAL, true, 0, false);
	done = copy(arg) && drop(partitions);
	nested_end(&nested, done);
	return done;
}
