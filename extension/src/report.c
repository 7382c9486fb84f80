/*
 * Ends of attempts: from what happened to what it means.
 *
 * An executor says what happened; here it becomes success, failure, another try. Everything of a batch is done by a
 * few statements for all of it. A report that does not name the current fence changes nothing and spoils nothing.
 */
#include "report.h"

#include "catalog/pg_type.h"
#include "clock.h"
#include "codes.h"
#include "guard.h"
#include "move.h"
#include "partition.h"
#include "result.h"
#include "sql.h"
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
	JgNarrow *returned;
	int nreturned;
} Batch;

static Batch
batch_new(int n)
{
	Batch batch = {0};

	batch.ends = palloc0(n * sizeof(JgEnd));
	batch.attempts = palloc0(n * sizeof(JgAttempt));
	batch.retries = palloc0(n * sizeof(JgNarrow));
	batch.returned = palloc0(n * sizeof(JgNarrow));
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
		jg_narrow_insert(JG_READY, batch->returned, batch->nreturned);
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

static Verdict
judge(const JgReport *report, const JgDefinition *definition)
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
			return (Verdict){JG_CANCELLED, "operator", "cancelled", false};
		case JG_EVENT_SETUP_FAILED:
			return (Verdict){JG_FAILED, "setup_failed", "no process was started", false};
		case JG_EVENT_RETURNED:
			/* Not given back: it was to be cancelled, or had been reported as started. */
			return (Verdict){JG_CANCELLED, "operator", "cancelled before its start", false};
		case JG_EVENT_STARTED:
		case JG_NEVENTS:
			break;
	}
	elog(ERROR, "event %d ends no attempt", report->event);
}

