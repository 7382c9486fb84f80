/*
 * A unit of work: one transaction, as the owner role under a restricted security context, with SPI connected.
 *
 * An error ends the unit and nothing else: the transaction is rolled back, the error logged and counted, and the unit
 * rests, longer each time, while others go on. Errors are caught here and nowhere below, but for a lock that a drop did
 * not get (partition_drop.c). The lock on the extension comes before everything else in the transaction (worker_home.c).
 */
#include "worker_unit.h"

#include "access/xact.h"
#include "clock.h"
#include "executor/spi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "sql.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "worker_home.h"

#define LONGEST_REST_S 30

static JgWorker self;
static bool absent;

void
jg_unit_init(JgWorker worker)
{
	self = worker;
}

void
jg_unit_round_begins(void)
{
	absent = false;
}

bool
jg_unit_found_absent(void)
{
	return absent;
}

static void
say_where(void *arg)
{
	errcontext("jobgrid %s, %s", jg_worker_name(self), (const char *) arg);
}

/* The transaction itself; false: the extension is not there. */
static bool
transact(void (*body)(void *arg), void *arg)
{
	Oid user;
	int context;

	StartTransactionCommand();
	if (!jg_home_enter(self))
	{
		CommitTransactionCommand();
		return false;
	}
	GetUserIdAndSecContext(&user, &context);
	SetUserIdAndSecContext(jg_owner_role(), context | SECURITY_RESTRICTED_OPERATION);
	SPI_connect();
	PushActiveSnapshot(GetTransactionSnapshot());
	body(arg);
	PopActiveSnapshot();
	SPI_finish();
	SetUserIdAndSecContext(user, context);
	CommitTransactionCommand();
	return true;
}

/* Called in the catch block: rolls back, logs, and keeps the message where people look for it. */
static void
recover(MemoryContext caller, bool quiet)
{
	JgWorkerSlot *slot = &jg_shared->workers[self];
	ErrorData *error;
	int clip;

	HOLD_INTERRUPTS();
	if (!quiet)
		EmitErrorReport();
	MemoryContextSwitchTo(caller);
	error = CopyErrorData();
	AbortOutOfAnyTransaction(); /* of subtransactions too */
	FlushErrorState();
	MemoryContextSwitchTo(caller);
	pg_atomic_fetch_add_u64(&slot->errors, 1);
	LWLockAcquire(jg_shared->lock, LW_EXCLUSIVE);
	clip = pg_mbcliplen(error->message, strlen(error->message), sizeof(slot->last_error) - 1);
	strlcpy(slot->last_error, error->message, clip + 1);
	LWLockRelease(jg_shared->lock);
	FreeErrorData(error);
	RESUME_INTERRUPTS();
}

static JgUnitResult
attempt(const char *name, void (*body)(void *arg), void *arg, bool quiet)
{
	MemoryContext caller = CurrentMemoryContext;
	ErrorContextCallback where = {
		.previous = error_context_stack, .callback = say_where, .arg = unconstify(char *, name)};
	volatile JgUnitResult result = JG_UNIT_FAILED;

	CHECK_FOR_INTERRUPTS();
	SetCurrentStatementStartTimestamp();
	pgstat_report_activity(STATE_RUNNING, name);
	error_context_stack = &where;
	PG_TRY();
	{
		result = transact(body, arg) ? JG_UNIT_DONE : JG_UNIT_ABSENT;
	}
	PG_CATCH();
	{
		error_context_stack = where.previous;
		recover(caller, quiet);
		result = JG_UNIT_FAILED;
	}
	PG_END_TRY();
	error_context_stack = where.previous;
	MemoryContextSwitchTo(caller);
	if (result == JG_UNIT_ABSENT)
		absent = true;
	else
		pg_atomic_fetch_add_u64(&jg_shared->workers[self].transactions, 1);
	pgstat_report_stat(false);
	pgstat_report_activity(STATE_IDLE, NULL);
	return result;
}

JgUnitResult
jg_unit_try(const char *name, void (*body)(void *arg), void *arg)
{
	return attempt(name, body, arg, false);
}

JgUnitResult
jg_unit_try_quietly(const char *name, void (*body)(void *arg), void *arg)
{
	return attempt(name, body, arg, true);
}

const char *
jg_unit_last_error(void)
{
	return jg_shared->workers[self].last_error;
}

JgUnitResult
jg_unit_run(JgUnit *unit, void *arg)
{
	TimestampTz now = jg_now();
	JgUnitResult result;

	/* A rest is never longer than its longest, even if the clock was set back. */
	if (unit->retry_at > now && unit->retry_at <= TimestampTzPlusMilliseconds(now, LONGEST_REST_S * 1000))
	{
		jg_worker_wake_at(unit->retry_at);
		return JG_UNIT_RESTING;
	}
	unit->retry_at = 0;
	result = jg_unit_try(unit->name, unit->body, arg);
	if (result == JG_UNIT_FAILED)
	{
		int rest = Min(1 << Min(unit->failures, 5), LONGEST_REST_S);

		unit->failures++;
		unit->retry_at = TimestampTzPlusMilliseconds(jg_now(), rest * 1000);
		jg_worker_wake_at(unit->retry_at);
	}
	else
		unit->failures = 0;
	return result;
}
