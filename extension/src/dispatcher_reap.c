/*
 * Brings SQL runs to their end: records what workers said before they exited, decides about those that said nothing,
 * passes on cancels.
 *
 * What a worker of transaction one did not commit is rolled back, so that another try is always safe; what became of
 * statements outside of a transaction is not known, and the job's on_lost decides. Where nothing was begun, or there is a
 * lease and no worker when the dispatcher starts, dispatcher_restart.c decides.
 */
#include "dispatcher.h"

#include "catalog/pg_type.h"
#include "clock.h"
#include "cluster.h"
#include "dispatcher_sql.h"
#include "lost.h"
#include "report.h"
#include "sql.h"
#include "sqlrun.h"
#include "sqlrun_output.h"

#define ARRIVAL_MS 10000
#define TRY_AGAIN_MS 1000
#define SHUTDOWN_MS 300

static void
end_as(const JgSqlSlot *slot, JgState state, const char *reason, const char *decided_by, const char *message,
	   bool may_retry)
{
	bool has_result = state == JG_SUCCEEDED && slot->command_tag[0] != '\0';
	Datum result = has_result ? jg_sqlrun_result(slot->command_tag, slot->has_rows, slot->rows) : (Datum) 0;

	/* False: somebody else has ended it meanwhile. Then nothing is to be recorded here. */
	(void) jg_end_lease_as(slot->run_id, slot->attempt, slot->fence, state, reason, decided_by, message, result,
						   has_result, may_retry);
}

/* The worker exited without a word. */
static void
end_silent(const JgSqlSlot *slot)
{
	if (!slot->begun)
		jg_dispatcher_not_begun(slot);
	else if (slot->timed_out)
		end_as(slot, JG_FAILED, "timeout", "timeout and grace", "killed after its timeout and cancel_grace", true);
	else if (slot->cancel)
		end_as(slot, JG_CANCELLED, "operator", "cancelled", "killed after cancel_grace", false);
	else if (slot->one)
		end_as(slot, JG_FAILED, "killed", "its transaction was rolled back", "the session was terminated", true);
	else
		jg_lose_run(slot->run_id);
}

typedef struct Record
{
	int index;
	bool busy; /* somebody's open transaction has locked the run */
} Record;

static void
record(void *arg)
{
	Record *about = arg;
	int index = about->index;
	JgSqlSlot slot;
	const char *message;

	jg_sqlslot_copy(index, &slot);
	about->busy = jg_lease_is_busy(slot.run_id);
	if (about->busy)
		return;
	message = slot.message[0] ? slot.message : NULL;
	if (jg_sql_started[index].segment != NULL) /* NULL: it went with the dispatcher that had started the run */
		jg_sqlrun_output_keep(slot.run_id, slot.attempt, dsm_segment_address(jg_sql_started[index].segment));
	switch (slot.outcome)
	{
		case JG_SQL_COMPLETED:
		case JG_SQL_STALE:
			break;
		case JG_SQL_SUCCEEDED:
			end_as(&slot, JG_SUCCEEDED, NULL, "all statements succeeded", NULL, false);
			break;
		case JG_SQL_FAILED:
			end_as(&slot, JG_FAILED, "sql_error", "a statement failed", message, true);
			break;
		case JG_SQL_TIMED_OUT:
			end_as(&slot, JG_FAILED, "timeout", "timeout", message, true);
			break;
		case JG_SQL_CANCELLED:
			end_as(&slot, JG_CANCELLED, "operator", "cancelled", message, false);
			break;
		case JG_SQL_REFUSED:
			end_as(&slot, JG_FAILED, "setup_failed", "no session was started", message, false);
			break;
		case JG_SQL_DIED:
			end_silent(&slot);
			break;
	}
}

static void
free_slot(int index)
{
	jg_sqlslot_free(index);
	jg_sql_let_go(index);
}

/*
 * A worker that never came: the postmaster could not start it. Without a handle (an earlier dispatcher registered it)
 * only time tells.
 */
