/*
 * Executors that fell silent: no session, or no renewal of the lease, for longer than lease and grace.
 *
 * Who was heard of when is in shared memory only. After a restart or a promotion nobody has been heard of, so every
 * executor that is not offline gets lease and grace from the moment the database works; a long recovery, or a standby's
 * life before it is promoted, is no silence. The judgement is one transaction an executor: its leases are decided about,
 * its row says offline; a session that is still bound to it must say hello again. It locks what hello() and exchange()
 * lock, in the same order: row, request, leases by run.
 *
 * What somebody's open transaction has locked is passed over: that executor, or that run, is looked at again a little
 * later, and nobody else's waits for it.
 */
#include "scheduler.h"

#include "bell.h"
#include "catalog/pg_type.h"
#include "clock.h"
#include "guc.h"
#include "lost.h"
#include "sql.h"

#define TRY_AGAIN_MS 5000

/* Judged as absent: not to be judged again before the next hello. */
static bool
slot_is_settled(const JgExecutorSlot *slot)
{
	return slot->pid == 0 && slot->last_seen == 0 && slot->lost_at == 0;
}

static TimestampTz
works_since(void)
{
	return (TimestampTz) pg_atomic_read_u64(&jg_shared->works_since);
}

static TimestampTz
given_up_after(TimestampTz heard)
{
	return TimestampTzPlusMilliseconds(heard, (int64) jg_guc_lease + jg_guc_grace);
}

/* When the executor is to be given up, by what its slot says now. Caller holds the lock. */
static TimestampTz
slot_deadline(const JgExecutorSlot *slot)
{
	TimestampTz heard = Max(slot->last_seen, slot->lost_at);

	return given_up_after(Max(heard, works_since()));
}

/*
 * Still silent, now that hello() and exchange() have to wait for us? Then a session that is bound to it is nobody's from
 * this moment on: what it says next it says too late.
 */
static bool
silence(int32 executor_id)
{
	JgExecutorSlot *slot;
	bool silent;

	LWLockAcquire(jg_shared->lock, LW_EXCLUSIVE);
	slot = jg_executor_slot(executor_id, false);
	silent = slot == NULL || slot_is_settled(slot) || slot_deadline(slot) <= jg_now();
	if (silent && slot != NULL)
	{
		slot->pid = 0;
		slot->free_slots = 0;
		pg_atomic_write_u32(&slot->idle, 0);
	}
	LWLockRelease(jg_shared->lock);
	return silent;
}

/* Locks the executor's row and its request; false: somebody else has one of them. name is NULL where there is no row. */
static bool
lock_executor(int32 executor_id, char **name)
{
	static JgSql lock_sql = {
		.text = "select name from jobgrid_engine.executor where executor_id = $1 for update skip locked",
		.nargs = 1,
		.types = {INT4OID}};
	static JgSql request_sql = {
		.text = "select from jobgrid_engine.executor_request where executor_id = $1 for update skip locked",
		.nargs = 1,
		.types = {INT4OID}};
	static JgSql look_sql = {.text = "select (select count(*) from jobgrid_engine.executor where executor_id = $1),"
									 " (select count(*) from jobgrid_engine.executor_request where executor_id = $1)",
							 .nargs = 1,
							 .types = {INT4OID}};
	Datum value = Int32GetDatum(executor_id);
	int64 rows = (int64) jg_sql(&lock_sql, &value, NULL);
	int64 requests;

	*name = rows > 0 ? jg_sql_text(0, 1) : NULL;
	requests = (int64) jg_sql(&request_sql, &value, NULL);
	jg_sql(&look_sql, &value, NULL);
	return rows == jg_sql_int64(0, 1) && requests == jg_sql_int64(0, 2);
}

static bool
has_leases(int32 executor_id)
{
	static JgSql sql = {
		.text = "select from jobgrid_engine.lease where executor_id = $1 limit 1", .nargs = 1, .types = {INT4OID}};
	Datum value = Int32GetDatum(executor_id);

	return jg_sql(&sql, &value, NULL) > 0;
}

typedef struct Judgement
{
	int32 executor_id;
	bool complete; /* nothing was passed over */
} Judgement;

