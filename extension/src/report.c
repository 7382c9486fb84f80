/*
 * Ends of attempts: from what happened to what it means.
 *
 * An executor says what happened; here it becomes success, failure, another try. Everything of a batch is done by a
 * few statements for all of it. A report that does not name the current fence changes nothing and spoils nothing;
 * whether it is about an attempt that had been given up is late.c's to know.
 */
#include "report.h"

#include "catalog/pg_type.h"
#include "clock.h"
#include "codes.h"
#include "guard.h"
#include "late.h"
#include "lost.h"
#include "measure.h"
#include "move.h"
#include "order.h"
#include "partition.h"
#include "result.h"
#include "sql.h"
#include "unknown.h"
#include "utils/builtins.h"

/* What an ended attempt means. */
typedef struct Verdict
{
	JgState state; /* of the attempt; also of the run where it does not try again */
	const char *reason;
	const char *decided_by;
	bool may_retry;
} Verdict;

/* A batch on its way: what will be written when all of it has been looked at. */
typedef struct Batch
{
	JgEnd *ends;
	int nends;
	JgAttempt *attempts;
	int nattempts;
	JgNarrow *retries;
	int nretries;
	JgLease *returned;
	int nreturned;
} Batch;

static Batch
batch_new(int n)
{
	Batch batch = {0};

	batch.ends = palloc0(n * sizeof(JgEnd));
	batch.attempts = palloc0(n * sizeof(JgAttempt));
	batch.retries = palloc0(n * sizeof(JgNarrow));
	batch.returned = palloc0(n * sizeof(JgLease));
	return batch;
}

static void
batch_write(const Batch *batch)
{
	if (batch->nattempts > 0)
		jg_write_attempts(batch->attempts, batch->nattempts);
	if (batch->nends > 0)
		jg_finish(batch->ends, batch->nends, JG_ENGINE);
	if (batch->nretries > 0)
		jg_narrow_insert(JG_DUE, batch->retries, batch->nretries);
	if (batch->nreturned > 0)
		jg_lease_give_back(batch->returned, batch->nreturned);
}

static Verdict
judge_exit(const JgDefinition *definition, int exit_code)
{
	const char *success = definition->success_codes;
	const char *fail = definition->fail_codes;
	Verdict verdict = {.may_retry = true};

	verdict.state = jg_codes_success(success, fail, exit_code) ? JG_SUCCEEDED : JG_FAILED;
	if (verdict.state == JG_FAILED)
		verdict.reason = "exit_code";
	if (fail)
		verdict.decided_by =
			psprintf("exit code %d is %sin fail_codes %s", exit_code, verdict.state == JG_FAILED ? "" : "not ", fail);
	else if (success)
		verdict.decided_by = psprintf("exit code %d is %sin success_codes %s", exit_code,
									  verdict.state == JG_FAILED ? "not " : "", success);
	else
		verdict.decided_by =
			verdict.state == JG_FAILED ? psprintf("exit code %d is not 0", exit_code) : "exit code 0 is success";
	return verdict;
}

/* Stopped on somebody's word, or for its executor's sake: drained by order, or shut down on its node. */
static Verdict
judge_stopped(const JgLease *lease, const char *decided_by)
{
	if (jg_lease_cancelled(lease))
		return (Verdict){JG_CANCELLED, "operator", decided_by, false};
	return (Verdict){JG_CANCELLED, "drained",
					 jg_lease_drained(lease) ? "its executor was to be empty" : "its executor was shut down", false};
}

static Verdict
judge(const JgReport *report, const JgLease *lease, const JgDefinition *definition)
{
	switch (report->event)
	{
		case JG_EVENT_EXITED:
			return judge_exit(definition, report->exit_code);
		case JG_EVENT_SIGNALLED:
			return (Verdict){JG_FAILED, "signal", "ended by a signal", true};
		case JG_EVENT_TIMED_OUT:
			return (Verdict){JG_FAILED, "timeout", "timeout", true};
		case JG_EVENT_CANCELLED:
			return judge_stopped(lease, "cancelled");
		case JG_EVENT_SETUP_FAILED:
			return (Verdict){JG_FAILED, "setup_failed", "no process was started", false};
		case JG_EVENT_RETURNED:
			/* Not given back: it was to be cancelled, or had been reported as started. */
			return judge_stopped(lease, "cancelled before its start");
		case JG_EVENT_OOM_KILLED:
			return (Verdict){JG_FAILED, "oom_killed", "out of memory", true};
		case JG_EVENT_FENCED:
			if (jg_lease_cancelled(lease))
				return (Verdict){JG_CANCELLED, JG_REASON_LOST, "a cancelled run never retries", false};
			return (Verdict){JG_FAILED, JG_REASON_LOST, "killed by its node: its lease was over", true};
		case JG_EVENT_STARTED:
		case JG_EVENT_LOST:
		case JG_EVENT_UNKILLABLE:
		case JG_NEVENTS:
			break;
	}
	elog(ERROR, "event %d ends no attempt", report->event);
}