static bool
never_came(int index, const JgSqlSlot *slot)
{
	static TimestampTz missed_since[JG_SQL_SLOTS];
	static uint32 missed_generation[JG_SQL_SLOTS];
	TimestampTz now = jg_now();
	pid_t pid;

	if (slot->state != JG_SQL_GOING || slot->pid != 0)
		return false;
	if (jg_sql_started[index].handle != NULL)
		return GetBackgroundWorkerPid(jg_sql_started[index].handle, &pid) == BGWH_STOPPED;
	if (missed_generation[index] != slot->generation || missed_since[index] > now)
	{
		missed_generation[index] = slot->generation;
		missed_since[index] = now;
	}
	jg_worker_wake_at(TimestampTzPlusMilliseconds(missed_since[index], ARRIVAL_MS));
	return TimestampDifferenceExceeds(missed_since[index], now, ARRIVAL_MS);
}

/*
 * A shutdown ends the workers and this process at the same time, in any order. What looks as if somebody had killed it is
 * looked at again a moment later: if this process is still there then, nobody is shutting down.
 */
static bool
may_be_shutdown(int index, const JgSqlSlot *slot)
{
	static TimestampTz died_at[JG_SQL_SLOTS];
	static uint32 died_generation[JG_SQL_SLOTS];
	TimestampTz now = jg_now();
	TimestampTz look_at;

	if (slot->state != JG_SQL_DONE || slot->outcome != JG_SQL_DIED || !slot->one || !slot->begun)
		return false;
	if (died_generation[index] != slot->generation || died_at[index] > now)
	{
		died_generation[index] = slot->generation;
		died_at[index] = now;
	}
	look_at = TimestampTzPlusMilliseconds(died_at[index], SHUTDOWN_MS);
	if (look_at > now)
		jg_worker_wake_at(look_at);
	return look_at > now;
}

static void
reap(int index)
{
	Record about = {.index = index, .busy = false};
	JgSqlSlot slot;
	JgUnitResult result;

	jg_sqlslot_copy(index, &slot);
	if ((slot.state != JG_SQL_DONE && !never_came(index, &slot)) || may_be_shutdown(index, &slot))
		return;
	/* One run's trouble is not another's: no rest for the unit, only another look. */
	result = jg_unit_try("recording the end of a SQL run", record, &about);
	if ((result == JG_UNIT_DONE && !about.busy) || result == JG_UNIT_ABSENT)
		free_slot(index);
	else
		jg_worker_wake_at(TimestampTzPlusMilliseconds(jg_now(), TRY_AGAIN_MS));
}

typedef struct Cancels
{
	int64 run_ids[JG_SQL_SLOTS];
	int n;
	int64 found[JG_SQL_SLOTS];
	int nfound;
} Cancels;

static void
find_cancels(void *arg)
{
	static JgSql sql = {.text =
							"select run_id from jobgrid_engine.lease where run_id = any ($1) and cancel_at is not null",
						.nargs = 1,
						.types = {INT8ARRAYOID}};
	Cancels *cancels = arg;
	Datum value = jg_array_int8(cancels->run_ids, cancels->n);

	cancels->nfound = (int) jg_sql(&sql, &value, NULL);
	for (int i = 0; i < cancels->nfound; i++)
		cancels->found[i] = jg_sql_int64(i, 1);
}

static bool
is_cancelled(const Cancels *cancels, int64 run_id)
{
	for (int i = 0; i < cancels->nfound; i++)
		if (cancels->found[i] == run_id)
			return true;
	return false;
}

