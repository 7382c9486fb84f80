/*
 * The janitor's round.
 *
 * It makes partitions before they are needed, begins a new one each day, drops those nobody may want to see any more
 * and clears what has expired. It deletes no masses. Before the first run it writes nothing: a restore must not meet a
 * partition the janitor has just made. In a held database it makes only what somebody is waiting for.
 */
#include "janitor.h"

#include "bell.h"
#include "clock.h"
#include "cluster.h"
#include "partition_make.h"
#include "shmem.h"
#include "storage/condition_variable.h"
#include "worker.h"

#define TRY_AGAIN_MS 5000
#define HOUR_MS 3600000

static void
adopt(void *arg)
{
	jg_cluster_adopt_first();
}

/* The first run makes the database somebody's. False: not yet known whose it is. */
static bool
is_adopted(bool wanted)
{
	static JgUnit unit = {.name = "adopting the database", .body = adopt};

	if (pg_atomic_read_u32(&jg_shared->held) != JG_HELD_UNKNOWN)
		return true;
	if (!wanted || jg_unit_run(&unit, NULL) != JG_UNIT_DONE)
		return false;
	if (pg_atomic_read_u32(&jg_shared->held) != JG_HELD_UNKNOWN)
		return true;
	jg_ring_now(JG_SCHEDULER);	/* there is a row: the scheduler says what it means, and rings */
	return false;
}

typedef struct Making
{
	int64		wanted;
	bool		made;
} Making;

static void
make(void *arg)
{
	Making	   *making = arg;
	int64		target = making->wanted;

	if (pg_atomic_read_u32(&jg_shared->held) == JG_HELD_NO)
	{
		int64		last_id = jg_partition_last_id();

		target = Max(target, last_id > 0 ? last_id + 1 : 0);
	}
	making->made = target > 0 && jg_partition_make(target);
}

static void
make_partitions(int64 wanted)
{
	static JgUnit unit = {.name = "making partitions", .body = make};
	Making		making = {.wanted = wanted};

	do
	{
		if (jg_unit_run(&unit, &making) != JG_UNIT_DONE)
			return;
		if (making.made)
			ConditionVariableBroadcast(&jg_shared->partition_made);
	} while (making.made);
}

static void
begin_day(void *arg)
{
	*(bool *) arg = jg_janitor_new_day();
}

static void
new_day(void)
{
	static JgUnit unit = {.name = "beginning a new day", .body = begin_day};
	bool		done = false;

	if (jg_unit_run(&unit, &done) == JG_UNIT_DONE && !done)
		jg_worker_wake_at(TimestampTzPlusMilliseconds(jg_now(), TRY_AGAIN_MS));
	jg_worker_wake_at(jg_janitor_next_midnight());
}

void
jg_janitor_round(void)
{
	static TimestampTz tidied_at;
	TimestampTz now = jg_now();
	int64		wanted = (int64) pg_atomic_read_u64(&jg_shared->partition_wanted);

	if (!is_adopted(wanted > 0))
		return;
	make_partitions(wanted);
	if (pg_atomic_read_u32(&jg_shared->held) != JG_HELD_NO)
		return;
	new_day();
	if (tidied_at <= now && !TimestampDifferenceExceeds(tidied_at, now, HOUR_MS))
		return;
	tidied_at = now;
	jg_janitor_drop_old();
	jg_janitor_keys();
}