static void
add_attempt(Batch *batch, const JgLease *lease, const JgReport *report, const Verdict *verdict)
{
	JgAttempt *attempt = &batch->attempts[batch->nattempts++];
	/* When a ghost was claimed is not known; no job may run longer than this. */
	TimestampTz earliest = lease->claimed_at != 0 ? lease->claimed_at : lease->row.since - 30 * USECS_PER_DAY;

	attempt->run_id = lease->row.run_id;
	attempt->fence = lease->fence;
	attempt->attempt = lease->row.attempt;
	attempt->version = lease->version;
	attempt->executor_id = lease->executor_id;
	attempt->has_exit = report->has_exit;
	attempt->exit_code = report->exit_code;
	attempt->signal = report->signal;
	/* By the server's clock, from the executor's durations; never before the claim or after now. */
	attempt->finished_at = jg_now() - Max(report->age_us, 0);
	attempt->finished_at = Max(attempt->finished_at, earliest);
	if (lease->started_at != 0)
		attempt->started_at = Min(lease->started_at, attempt->finished_at);
	else if (report->event != JG_EVENT_SETUP_FAILED && report->event != JG_EVENT_RETURNED)
		attempt->started_at = Max(attempt->finished_at - Max(report->run_us, 0), earliest);
	if (lease->claimed_at != 0)
		attempt->claimed_at = lease->claimed_at;
	else /* a ghost's: no later than this */
		attempt->claimed_at = attempt->started_at != 0 ? attempt->started_at : attempt->finished_at;
	attempt->cpu_us = report->cpu_us;
	attempt->max_rss_kb = report->max_rss_kb;
	attempt->state = jg_state_name(verdict->state);
	attempt->reason = verdict->reason;
	attempt->decided_by = verdict->decided_by;
	attempt->message = report->message;
}

static void
add_end(Batch *batch, const JgLease *lease, const Verdict *verdict, Datum result, bool has_result)
{
	const JgAttempt *attempt = &batch->attempts[batch->nattempts - 1];
	JgEnd *end = &batch->ends[batch->nends++];

	end->run_id = lease->row.run_id;
	end->job_id = lease->row.job_id;
	end->business_date = lease->row.business_date;
	end->from = lease->row.state;
	end->to = verdict->state;
	end->reason = verdict->reason;
	end->message = attempt->message;
	end->has_exit = attempt->has_exit;
	end->exit_code = attempt->exit_code;
	end->signal = attempt->signal;
	end->attempts = lease->row.attempt;
	end->version = lease->version;
	end->executor_id = lease->executor_id;
	end->started_at = attempt->started_at;
	end->finished_at = attempt->finished_at;
	end->result = result;
	end->has_result = has_result;
}

static void
add_retry(Batch *batch, const JgLease *lease, int64 delay_ms)
{
	JgNarrow *row = &batch->retries[batch->nretries++];

	*row = lease->row;
	row->state = JG_WAITING;
	row->reason = "retry_wait";
	row->since = jg_now();
	row->due_at = row->since + delay_ms * 1000;
	row->unmet = 0; /* its conditions have been met once; a retry does not ask again */
}

/* Stopped for its executor's sake, and may run twice: it goes on elsewhere, and that was no try. */
static bool
moves_on(const JgLease *lease, const Verdict *verdict, const JgDefinition *definition)
{
	return verdict->state == JG_CANCELLED && !jg_lease_cancelled(lease) && definition->version != 0 &&
		   definition->on_lost != NULL && strcmp(definition->on_lost, "retry") == 0;
}

static bool
tries_again(const JgLease *lease, const Verdict *verdict, const JgDefinition *definition)
{
	return verdict->state == JG_FAILED && verdict->may_retry && !jg_lease_cancelled(lease) &&
		   definition->version != 0 && lease->row.tries < definition->attempts;
}

static void
settle(Batch *batch, const JgLease *lease, const JgReport *report, const Verdict *verdict,
	   const JgDefinition *definition, Datum result, bool has_result)
{
	bool moves = moves_on(lease, verdict, definition);
	bool retry = moves || tries_again(lease, verdict, definition);
	JgState to = retry ? JG_WAITING : verdict->state;

	Assert(jg_transition_allowed(lease->row.state, to, JG_ENGINE));
	add_attempt(batch, lease, report, verdict);
	if (retry)
		add_retry(batch, lease, moves ? 0 : definition->retry_delay_ms);
	else
		add_end(batch, lease, verdict, result, has_result);
	if (moves)
		batch->retries[batch->nretries - 1].tries--;
	if (lease->row.state == JG_UNKNOWN)
		jg_write_history(lease->row.run_id, "late_report", "unknown", jg_state_name(to), verdict->reason,
						 "its executor told the end of an attempt that had been given up");
}