static void
add_attempt(Batch *batch, const JgLease *lease, const JgReport *report, const Verdict *verdict)
{
	JgAttempt *attempt = &batch->attempts[batch->nattempts++];

	attempt->run_id = lease->row.run_id;
	attempt->fence = lease->fence;
	attempt->attempt = lease->row.attempt;
	attempt->version = lease->version;
	attempt->executor_id = lease->executor_id;
	attempt->has_exit = report->has_exit;
	attempt->exit_code = report->exit_code;
	attempt->signal = report->signal;
	attempt->claimed_at = lease->claimed_at;
	/* By the server's clock, from the executor's durations; never before the claim or after now. */
	attempt->finished_at = jg_now() - Max(report->age_us, 0);
	attempt->finished_at = Max(attempt->finished_at, lease->claimed_at);
	if (lease->started_at != 0)
		attempt->started_at = Min(lease->started_at, attempt->finished_at);
	else if (report->event != JG_EVENT_SETUP_FAILED && report->event != JG_EVENT_RETURNED)
		attempt->started_at = Max(attempt->finished_at - Max(report->run_us, 0), lease->claimed_at);
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
add_retry(Batch *batch, const JgLease *lease, const JgDefinition *definition)
{
	JgNarrow *row = &batch->retries[batch->nretries++];

	*row = lease->row;
	row->state = JG_WAITING;
	row->reason = "retry_wait";
	row->since = jg_now();
	row->due_at = row->since + definition->retry_delay_ms * 1000;
	row->unmet = 0; /* its conditions have been met once; a retry does not ask again */
}

static void
settle(Batch *batch, const JgLease *lease, const JgReport *report, const Verdict *verdict,
	   const JgDefinition *definition, Datum result, bool has_result)
{
	add_attempt(batch, lease, report, verdict);
	if (verdict->state == JG_FAILED && verdict->may_retry && !lease->cancel && definition->version != 0 &&
		lease->row.tries < definition->attempts)
		add_retry(batch, lease, definition);
	else
		add_end(batch, lease, verdict, result, has_result);
}

/* Gives back a run that was never started: it was no try. */
static void
give_back(Batch *batch, const JgLease *lease)
{
	JgNarrow *row = &batch->returned[batch->nreturned++];

	*row = lease->row;
	row->state = JG_QUEUED;
	row->reason = NULL;
	row->since = jg_now();
	row->tries = Max(row->tries - 1, 0);
}

/* A second report of an end that is on record is no news and no error. */
static bool
already_recorded(const JgReport *report)
{
	static JgPartitionSql sql = {.text = "select from %s where run_id = $1 and attempt = $2 and fence = $3",
								 .nargs = 3,
								 .types = {INT8OID, INT4OID, INT8OID}};
	int64 since;
	int64 until;
	Oid partition = jg_partition_find(JG_FAMILY_ATTEMPT, report->run_id, AccessShareLock, &since, &until);
	Datum values[3] = {Int64GetDatum(report->run_id), Int32GetDatum(report->attempt), Int64GetDatum(report->fence)};

	return OidIsValid(partition) && jg_sql_partition(&sql, partition, values, NULL) > 0;
}

static void
mark_started(int32 executor_id, const JgReport *reports, int n, bool *current)
{
	static JgSql sql = {
		.text =
			"update jobgrid_engine.lease l set state = 'running',"
			" since = greatest(u.at, l.claimed_at), started_at = coalesce(l.started_at, greatest(u.at, l.claimed_at))"
			" from unnest($1, $2, $3, $4) with ordinality u(run_id, attempt, fence, at, n)"
			" where l.run_id = any ($1) and l.run_id = u.run_id and l.attempt = u.attempt and l.fence = u.fence"
			" and l.executor_id = $5"
			" returning u.n",
		.nargs = 5,
		.types = {INT8ARRAYOID, INT4ARRAYOID, INT8ARRAYOID, TIMESTAMPTZARRAYOID, INT4OID}};
	JgArray columns[4] = {jg_array(INT8OID, n), jg_array(INT4OID, n), jg_array(INT8OID, n),
						  jg_array(TIMESTAMPTZOID, n)};
	int *index = palloc(n * sizeof(int));
	int started = 0;
	uint64 updated;
	Datum values[5];

	for (int i = 0; i < n; i++)
	{
		if (reports[i].event != JG_EVENT_STARTED)
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
	updated = jg_guarded(&sql, values, NULL);
	for (uint64 i = 0; i < updated; i++)
		current[index[jg_sql_int64(i, 1) - 1]] = true;
}

static JgDefinitions
definitions_of(const JgLease *leases, int n)
{
	int32 *jobs = palloc(n * sizeof(int32));
	int32 *versions = palloc(n * sizeof(int32));

	for (int i = 0; i < n; i++)
	{
		jobs[i] = leases[i].row.job_id;
		versions[i] = leases[i].version;
	}
	return jg_definitions(jobs, versions, n, false);
}

/* An end, with what the job gave back; what is no JSON is told and not kept. */
static void
take_end(Batch *batch, const JgLease *lease, const JgReport *report, const JgDefinition *definition)
{
	Verdict verdict = judge(report, definition);
	JgReport told = *report;
	Datum result = (Datum) 0;
	char *problem;
	bool has_result = report->result != NULL && jg_result_parse(report->result, &result, &problem);

	if (report->result != NULL && !has_result)
		told.message = report->message ? psprintf("%s; %s", report->message, problem) : problem;
	settle(batch, lease, &told, &verdict, definition, result, has_result);
}

/* The ends among the reports; current[] becomes true for those that held. */
static void
take_ends(int32 executor_id, const JgReport *reports, int n, bool *current)
{
	int64 *run_ids = palloc(n * sizeof(int64));
	int32 *attempts = palloc(n * sizeof(int32));
	int64 *fences = palloc(n * sizeof(int64));
	int *source = palloc(n * sizeof(int));
	int *index = palloc(n * sizeof(int));
	JgLease *leases = palloc(n * sizeof(JgLease));
	int asked = 0;
	int found;
	JgDefinitions definitions;
	Batch batch;

	for (int i = 0; i < n; i++)
	{
		if (reports[i].event == JG_EVENT_STARTED)
			continue;
		run_ids[asked] = reports[i].run_id;
		attempts[asked] = reports[i].attempt;
		fences[asked] = reports[i].fence;
		source[asked++] = i;
	}
	found = jg_lease_delete(executor_id, run_ids, attempts, fences, asked, leases, index);
	if (found == 0)
		return;
	definitions = definitions_of(leases, found);
	batch = batch_new(found);
	for (int i = 0; i < found; i++)
	{
		const JgReport *report = &reports[source[index[i]]];
		const JgLease *lease = &leases[i];
		const JgDefinition *definition = jg_definition(&definitions, lease->row.job_id, lease->version);

		current[source[index[i]]] = true;
		if (report->event == JG_EVENT_RETURNED && lease->row.state == JG_STARTING && !lease->cancel)
			give_back(&batch, lease);
		else
			take_end(&batch, lease, report, definition);
	}
	batch_write(&batch);
}

int
jg_reports(int32 executor_id, const JgReport *reports, int n, JgAttemptKey *stale)
{
	bool *current = palloc0(Max(n, 1) * sizeof(bool));
	int nstale = 0;

	if (n == 0)
		return 0;
	mark_started(executor_id, reports, n, current);
	take_ends(executor_id, reports, n, current);
	for (int i = 0; i < n; i++)
		if (!current[i] && !already_recorded(&reports[i]))
			stale[nstale++] = (JgAttemptKey){reports[i].run_id, reports[i].fence, reports[i].attempt};
	return nstale;
}

bool
jg_end_lease(const JgReport *report, JgState outcome, const char *reason, const char *decided_by, Datum result,
			 bool has_result, bool may_retry)
{
	JgLease lease;
	int index;
	JgDefinitions definitions;
	Batch batch = batch_new(1);
	Verdict verdict = {outcome, reason, decided_by, may_retry};

	if (jg_lease_delete(-1, &report->run_id, &report->attempt, &report->fence, 1, &lease, &index) == 0)
		return false;
	definitions = definitions_of(&lease, 1);
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