/* Interrupts what was cancelled since the last look, and ends what has not reacted in its grace. */
static void
pass_on_cancels(const JgSqlSlot *slots)
{
	static JgUnit unit = {.name = "looking for cancelled SQL runs", .body = find_cancels};
	Cancels cancels = {.n = 0};
	TimestampTz now = jg_now();

	for (int i = 0; i < JG_SQL_SLOTS; i++)
		if (slots[i].state == JG_SQL_GOING && !slots[i].cancel)
			cancels.run_ids[cancels.n++] = slots[i].run_id;
	if (cancels.n > 0)
		jg_unit_run(&unit, &cancels);
	for (int i = 0; i < JG_SQL_SLOTS; i++)
	{
		TimestampTz kill_at = slots[i].kill_at;

		if (slots[i].state != JG_SQL_GOING)
			continue;
		if (!slots[i].cancel && is_cancelled(&cancels, slots[i].run_id))
		{
			kill_at = TimestampTzPlusMilliseconds(now, slots[i].grace_ms);
			jg_sqlslot_cancel(i, kill_at);
		}
		if (kill_at == 0)
			continue;
		if (kill_at <= now)
			jg_sqlslot_kill(i);
		else
			jg_worker_wake_at(kill_at);
	}
}

typedef struct Adoption
{
	JgSqlSlot *slots;
	bool complete; /* no run was locked by somebody */
} Adoption;

static void
adopt(void *arg)
{
	Adoption *adoption = arg;
	int64 at_work[JG_SQL_SLOTS];
	int n = 0;

	for (int i = 0; i < JG_SQL_SLOTS; i++)
		if (adoption->slots[i].state != JG_SQL_FREE)
			at_work[n++] = adoption->slots[i].run_id;
	adoption->complete = jg_dispatcher_restarted(at_work, n);
}

/* Slots reserved by a dispatcher that ended before it could say whether its transaction committed. */
static void
settle_reserved(void *arg)
{
	static JgSql sql = {.text = "select from jobgrid_engine.lease where run_id = $1 and fence = $2",
						.nargs = 2,
						.types = {INT8OID, INT8OID}};
	const JgSqlSlot *slots = arg;

	for (int i = 0; i < JG_SQL_SLOTS; i++)
	{
		Datum values[2] = {Int64GetDatum(slots[i].run_id), Int64GetDatum(slots[i].fence)};

		if (slots[i].state != JG_SQL_RESERVED)
			continue;
		/* A worker that was not started yet cannot read its specification any more: it went with its dispatcher. */
		if (slots[i].pid != 0 && jg_sql(&sql, values, NULL) > 0)
			jg_sqlslot_go(i);
		else
			jg_sqlslot_void(i);
	}
}

static void
copy_slots(JgSqlSlot *slots)
{
	for (int i = 0; i < JG_SQL_SLOTS; i++)
		jg_sqlslot_copy(i, &slots[i]);
}

/* What an earlier dispatcher has left; true: nothing of it is left any more. */
static bool
take_over(JgSqlSlot *slots)
{
	static JgUnit adopt_unit = {.name = "looking for SQL runs without a worker", .body = adopt};
	Adoption adoption = {.slots = slots, .complete = false};

	if (jg_unit_run(&adopt_unit, &adoption) == JG_UNIT_DONE && !adoption.complete)
		jg_worker_wake_at(TimestampTzPlusMilliseconds(jg_now(), TRY_AGAIN_MS));
	return adoption.complete;
}

void
jg_dispatcher_reap_sql(void)
{
	static JgUnit settle_unit = {.name = "settling reserved SQL slots", .body = settle_reserved};
	static bool settled;
	static bool taken_over;
	JgSqlSlot *slots;

	if (taken_over && jg_sqlslot_in_use() == 0)
		return;
	slots = palloc(JG_SQL_SLOTS * sizeof(JgSqlSlot));
	copy_slots(slots);
	/* In a restored database these leases are another cluster's: nothing is decided before unfreeze(). */
	if (!taken_over && !jg_cluster_works())
		return;
	if (!settled)
	{
		if (jg_unit_run(&settle_unit, slots) != JG_UNIT_DONE)
			return;
		settled = true;
		copy_slots(slots);
	}
	/* What somebody has locked keeps nobody else waiting. */
	if (!taken_over)
		taken_over = take_over(slots);
	for (int i = 0; i < JG_SQL_SLOTS; i++)
		reap(i);
	copy_slots(slots);
	pass_on_cancels(slots);
}