/* Never started, as far as anybody has said, and nobody wants it to end. */
static bool
goes_back(const JgReport *report, const JgLease *lease)
{
	return report->event == JG_EVENT_RETURNED && !jg_lease_cancelled(lease) &&
		   (lease->row.state == JG_STARTING || (lease->row.state == JG_UNKNOWN && lease->started_at == 0));
}

/* The executor itself cannot say how it ended. */
static bool
lose(const JgReport *report, const JgLease *lease, const JgDefinition *definition)
{
	JgLoss loss = {.reason = JG_REASON_NO_OUTCOME, .message = report->message};

	if (report->event != JG_EVENT_LOST && report->event != JG_EVENT_UNKILLABLE)
		return false;
	if (report->event == JG_EVENT_UNKILLABLE)
		loss = (JgLoss){.reason = JG_REASON_UNKILLABLE, .message = report->message, .hold = true};
	else if (loss.message == NULL)
		loss.message = "nobody saw how it ended";
	jg_lose_lease(lease, definition, &loss);
	jg_orders_forget(&lease->row.run_id, 1);
	return true;
}

/* An end, with what the job gave back; what is no JSON is told and not kept. */
static void
take_end(Batch *batch, const JgLease *lease, const JgReport *report, const JgDefinition *definition)
{
	Verdict verdict = judge(report, lease, definition);
	JgReport told = *report;
	Datum result = (Datum) 0;
	char *problem;
	bool has_result = report->result != NULL && jg_result_parse(report->result, &result, &problem);

	if (report->result != NULL && !has_result)
		told.message = report->message ? psprintf("%s; %s", report->message, problem) : problem;
	settle(batch, lease, &told, &verdict, definition, result, has_result);
}

void
jg_report_ends(const JgReport *const *reports, const JgLease *leases, int n)
{
	JgDefinitions definitions;
	Batch batch;

	if (n == 0)
		return;
	definitions = jg_lease_definitions(leases, n);
	batch = batch_new(n);
	for (int i = 0; i < n; i++)
	{
		const JgLease *lease = &leases[i];
		const JgDefinition *definition = jg_definition(&definitions, lease->row.job_id, lease->version);

		if (goes_back(reports[i], lease))
			batch.returned[batch.nreturned++] = *lease;
		else if (!lose(reports[i], lease, definition))
			take_end(&batch, lease, reports[i], definition);
	}
	batch_write(&batch);
	jg_measure_ends(batch.attempts, batch.nattempts);
}

JgAttemptKey
jg_report_key(const JgReport *report)
{
	return (JgAttemptKey){report->run_id, report->fence, report->attempt};
}

#define MARK_STARTED                                       \
	"update jobgrid_engine.lease l set state = 'running'," \
	" since = greatest(u.at, l.claimed_at), started_at = coalesce(l.started_at, greatest(u.at, l.claimed_at)) from "
#define STARTED "unnest($1, $2, $3, $4) with ordinality u(run_id, attempt, fence, at, n)"
#define IS_STARTED \
	" l.run_id = any ($1) and l.run_id = u.run_id and l.attempt = u.attempt and l.fence = u.fence and l.executor_id = $5"
#define STARTED_TYPES                                                          \
	{                                                                          \
		INT8ARRAYOID, INT4ARRAYOID, INT8ARRAYOID, TIMESTAMPTZARRAYOID, INT4OID \
	}

