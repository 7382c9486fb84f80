/*
 * What the SQL verbs (cancel, hold, release, retry, set_outcome, …) stand on: the state routine as functions.
 *
 * Who may do what, and the words he reads, is decided in the verbs; whether a state may follow another is asked of
 * state.c here, whoever calls.
 */
#include "postgres.h"

#include "args.h"
#include "bell.h"
#include "catalog/pg_type.h"
#include "clock.h"
#include "codes.h"
#include "errors.h"
#include "fmgr.h"
#include "funcapi.h"
#include "guard.h"
#include "move.h"
#include "narrow.h"
#include "order.h"
#include "partition.h"
#include "report.h"
#include "sql.h"
#include "unknown.h"
#include "utils/builtins.h"
#include "workflow.h"

PG_FUNCTION_INFO_V1(jobgrid_move);
PG_FUNCTION_INFO_V1(jobgrid_order_run);
PG_FUNCTION_INFO_V1(jobgrid_end_external);
PG_FUNCTION_INFO_V1(jobgrid_stop_workflow);
PG_FUNCTION_INFO_V1(jobgrid_ring);
PG_FUNCTION_INFO_V1(jobgrid_new_history);
PG_FUNCTION_INFO_V1(jobgrid_transitions);
PG_FUNCTION_INFO_V1(jobgrid_code_list_error);

static JgState
state_argument(const char *name)
{
	JgState state;

	if (name == NULL || !jg_state_parse(name, &state))
		ereport(ERROR, (errcode(ERRCODE_JG_INVALID), errmsg("\"%s\" is no state of a run", jg_clip(name ? name : ""))));
	return state;
}

static void
check_transition(int64 run_id, JgState from, JgState to)
{
	if (!jg_transition_allowed(from, to, JG_OPERATOR))
		ereport(ERROR, (errcode(ERRCODE_JG_WRONG_STATE),
						errmsg("run %lld is %s and cannot become %s", (long long) run_id, jg_state_name(from),
							   jg_state_name(to)),
						errhint("SELECT * FROM jobgrid.transitions WHERE from_state = '%s';", jg_state_name(from))));
}

/* Fills in what a verb may say of an end; true: the run is to forget the moment it waited for. */
static bool
read_options(Datum options, JgEnd *end)
{
	static JgSql sql = {.text = "select ($1 ->> 'exit_code')::integer, $1 ->> 'message', $1 -> 'result',"
								" $1 -> 'due_at' = 'null'",
						.nargs = 1,
						.types = {JSONBOID}};
	bool isnull;

	jg_sql(&sql, &options, NULL);
	end->exit_code = DatumGetInt32(jg_sql_datum(0, 1, &isnull));
	end->has_exit = !isnull;
	end->message = jg_sql_text(0, 2);
	end->result = jg_sql_datum(0, 3, &isnull);
	end->has_result = !isnull;
	return jg_sql_bool(0, 4);
}

/* Locks the row of a run that has ended. False: there is no such run. */
static bool
lock_ended(int64 run_id, JgEnd *end)
{
	static JgPartitionSql sql = {
		.text =
			"select job_id, business_date, state, exit_code from %s where run_id = $1 and state <> 'live' for update",
		.nargs = 1,
		.types = {INT8OID}};
	int64 since;
	int64 until;
	Oid partition = jg_partition_find(JG_FAMILY_RUN, run_id, RowExclusiveLock, &since, &until);
	Datum value = Int64GetDatum(run_id);
	bool isnull;

	if (!OidIsValid(partition) || jg_sql_partition(&sql, partition, &value, NULL) == 0)
		return false;
	end->job_id = jg_sql_int32(0, 1);
	end->business_date = DatumGetDateADT(jg_sql_datum(0, 2, &isnull));
	end->from = state_argument(jg_sql_text(0, 3));
	/* What it exited with stays as it was, for conditions too. */
	if (!end->has_exit)
	{
		end->exit_code = DatumGetInt32(jg_sql_datum(0, 4, &isnull));
		end->has_exit = !isnull;
	}
	return true;
}