static void
judge(void *arg)
{
	static JgSql offline_sql = {
		.text = "update jobgrid_engine.executor set state = 'offline' where executor_id = $1 and state <> 'offline'",
		.nargs = 1,
		.types = {INT4OID}};
	Judgement *judgement = arg;
	int32 executor_id = judgement->executor_id;
	Datum value = Int32GetDatum(executor_id);
	char *name;
	int lost;

	judgement->complete = lock_executor(executor_id, &name);
	if (!judgement->complete || name == NULL || !silence(executor_id))
		return;
	lost = jg_lose_leases(executor_id, NULL, 0, JG_PASS_OVER);
	judgement->complete = !has_leases(executor_id);
	if (jg_sql(&offline_sql, &value, NULL) > 0)
	{
		jg_lanes_changed();
		ereport(LOG, (errmsg("executor \"%s\" is lost: not heard of for %d ms", name, jg_guc_lease + jg_guc_grace),
					  errdetail_plural("%d run was in its hands.", "%d runs were in its hands.", lost, lost)));
	}
}

/* After the commit: the slot says nothing any more until the next hello. */
static void
settle(int32 executor_id)
{
	JgExecutorSlot *slot;

	LWLockAcquire(jg_shared->lock, LW_EXCLUSIVE);
	slot = jg_executor_slot(executor_id, false);
	if (slot != NULL && slot_deadline(slot) <= jg_now())
	{
		slot->pid = 0;
		slot->last_seen = 0;
		slot->lost_at = 0;
		pg_atomic_write_u32(&slot->idle, 0);
	}
	LWLockRelease(jg_shared->lock);
}

static bool
give_up(int32 executor_id)
{
	Judgement judgement = {.executor_id = executor_id, .complete = false};

	/* Without a rest after a failure: one executor's trouble is not another's. */
	if (jg_unit_try("giving up a silent executor", judge, &judgement) == JG_UNIT_DONE && judgement.complete)
	{
		settle(executor_id);
		return true;
	}
	jg_worker_wake_at(TimestampTzPlusMilliseconds(jg_now(), TRY_AGAIN_MS));
	return false;
}

/* Silent executors by their slots; also finds the next deadline. */
static int
silent_slots(int32 *executors, int max)
{
	TimestampTz now = jg_now();
	int n = 0;

	LWLockAcquire(jg_shared->lock, LW_SHARED);
	for (int i = 0; i < jg_shared->max_executors && jg_shared->executors[i].executor_id != 0; i++)
	{
		const JgExecutorSlot *slot = &jg_shared->executors[i];
		TimestampTz deadline;

		if (slot_is_settled(slot))
			continue;
		deadline = slot_deadline(slot);
		if (deadline > now)
			jg_worker_wake_at(deadline);
		else if (n < max)
			executors[n++] = slot->executor_id;
	}
	LWLockRelease(jg_shared->lock);
	return n;
}

typedef struct Unheard
{
	int n;
	int32 *executors;
} Unheard;

/* Executors that were not offline before the restart. */
static void
list_online(void *arg)
{
	static JgSql sql = {.text = "select executor_id from jobgrid_engine.executor e where e.state <> 'offline'"
								" or exists (select from jobgrid_engine.lease l where l.executor_id = e.executor_id)"};
	Unheard *unheard = arg;
	int n = (int) jg_sql(&sql, NULL, NULL);

	unheard->executors = MemoryContextAlloc(jg_worker_scratch, Max(n, 1) * sizeof(int32));
	for (int i = 0; i < n; i++)
		unheard->executors[i] = jg_sql_int32(i, 1);
	unheard->n = n;
}

/* Once after each start of this process: those that never said hello to this server. */
static void
give_up_unheard(void)
{
	static JgUnit unit = {.name = "listing executors not heard of", .body = list_online};
	static bool done;
	TimestampTz deadline = given_up_after(works_since());
	Unheard unheard = {0};

	if (done)
		return;
	if (deadline > jg_now())
	{
		jg_worker_wake_at(deadline);
		return;
	}
	if (jg_unit_run(&unit, &unheard) != JG_UNIT_DONE)
		return;
	done = true;
	for (int i = 0; i < unheard.n; i++)
		done = give_up(unheard.executors[i]) && done;
}

void
jg_lost_executors(void)
{
	int32 *executors = palloc(jg_shared->max_executors * sizeof(int32));
	int n = silent_slots(executors, jg_shared->max_executors);

	for (int i = 0; i < n; i++)
		give_up(executors[i]);
	give_up_unheard();
}
