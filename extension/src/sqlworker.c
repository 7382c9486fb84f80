/*
 * The process that is the session of one SQL run: connected as the job's role, so that session_user is that role, for
 * one run only, so that nothing of a run is left for the next.
 *
 * transaction = one: the job's statements and the completion of the run commit together or not at all. The completion
 * is this file's own code; the user's SQL can neither call nor prevent it. transaction = none: the outcome is told
 * through the slot and recorded by the dispatcher, as is every failure. This process starts nothing again.
 */
#include "sqlworker.h"

#include <signal.h>

#include "access/xact.h"
#include "clock.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/interrupt.h"
#include "report.h"
#include "shmem.h"
#include "sql.h"
#include "sqlrun.h"
#include "sqlrun_output.h"
#include "sqlslot.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "tcop/tcopprot.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/portal.h"
#include "utils/snapmgr.h"
#include "utils/timeout.h"
#include "utils/wait_event.h"

#define LOOK_FOR_GO_MS 1000

static int slot_index;
static uint32 slot_generation;
static emit_log_hook_type servers_hook;

bool
jg_sqlworker_register(int index, int64 run_id, BackgroundWorkerHandle **handle)
{
	BackgroundWorker worker = {0};
	uint32 generation = jg_sqlslot_generation(index);

	snprintf(worker.bgw_name, BGW_MAXLEN, "jobgrid run %lld", (long long) run_id);
	strlcpy(worker.bgw_type, "jobgrid sql", BGW_MAXLEN);
	worker.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
	worker.bgw_start_time = BgWorkerStart_RecoveryFinished;
	worker.bgw_restart_time = BGW_NEVER_RESTART;
	strlcpy(worker.bgw_library_name, "jobgrid", BGW_MAXLEN);
	strlcpy(worker.bgw_function_name, "jg_sqlworker_main", BGW_MAXLEN);
	worker.bgw_main_arg = Int32GetDatum(index);
	memcpy(worker.bgw_extra, &generation, sizeof(generation));
	worker.bgw_notify_pid = MyProcPid;
	return RegisterDynamicBackgroundWorker(&worker, handle);
}

static void
leave(int code, Datum arg)
{
	jg_sqlslot_leave(slot_index, slot_generation);
}

/* Time is over: cancel, as a person would. */
static void
time_is_over(void)
{
	jg_sqlslot_timed_out(slot_index);
	kill(MyProcPid, SIGINT);
}

/* It did not react to the cancel. */
static void
grace_is_over(void)
{
	kill(MyProcPid, SIGTERM);
}

static void
arm_timeouts(const JgSqlSlot *slot)
{
	TimeoutId cancel = RegisterTimeout(USER_TIMEOUT, time_is_over);
	TimeoutId term = RegisterTimeout(USER_TIMEOUT, grace_is_over);
	TimestampTz over;

	if (slot->timeout_ms == 0)
		return;
	over = TimestampTzPlusMilliseconds(jg_now(), slot->timeout_ms);
	enable_timeout_at(cancel, over);
	enable_timeout_at(term, TimestampTzPlusMilliseconds(over, slot->grace_ms));
}

/* The lease of the run is committed some moments after this process was registered; nothing may start before. */
static bool
wait_for_go(void)
{
	for (;;)
	{
		JgSqlState state = jg_sqlslot_state(slot_index, slot_generation);

		if (state != JG_SQL_RESERVED)
			return state == JG_SQL_GOING;
		(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, LOOK_FOR_GO_MS, PG_WAIT_EXTENSION);
		ResetLatch(MyLatch);
		CHECK_FOR_INTERRUPTS();
	}
}

/* A text of the specification in this database's encoding. */
static char *
spec_text(const JgSqlSpec *spec, uint32 offset)
{
	const char *text = spec->text + offset;

	return MemoryContextStrdup(TopMemoryContext, pg_any_to_server(text, strlen(text), spec->encoding));
}

/*
 * Runs what was left for the end of the transaction, as part of the work: as the job's role, under its time-out, its
 * errors the job's. Comes before complete(), so that no code of the job runs while the lease is locked: a cancel would
 * have to wait for it.
 */
static void
run_deferred(void)
{
	/* A cursor WITH HOLD would be run to its end by the commit, and end with the session a moment later. */
	PortalHashTableDeleteAll();
	/* Unlike SET CONSTRAINTS ALL IMMEDIATE this goes on until nothing is left, whatever the triggers defer again. */
	AfterTriggerFireDeferred();
	PortalHashTableDeleteAll();
}