/* Takes the row out of its table. What nobody could tell about its last attempt stays unknown for good. */
static void
leave(JgTable table, const JgNarrow *row)
{
	if (row->state == JG_UNKNOWN)
		jg_unknown_close(row->run_id);
	jg_narrow_delete(table, row->run_id);
}

/* Moves a live run to another narrow table. */
static void
move_live(JgTable table, const JgNarrow *row, JgState to, const char *reason)
{
	JgNarrow moved = *row;

	leave(table, row);
	moved.state = to;
	moved.reason = reason;
	moved.since = jg_now();
	if (to != JG_WAITING)
		jg_narrow_insert(JG_PARKED, &moved, 1);
	else
	{
		/* Conditions that had been met, or were to be ignored, stay so; others are looked at afresh. */
		if (moved.unmet > 0)
			moved.unmet = -1;
		jg_narrow_insert(moved.due_at > moved.since ? JG_DUE : JG_PENDING, &moved, 1);
	}
}

static void
end_live(JgTable table, const JgNarrow *row, JgEnd *end)
{
	leave(table, row);
	end->job_id = row->job_id;
	end->business_date = row->business_date;
	end->from = row->state;
	end->attempts = row->attempt;
	jg_finish(end, 1, JG_OPERATOR);
}

/* move(run_id, to_state, reason, action, detail, options): returns the state the run was in. */
Datum
jobgrid_move(PG_FUNCTION_ARGS)
{
	int64 run_id;
	JgState to;
	char *reason = jg_arg_text(fcinfo, 2);
	char *action = jg_arg_text(fcinfo, 3);
	JgEnd end = {.reason = "operator", .finished_at = jg_now()};
	JgTable table;
	JgNarrow row;
	bool at_once = false;

	jg_control_require();
	jg_arg_require(fcinfo, 0, "run_id");
	jg_arg_require(fcinfo, 1, "to_state");
	jg_arg_require(fcinfo, 3, "action");
	run_id = end.run_id = PG_GETARG_INT64(0);
	to = end.to = state_argument(jg_arg_text(fcinfo, 1));
	SPI_connect();
	if (!PG_ARGISNULL(5))
		at_once = read_options(PG_GETARG_DATUM(5), &end);
	if (jg_narrow_lock(run_id, &table, &row))
	{
		end.from = row.state;
		check_transition(run_id, row.state, to);
		if (table == JG_LEASE)
			elog(ERROR, "run %lld is at work: only its executor's report moves it", (long long) run_id);
		if (jg_state_is_final(to))
			end_live(table, &row, &end);
		else
		{
			if (at_once)
				row.due_at = 0;
			move_live(table, &row, to, reason ? reason : "operator");
		}
	}
	else if (lock_ended(run_id, &end))
	{
		check_transition(run_id, end.from, to);
		jg_finish(&end, 1, JG_OPERATOR);
	}
	else
		ereport(ERROR, (errcode(ERRCODE_JG_NOT_FOUND), errmsg("run %lld does not exist", (long long) run_id)));
	jg_write_history(run_id, action, jg_state_name(end.from), jg_state_name(to), reason, jg_arg_text(fcinfo, 4));
	SPI_finish();
	PG_RETURN_TEXT_P(cstring_to_text(jg_state_name(end.from)));
}

/* Marks a lease as to be cancelled; false: somebody has done so, or there is none. A drain would let the run go on. */
static bool
mark_cancelled(int64 run_id, const char *reason)
{
	static JgSql sql = {
		.text = "update jobgrid_engine.lease set cancel_at = $2, cancel_by = jobgrid_engine.actor_role()::text,"
				" cancel_reason = $3 where run_id = $1 and cancel_by is null",
		.nargs = 3,
		.types = {INT8OID, TIMESTAMPTZOID, TEXTOID}};
	Datum values[3] = {Int64GetDatum(run_id), TimestampTzGetDatum(jg_now()), (Datum) 0};
	uint64 updated;

	if (reason)
		values[2] = CStringGetTextDatum(reason);
	updated = jg_guarded(&sql, values, reason ? "   " : "  n");
	return updated > 0;
}

