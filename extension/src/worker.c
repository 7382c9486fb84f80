/*
 * The frame of the static workers scheduler, dispatcher and janitor: how they are registered and the one loop they
 * share. What each does in a round is its own file's.
 *
 * A round starts with the bell taken down and ends with a sleep until the next moment at which something is due, the
 * bell, or 30 s: a bell that got lost and a clock that was set are made good by that. No transaction is ever open
 * over a sleep. A worker ends with exit code 1 only, and the postmaster starts it again at once; throttling is ours.
 */
#include "worker.h"

#include "bell.h"
#include "clock.h"
#include "dispatcher.h"
#include "janitor.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/bgworker.h"
#include "postmaster/interrupt.h"
#include "scheduler.h"
#include "sqlslot.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "storage/proc.h"
#include "tcop/tcopprot.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/wait_event.h"
#include "worker_home.h"
#include "worker_unit.h"

#define LONGEST_SLEEP_MS 30000

MemoryContext jg_worker_scratch;

bool
jg_in_worker(void)
{
	return jg_worker_scratch != NULL;
}

static const char *const names[JG_NWORKERS] = {"scheduler", "dispatcher", "janitor"};

static void (*const rounds[JG_NWORKERS])(void) =
	{[JG_SCHEDULER] = jg_scheduler_round, [JG_DISPATCHER] = jg_dispatcher_round, [JG_JANITOR] = jg_janitor_round};

/* Settings of the database or of the server must not bend what the workers' statements mean. */
static const char *const pinned[][2] = {
	{"search_path", "pg_catalog, pg_temp"},
	{"default_transaction_isolation", "read committed"},
	{"default_transaction_read_only", "off"},
	{"default_transaction_deferrable", "off"},
	{"session_replication_role", "origin"},
	{"statement_timeout", "0"},
	{"lock_timeout", "0"},
	{"idle_in_transaction_session_timeout", "0"},
	{"row_security", "on"},
	{"DateStyle", "ISO, MDY"},
	{"IntervalStyle", "postgres"},
	{"TimeZone", "UTC"},
	{"default_tablespace", ""},
	{"jit", "off"},
};

static JgWorker self;
static TimestampTz wake_at;

const char *
jg_worker_name(JgWorker worker)
{
	return names[worker];
}

void
jg_workers_register(void)
{
	jg_home_init();
	jg_sqlslot_init();
	for (int i = 0; i < JG_NWORKERS; i++)
	{
		BackgroundWorker worker = {0};

		snprintf(worker.bgw_name, BGW_MAXLEN, "jobgrid %s", names[i]);
		strlcpy(worker.bgw_type, worker.bgw_name, BGW_MAXLEN);
		worker.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
		worker.bgw_start_time = BgWorkerStart_RecoveryFinished;
		worker.bgw_restart_time = 0;
		strlcpy(worker.bgw_library_name, "jobgrid", BGW_MAXLEN);
		strlcpy(worker.bgw_function_name, "jg_worker_main", BGW_MAXLEN);
		worker.bgw_main_arg = Int32GetDatum(i);
		RegisterBackgroundWorker(&worker);
	}
}

static void
set_state(const char *state)
{
	/* Without a lock: it is for people's eyes, and the last byte is never anything but a zero. */
	strlcpy(jg_shared->workers[self].state, state, sizeof(jg_shared->workers[self].state));
}

static void
leave(int code, Datum arg)
{
	JgWorkerSlot *slot = &jg_shared->workers[self];

	slot->latch = NULL;
	slot->pid = 0;
	set_state("stopped");
}

static void
arrive(void)
{
	JgWorkerSlot *slot = &jg_shared->workers[self];

	slot->pid = MyProcPid;
	slot->started_at = jg_now();
	on_shmem_exit(leave, (Datum) 0);
	slot->latch = MyLatch;
	pg_memory_barrier();
	set_state("starting");
}

static void
pin_settings(void)
{
	for (int i = 0; i < (int) lengthof(pinned); i++)
		SetConfigOption(pinned[i][0], pinned[i][1], PGC_SUSET, PGC_S_OVERRIDE);
}

bool
jg_worker_is_due(TimestampTz moment, int every_ms)
{
	TimestampTz now = jg_now();

	return moment <= now || moment > TimestampTzPlusMilliseconds(now, every_ms);
}

void
jg_worker_wake_at(TimestampTz moment)
{
	wake_at = Min(wake_at, moment);
}

static void
sleep_until_wanted(void)
{
	long ms = TimestampDifferenceMilliseconds(jg_now(), wake_at);

	/* A bell rung in the midst of the round may have had its latch taken by a wait inside: only the bell itself tells. */
	if (ms > 0 && pg_atomic_read_u32(&jg_shared->workers[self].bell) == 0)
	{
		pgstat_report_stat(true);
		(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, Min(ms, LONGEST_SLEEP_MS),
						 PG_WAIT_EXTENSION);
	}
	ResetLatch(MyLatch);
	CHECK_FOR_INTERRUPTS();
}

/* One look at everything there is to do. */
static void
go_round(void)
{
	JgWorkerSlot *slot = &jg_shared->workers[self];

	(void) pg_atomic_exchange_u32(&slot->bell, 0); /* a full barrier: before looking, never after */
	slot->last_wakeup = jg_now();
	pg_atomic_fetch_add_u64(&slot->wakeups, 1);
	wake_at = TimestampTzPlusMilliseconds(slot->last_wakeup, LONGEST_SLEEP_MS);

	jg_unit_round_begins();
	set_state("working");
	rounds[self]();
	if (jg_unit_found_absent())
		set_state("no extension");
	else
		set_state(pg_atomic_read_u32(&jg_shared->held) == JG_HELD_YES ? "held" : "idle");
	MemoryContextReset(jg_worker_scratch);
}

void
jg_worker_main(Datum arg)
{
	self = (JgWorker) DatumGetInt32(arg);
	Assert(self < JG_NWORKERS);

	pqsignal(SIGHUP, SignalHandlerForConfigReload);
	pqsignal(SIGTERM, die);
	BackgroundWorkerUnblockSignals();
	arrive();
	jg_home_throttle(self);
	jg_home_connect(self);
	pin_settings();
	jg_unit_init(self);
	jg_worker_scratch = AllocSetContextCreate(TopMemoryContext, "jobgrid worker scratch", ALLOCSET_DEFAULT_SIZES);

	for (;;)
	{
		CHECK_FOR_INTERRUPTS();
		if (ConfigReloadPending)
		{
			ConfigReloadPending = false;
			ProcessConfigFile(PGC_SIGHUP);
		}
		MemoryContextSwitchTo(jg_worker_scratch);
		go_round();
		sleep_until_wanted();
	}
}