/* The starts among the reports; as jg_lease_delete() does, nearly all without a lock before. */
static void
mark_started(int32 executor_id, const JgReport *reports, int n, bool *current)
{
	static JgSql untouched_sql = {.text = MARK_STARTED STARTED " where" IS_STARTED " and l.xmax = '0' returning u.n",
								  .nargs = 5,
								  .types = STARTED_TYPES};
	static JgSql unlocked_sql = {.text = MARK_STARTED "(select u.n, u.at, l.run_id from " STARTED
													  " join jobgrid_engine.lease l on" IS_STARTED
													  " for update of l skip locked) u where l.run_id = u.run_id"
													  " returning u.n",
								 .nargs = 5,
								 .types = STARTED_TYPES};
	JgArray columns[4] = {jg_array(INT8OID, n), jg_array(INT4OID, n), jg_array(INT8OID, n),
						  jg_array(TIMESTAMPTZOID, n)};
	int *index = palloc(n * sizeof(int));
	int started = 0;
	uint64 updated;
	Datum values[5];

	for (int i = 0; i < n; i++)
	{
		if (reports[i].event != JG_EVENT_STARTED || current[i])
			continue;
		jg_array_add(&columns[0], Int64GetDatum(reports[i].run_id));
		jg_array_add(&columns[1], Int32GetDatum(reports[i].attempt));
		jg_array_add(&columns[2], Int64GetDatum(reports[i].fence));
		jg_array_add_time(&columns[3], jg_now() - Max(reports[i].age_us, 0));
		index[started++] = i;
	}
	if (started == 0)
		return;
	for (int i = 0; i < 4; i++)
		values[i] = jg_array_datum(&columns[i]);
	values[4] = Int32GetDatum(executor_id);
	updated = jg_guarded(&untouched_sql, values, NULL);
	for (uint64 i = 0; i < updated; i++)
		current[index[jg_sql_int64(i, 1) - 1]] = true;
	if (updated == (uint64) started)
		return;
	updated = jg_guarded(&unlocked_sql, values, NULL);
	for (uint64 i = 0; i < updated; i++)
		current[index[jg_sql_int64(i, 1) - 1]] = true;
}

/* The ends among the reports; current[] becomes true for those that held. */
static void
take_ends(int32 executor_id, const JgReport *reports, int n, bool *current)
{
	JgAttemptKey *keys = palloc(n * sizeof(JgAttemptKey));
	const JgReport **asked = palloc(n * sizeof(JgReport *));
	const JgReport **about = palloc(n * sizeof(JgReport *));
	int *index = palloc(n * sizeof(int));
	JgLease *leases = palloc(n * sizeof(JgLease));
	int nasked = 0;
	int found;

	for (int i = 0; i < n; i++)
	{
		if (reports[i].event == JG_EVENT_STARTED || current[i])
			continue;
		keys[nasked] = jg_report_key(&reports[i]);
		asked[nasked++] = &reports[i];
	}
	found = jg_lease_delete(executor_id, keys, nasked, JG_PASS_OVER, leases, index);
	for (int i = 0; i < found; i++)
	{
		about[i] = asked[index[i]];
		current[about[i] - reports] = true;
	}
	jg_report_ends(about, leases, found);
}

static bool
all_current(const bool *current, int n)
{
	for (int i = 0; i < n; i++)
		if (!current[i])
			return false;
	return true;
}

static JgAttemptList
attempt_list(int capacity)
{
	return (JgAttemptList){.keys = palloc(Max(capacity, 1) * sizeof(JgAttemptKey))};
}

JgRefused
jg_reports(int32 executor_id, const JgReport *reports, int n)
{
	JgRefused refused = {.stale = attempt_list(n), .later = attempt_list(n)};
	bool *current = palloc0(Max(n, 1) * sizeof(bool));
	bool *busy;

	if (n == 0)
		return refused;
	mark_started(executor_id, reports, n, current);
	take_ends(executor_id, reports, n, current);
	if (all_current(current, n))
		return refused;
	if (jg_late_starts(executor_id, reports, n, current))
	{
		mark_started(executor_id, reports, n, current);
		take_ends(executor_id, reports, n, current);
	}
	jg_late_ends(executor_id, reports, n, current);
	busy = jg_late_busy(executor_id, reports, n, current);
	for (int i = 0; i < n; i++)
	{
		JgAttemptList *list = busy[i] ? &refused.later : &refused.stale;

		if (!current[i])
			list->keys[list->n++] = jg_report_key(&reports[i]);
	}
	return refused;
}

bool
jg_end_lease(const JgReport *report, JgState outcome, const char *reason, const char *decided_by, Datum result,
			 bool has_result, bool may_retry)
{
	const JgAttemptKey key = jg_report_key(report);
	JgLease lease;
	int index;
	JgDefinitions definitions;
	Batch batch = batch_new(1);
	Verdict verdict = {outcome, reason, decided_by, may_retry};

	if (jg_lease_delete(-1, &key, 1, JG_WAIT, &lease, &index) == 0)
		return false;
	definitions = jg_lease_definitions(&lease, 1);
	settle(&batch, &lease, report, &verdict, jg_definition(&definitions, lease.row.job_id, lease.version), result,
		   has_result);
	batch_write(&batch);
	return true;
}

bool
jg_end_lease_as(int64 run_id, int32 attempt, int64 fence, JgState outcome, const char *reason, const char *decided_by,
				const char *message, Datum result, bool has_result, bool may_retry)
{
	JgReport report = {
		.run_id = run_id, .attempt = attempt, .fence = fence, .event = JG_EVENT_EXITED, .message = message};

	return jg_end_lease(&report, outcome, reason, decided_by, result, has_result, may_retry);
}