/* order_run(run_id, what, reason, detail): asks whoever works on the run; false where that had been asked before. */
Datum
jobgrid_order_run(PG_FUNCTION_ARGS)
{
	int64 run_id;
	char *what = jg_arg_text(fcinfo, 1);
	char *reason = jg_arg_text(fcinfo, 2);
	bool done;

	jg_arg_require(fcinfo, 0, "run_id");
	jg_arg_require(fcinfo, 1, "what");
	run_id = PG_GETARG_INT64(0);
	SPI_connect();
	done = strcmp(what, "cancel") != 0 || mark_cancelled(run_id, reason);
	if (done)
	{
		jg_order_send(run_id, what, PG_ARGISNULL(3) ? (Datum) 0 : PG_GETARG_DATUM(3), PG_ARGISNULL(3));
		/* Looking on is no act. */
		if (strcmp(what, "follow") != 0)
			jg_write_history(run_id, what, NULL, NULL, "operator", reason);
	}
	SPI_finish();
	PG_RETURN_BOOL(done);
}

/* stop_workflow(run_id, reason) */
Datum
jobgrid_stop_workflow(PG_FUNCTION_ARGS)
{
	static JgSql sql = {.text = "insert into jobgrid_engine.condition_news (what, id) values ('w', $1)",
						.nargs = 1,
						.types = {INT8OID}};
	/* A box kills nobody but those that say so. */
	static JgSql autosys_sql = {.text = "select bool_or(autosys) from jobgrid_engine.workflow_run where run_id = $1",
								.nargs = 1,
								.types = {INT8OID}};
	Datum run_id = PG_GETARG_DATUM(0);
	char *reason = jg_arg_text(fcinfo, 1);
	JgStopping running;
	bool done;

	jg_arg_require(fcinfo, 0, "run_id");
	SPI_connect();
	done = mark_cancelled(DatumGetInt64(run_id), reason);
	if (done)
	{
		jg_sql(&autosys_sql, &run_id, NULL);
		running = jg_sql_bool(0, 1) ? JG_STOP_SOME : JG_STOP_ALL;
		(void) jg_workflow_stop(DatumGetInt64(run_id), running, JG_WAIT, JG_OPERATOR);
		jg_sql(&sql, &run_id, NULL);
		jg_ring(JG_SCHEDULER);
		jg_write_history(DatumGetInt64(run_id), "cancel", NULL, NULL, "operator", reason);
	}
	SPI_finish();
	PG_RETURN_BOOL(done);
}

/*
 * end_external(run_id, outcome, exit_code, message, result, action): what an external system says of a run it executed,
 * or the cancel of one; then the message is the reason.
 */