/*
 * The time-out ends with the job's code. Called after all callbacks that the work has registered, a foreign server's
 * commit among them. From here on a commit may only wait for what is not the job's, such as a standby, and is not
 * to give up on that.
 */
static void
before_commit(XactEvent event, void *arg)
{
	if (event == XACT_EVENT_PRE_COMMIT)
		disable_all_timeouts(false);
}

/*
 * Ends the run in the transaction of the work. What the work has left behind in the session (role, search_path, read
 * only mode) must not reach our statements: they run as the owner with a search_path of their own. That is a local
 * change of the user, and no security-restricted operation: nothing of the job's is run in it, and the end is written
 * in the name of the session's role, which nobody may name from inside such an operation.
 */
static void
complete(const JgSqlSlot *slot, const JgSqlSpec *spec, const JgSqlResult *result)
{
	Oid user;
	int context;
	int level;
	bool current;

	GetUserIdAndSecContext(&user, &context);
	SetUserIdAndSecContext(jg_owner_role(), context | SECURITY_LOCAL_USERID_CHANGE);
	level = NewGUCNestLevel();
	(void) set_config_option("search_path", "pg_catalog, pg_temp", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0,
							 false);
	/* SET TRANSACTION READ ONLY is a promise about the job's statements, and they are over. */
	XactReadOnly = false;
	SPI_connect();
	PushActiveSnapshot(GetTransactionSnapshot());
	current = jg_end_lease_as(slot->run_id, slot->attempt, slot->fence, JG_SUCCEEDED, NULL, "the transaction committed",
							  NULL, jg_sqlrun_result(result->command_tag, result->has_rows, result->rows), true, false);
	/* With the end, so that nobody sees an end without it. */
	if (current)
		jg_sqlrun_output_keep(slot->run_id, slot->attempt, spec);
	PopActiveSnapshot();
	SPI_finish();
	AtEOXact_GUC(false, level);
	SetUserIdAndSecContext(user, context);
	if (!current)
	{
		jg_sqlslot_report(slot_index, JG_SQL_STALE, NULL, NULL, false, 0);
		ereport(ERROR,
				(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				 errmsg("run %lld is not this worker's any more: its work is rolled back", (long long) slot->run_id)));
	}
}

static void
run_one(const JgSqlSlot *slot, const JgSqlSpec *spec, const char *command)
{
	JgSqlResult result;

	/* First of all, because the last registered is the first called. */
	RegisterXactCallback(before_commit, NULL);
	/* A real block, so that VACUUM, CALL and the like say that they cannot run in one. */
	StartTransactionCommand();
	BeginTransactionBlock();
	CommitTransactionCommand();
	StartTransactionCommand();
	jg_sqlrun_statements(command, true, &result);
	run_deferred();
	complete(slot, spec, &result);
	EndTransactionBlock(false);
	CommitTransactionCommand();
	jg_sqlslot_report(slot_index, JG_SQL_COMPLETED, NULL, NULL, false, 0);
}

static void
run_none(const char *command)
{
	JgSqlResult result;

	jg_sqlrun_statements(command, false, &result);
	disable_all_timeouts(false);
	jg_sqlslot_report(slot_index, JG_SQL_SUCCEEDED, NULL, result.command_tag, result.has_rows, result.rows);
}

/* What two encodings share. */
static void
keep_ascii(char *text)
{
	for (char *c = text; *c; c++)
		if (IS_HIGHBIT_SET(*c))
			*c = '?';
}

/* An error as a run's message. */
static void
put_message(char *message, const ErrorData *error, bool same_encoding)
{
	snprintf(message, JG_SQL_MESSAGE, "%s: %s", unpack_sql_state(error->sqlerrcode), error->message);
	message[pg_mbcliplen(message, strlen(message), JG_SQL_MESSAGE - 1)] = '\0';
	if (!same_encoding)
		keep_ascii(message);
}

/* The run's line in the server's log; what else there is to the error is in the run's output. */
static void
log_end(const JgSqlSlot *slot, const JgSqlSpec *spec, JgSqlOutcome outcome, const char *message)
{
	const char *end = outcome == JG_SQL_TIMED_OUT   ? "has timed out"
					  : outcome == JG_SQL_CANCELLED ? "was cancelled"
													: "has failed";
	char *job = pstrdup(spec->text + spec->job);

	if (GetDatabaseEncoding() != spec->encoding)
		keep_ascii(job);
	ereport(LOG, (errmsg("run %lld of job %s %s: %s", (long long) slot->run_id, job, end, message), errhidestmt(true),
				  errhidecontext(true)));
}

/*
 * What ends the process while it connects cannot be caught, only heard. One that somebody told to end was not refused.
 */
static void
hear_refusal(ErrorData *error)
{
	char message[JG_SQL_MESSAGE];

	if (servers_hook)
		servers_hook(error);
	if (error->elevel < ERROR || error->sqlerrcode == ERRCODE_ADMIN_SHUTDOWN ||
		error->sqlerrcode == ERRCODE_QUERY_CANCELED)
		return;
	put_message(message, error, false);
	jg_sqlslot_report(slot_index, JG_SQL_REFUSED, message, NULL, false, 0);
}

static void
connect_as_role(const JgSqlSlot *slot)
{
	servers_hook = emit_log_hook;
	emit_log_hook = hear_refusal;
	BackgroundWorkerInitializeConnectionByOid(slot->database, slot->role, 0);
	emit_log_hook = servers_hook;
}

/* In the catch block: what the error means for the run. */
static void
report_error(const JgSqlSpec *spec)
{
	ErrorData *error;
	char message[JG_SQL_MESSAGE];
	JgSqlSlot slot;
	JgSqlOutcome outcome = JG_SQL_FAILED;

	HOLD_INTERRUPTS();
	disable_all_timeouts(false);
	QueryCancelPending = false;
	EmitErrorReport();
	MemoryContextSwitchTo(TopMemoryContext);
	error = CopyErrorData();
	AbortOutOfAnyTransaction();
	FlushErrorState();
	put_message(message, error, GetDatabaseEncoding() == spec->encoding);
	jg_sqlslot_copy(slot_index, &slot);
	if (slot.outcome == JG_SQL_STALE)
		outcome = JG_SQL_STALE;
	else if (slot.timed_out)
		outcome = JG_SQL_TIMED_OUT;
	else if (slot.cancel)
		outcome = JG_SQL_CANCELLED;
	jg_sqlslot_report(slot_index, outcome, message, NULL, false, 0);
	log_end(&slot, spec, outcome, message);
	RESUME_INTERRUPTS();
}

static void
run(const JgSqlSlot *slot, JgSqlSpec *spec)
{
	MemoryContext context = AllocSetContextCreate(TopMemoryContext, "jobgrid sql run", ALLOCSET_DEFAULT_SIZES);

	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		char *command;

		StartTransactionCommand(); /* conversion of texts looks into the catalogues */
		command = spec_text(spec, spec->command);
		jg_sqlrun_set(&(JgSqlRun){.run_id = slot->run_id,
								  .attempt = slot->attempt,
								  .business_date = spec_text(spec, spec->business_date),
								  .previous_business_date = spec_text(spec, spec->previous_business_date),
								  .month_end = spec->month_end,
								  .quarter_end = spec->quarter_end,
								  .parameters = spec_text(spec, spec->parameters)});
		CommitTransactionCommand();
		MemoryContextSwitchTo(context);
		if (jg_sqlslot_cancelled(slot_index))
			ereport(ERROR,
					(errcode(ERRCODE_QUERY_CANCELED), errmsg("the run was cancelled before its first statement")));
		debug_query_string = command;
		pgstat_report_activity(STATE_RUNNING, command);
		SetCurrentStatementStartTimestamp();
		arm_timeouts(slot);
		if (slot->one)
			run_one(slot, spec, command);
		else
			run_none(command);
	}
	PG_CATCH();
	{
		report_error(spec);
	}
	PG_END_TRY();
	debug_query_string = NULL;
	pgstat_report_stat(true);
	pgstat_report_activity(STATE_IDLE, NULL);
}

void
jg_sqlworker_main(Datum arg)
{
	JgSqlSlot slot;
	dsm_segment *segment;
	JgSqlSpec *spec;

	slot_index = DatumGetInt32(arg);
	memcpy(&slot_generation, MyBgworkerEntry->bgw_extra, sizeof(slot_generation));
	pqsignal(SIGHUP, SignalHandlerForConfigReload);
	pqsignal(SIGTERM, die);
	BackgroundWorkerUnblockSignals();

	if (!jg_sqlslot_arrive(slot_index, slot_generation, &slot))
		proc_exit(0);
	on_shmem_exit(leave, (Datum) 0);
	segment = dsm_attach(slot.segment);
	if (segment == NULL)
		ereport(FATAL, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("the dispatcher that started run %lld is gone", (long long) slot.run_id)));
	spec = dsm_segment_address(segment);
	connect_as_role(&slot);
	pgstat_report_appname(MyBgworkerEntry->bgw_name);
	if (!wait_for_go())
		proc_exit(0);
	jg_sqlslot_begun(slot_index);
	jg_sqlrun_output_begin(spec);
	run(&slot, spec);
	proc_exit(0);
}