Datum
jobgrid_end_external(PG_FUNCTION_ARGS)
{
	static JgSql sql = {.text = "select attempt, fence from jobgrid_engine.lease"
								" where run_id = $1 and executor_id is null and reason = 'external' for update",
						.nargs = 1,
						.types = {INT8OID}};
	Datum run_id = PG_GETARG_DATUM(0);
	JgState outcome;
	JgReport report = {.event = JG_EVENT_EXITED};
	char *message = jg_arg_text(fcinfo, 3);
	char *action = jg_arg_text(fcinfo, 5);
	const char *reason = NULL;
	bool cancel;

	jg_arg_require(fcinfo, 0, "run_id");
	jg_arg_require(fcinfo, 1, "outcome");
	jg_arg_require(fcinfo, 5, "action");
	cancel = strcmp(action, "cancel") == 0;
	report.run_id = DatumGetInt64(run_id);
	outcome = state_argument(jg_arg_text(fcinfo, 1));
	if (!jg_state_is_final(outcome))
		ereport(ERROR,
				(errcode(ERRCODE_JG_INVALID),
				 errmsg("an outcome is succeeded, failed, cancelled or skipped, not %s", jg_state_name(outcome))));
	report.has_exit = !PG_ARGISNULL(2);
	report.exit_code = report.has_exit ? PG_GETARG_INT32(2) : 0;
	report.message = cancel ? NULL : message;
	if (outcome != JG_SUCCEEDED)
		reason = cancel ? "operator" : "external";
	SPI_connect();
	if (jg_sql(&sql, &run_id, NULL) == 0)
		ereport(ERROR, (errcode(ERRCODE_JG_WRONG_STATE),
						errmsg("run %lld is not running externally", (long long) report.run_id),
						errhint("SELECT * FROM jobgrid.status(%lld);", (long long) report.run_id)));
	report.attempt = jg_sql_int32(0, 1);
	report.fence = jg_sql_int64(0, 2);
	jg_end_lease(&report, outcome, reason, cancel ? "cancelled" : "reported outcome",
				 PG_ARGISNULL(4) ? (Datum) 0 : PG_GETARG_DATUM(4), !PG_ARGISNULL(4), false);
	jg_write_history(report.run_id, action, "running", jg_state_name(outcome), cancel ? reason : NULL, message);
	SPI_finish();
	PG_RETURN_VOID();
}

Datum
jobgrid_ring(PG_FUNCTION_ARGS)
{
	static const char *const names[JG_NWORKERS] = {"scheduler", "dispatcher", "janitor"};
	static const struct
	{
		const char *name;
		void (*ring)(void);
	} others[] = {{"lanes", jg_lanes_changed}, {"shutters", jg_shutters_changed}, {"changes", jg_changes_changed}};
	char *name;

	jg_shmem_require();
	jg_arg_require(fcinfo, 0, "worker");
	name = jg_arg_text(fcinfo, 0);
	for (int i = 0; i < (int) lengthof(others); i++)
	{
		if (strcmp(name, others[i].name) == 0)
		{
			others[i].ring();
			PG_RETURN_VOID();
		}
	}
	for (int i = 0; i < JG_NWORKERS; i++)
	{
		if (strcmp(name, names[i]) == 0)
		{
			jg_ring((JgWorker) i);
			PG_RETURN_VOID();
		}
	}
	ereport(ERROR, (errcode(ERRCODE_JG_INVALID), errmsg("there is no worker \"%s\"", name)));
}

Datum
jobgrid_new_history(PG_FUNCTION_ARGS)
{
	jg_arg_require(fcinfo, 0, "run_id");
	jg_arg_require(fcinfo, 1, "action");
	SPI_connect();
	jg_write_history(PG_GETARG_INT64(0), jg_arg_text(fcinfo, 1), jg_arg_text(fcinfo, 2), jg_arg_text(fcinfo, 3),
					 jg_arg_text(fcinfo, 4), jg_arg_text(fcinfo, 5));
	SPI_finish();
	PG_RETURN_VOID();
}

/* The table of transitions, for the view. */
Datum
jobgrid_transitions(PG_FUNCTION_ARGS)
{
	static const char *const actors[] = {NULL, "engine", "operator", "both"};
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;

	InitMaterializedSRF(fcinfo, 0);
	for (int from = 0; from < JG_NSTATES; from++)
	{
		for (int to = 0; to < JG_NSTATES; to++)
		{
			int who = jg_transition_actors((JgState) from, (JgState) to);
			Datum values[3];
			bool nulls[3] = {0};

			if (who == 0)
				continue;
			values[0] = CStringGetTextDatum(jg_state_name((JgState) from));
			values[1] = CStringGetTextDatum(jg_state_name((JgState) to));
			values[2] = CStringGetTextDatum(actors[who]);
			tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
		}
	}
	return (Datum) 0;
}

Datum
jobgrid_code_list_error(PG_FUNCTION_ARGS)
{
	const char *error = PG_ARGISNULL(0) ? NULL : jg_codes_error(text_to_cstring(PG_GETARG_TEXT_PP(0)));

	if (error == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(error));
}
