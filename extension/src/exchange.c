/*
 * exchange(): the one call of the hot path. Takes reports, hands out attempts and orders, in one commit.
 *
 * The last answer of each executor is kept as ids, so that a repeated request gets it again. An exchange that changes
 * nothing writes nothing: an idle executor's poll costs no commit record.
 */
#include "postgres.h"

#include "args.h"
#include "catalog/pg_type.h"
#include "claim.h"
#include "claim_lanes.h"
#include "cluster.h"
#include "errors.h"
#include "fmgr.h"
#include "funcapi.h"
#include "records.h"
#include "report.h"
#include "session.h"
#include "shmem.h"
#include "sql.h"
#include "utils/array.h"
#include "utils/builtins.h"

#define MAX_REPORTS 100000
#define MAX_MESSAGE 8192
#define MAX_US INT64CONST(1000000000000000) /* 31 years: no measurement, and the views' intervals can hold it */

PG_FUNCTION_INFO_V1(jobgrid_exchange);

static const char *const event_names[JG_NEVENTS] = {
	[JG_EVENT_STARTED] = "started",     [JG_EVENT_EXITED] = "exited",         [JG_EVENT_SIGNALLED] = "signalled",
	[JG_EVENT_TIMED_OUT] = "timed_out", [JG_EVENT_CANCELLED] = "cancelled",   [JG_EVENT_SETUP_FAILED] = "setup_failed",
	[JG_EVENT_RETURNED] = "returned",   [JG_EVENT_OOM_KILLED] = "oom_killed", [JG_EVENT_FENCED] = "fenced",
	[JG_EVENT_LOST] = "lost",           [JG_EVENT_UNKILLABLE] = "unkillable"};

/* The last answer of this executor. */
typedef struct Previous
{
	int64 request; /* 0 = none */
	int n;
	int64 *run_ids;
	JgRefused refused;
} Previous;

static JgEvent
parse_event(const char *name)
{
	for (int i = 0; i < JG_NEVENTS; i++)
		if (strcmp(name, event_names[i]) == 0)
			return (JgEvent) i;
	ereport(ERROR,
			(errcode(ERRCODE_JG_INVALID), errmsg("\"%s\" is no event of a report", name),
			 errhint("Events are started, exited, signalled, timed_out, cancelled, oom_killed, setup_failed, returned,"
					 " fenced, lost, unkillable.")));
}

/* A measured number: never below 0, and nothing that arithmetic on it would overflow. */
static int64
measured(Datum value, bool isnull)
{
	return isnull ? 0 : Min(Max(DatumGetInt64(value), 0), MAX_US);
}

static void
read_report(const Datum *values, const bool *nulls, void *item)
{
	JgReport *report = item;

	if (nulls[0] || nulls[1] || nulls[2] || nulls[3])
		ereport(ERROR,
				(errcode(ERRCODE_JG_INVALID), errmsg("run_id, attempt, fence and event of a report must not be null")));
	report->run_id = DatumGetInt64(values[0]);
	report->attempt = DatumGetInt32(values[1]);
	report->fence = DatumGetInt64(values[2]);
	report->event = parse_event(TextDatumGetCString(values[3]));
	report->has_exit = !nulls[4];
	report->exit_code = nulls[4] ? 0 : DatumGetInt32(values[4]);
	report->signal = nulls[5] ? 0 : DatumGetInt32(values[5]);
	report->run_us = measured(values[6], nulls[6]);
	report->age_us = measured(values[7], nulls[7]);
	report->cpu_us = measured(values[8], nulls[8]);
	report->max_rss_kb = measured(values[9], nulls[9]);
	report->message = nulls[10] ? NULL : jg_text_clip(values[10], MAX_MESSAGE);
	report->result = nulls[11] ? NULL : TextDatumGetCString(values[11]);
	if (report->event == JG_EVENT_EXITED && !report->has_exit)
		ereport(ERROR, (errcode(ERRCODE_JG_INVALID), errmsg("a report of event exited needs an exit_code")));
}

static int
compare_reports(const void *a, const void *b)
{
	int64 x = ((const JgReport *) a)->run_id;
	int64 y = ((const JgReport *) b)->run_id;

	return (x > y) - (x < y);
}

/* The elements of a one-dimensional array without nulls, copied. */
static void *
read_elements(uint64 row, int column, Size size, int *n)
{
	bool isnull;
	ArrayType *array = DatumGetArrayTypeP(jg_sql_datum(row, column, &isnull));
	void *elements;

	*n = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	elements = palloc(Max(*n, 1) * size);
	memcpy(elements, ARR_DATA_PTR(array), *n * size);
	return elements;
}

/* From three columns, of which `column` is the first. */
static JgAttemptList
read_list(int column)
{
	JgAttemptList list;
	int64 *runs = read_elements(0, column, sizeof(int64), &list.n);
	int32 *attempts = read_elements(0, column + 1, sizeof(int32), &list.n);
	int64 *fences = read_elements(0, column + 2, sizeof(int64), &list.n);

	list.keys = palloc(Max(list.n, 1) * sizeof(JgAttemptKey));
	for (int i = 0; i < list.n; i++)
		list.keys[i] = (JgAttemptKey){runs[i], fences[i], attempts[i]};
	return list;
}

static Previous
previous_answer(int32 executor_id)
{
	static JgSql sql = {
		.text = "select request, run_ids, stale_runs, stale_attempts, stale_fences, later_runs,"
				" later_attempts, later_fences from jobgrid_engine.executor_request where executor_id = $1 for update",
		.nargs = 1,
		.types = {INT4OID}};
	Datum value = Int32GetDatum(executor_id);
	Previous previous = {0};

	if (jg_sql(&sql, &value, NULL) == 0)
		return previous;
	previous.request = jg_sql_int64(0, 1);
	previous.run_ids = read_elements(0, 2, sizeof(int64), &previous.n);
	previous.refused = (JgRefused){.stale = read_list(3), .later = read_list(6)};
	return previous;
}

static void
remember_answer(int32 executor_id, int64 request, const JgClaimed *claimed, int n, const JgRefused *refused)
{
	static JgSql sql = {.text =
							"insert into jobgrid_engine.executor_request (executor_id, request, run_ids, stale_runs,"
							" stale_attempts, stale_fences, later_runs, later_attempts, later_fences)"
							" values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (executor_id) do update"
							" set request = excluded.request, run_ids = excluded.run_ids,"
							" stale_runs = excluded.stale_runs, stale_attempts = excluded.stale_attempts,"
							" stale_fences = excluded.stale_fences, later_runs = excluded.later_runs,"
							" later_attempts = excluded.later_attempts, later_fences = excluded.later_fences",
						.nargs = 9,
						.types = {INT4OID, INT8OID, INT8ARRAYOID, INT8ARRAYOID, INT4ARRAYOID, INT8ARRAYOID,
								  INT8ARRAYOID, INT4ARRAYOID, INT8ARRAYOID}};
	int64 *ids = palloc(Max(n, 1) * sizeof(int64));
	Datum values[9];

	for (int i = 0; i < n; i++)
		ids[i] = claimed[i].lease.row.run_id;
	values[0] = Int32GetDatum(executor_id);
	values[1] = Int64GetDatum(request);
	values[2] = jg_array_int8(ids, n);
	jg_attempt_keys(refused->stale.keys, refused->stale.n, &values[3]);
	jg_attempt_keys(refused->later.keys, refused->later.n, &values[6]);
	jg_sql(&sql, values, NULL);
}

/* key NULL: the answer is about no attempt. */
static void
put_answer(ReturnSetInfo *result, const char *what, const JgAttemptKey *key, const char *kind, const char *detail)
{
	Datum values[6] = {CStringGetTextDatum(what)};
	bool nulls[6] = {false, key == NULL, key == NULL, key == NULL, kind == NULL, detail == NULL};

	if (key)
	{
		values[1] = Int64GetDatum(key->run_id);
		values[2] = Int32GetDatum(key->attempt);
		values[3] = Int64GetDatum(key->fence);
	}
	if (kind)
		values[4] = CStringGetTextDatum(kind);
	if (detail)
		values[5] = CStringGetTextDatum(detail);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/* Orders that the last answer carried have arrived: the executor has asked for the next one. Others came too late. */
static void
forget_delivered_orders(int32 executor_id)
{
	static JgSql sql = {
		.text =
			"delete from jobgrid_engine.executor_order o where o.executor_id = $1 and (o.delivered is not null"
			" or not exists (select from jobgrid_engine.lease l where l.run_id = o.run_id and l.attempt = o.attempt))",
		.nargs = 1,
		.types = {INT4OID}};
	Datum value = Int32GetDatum(executor_id);

	jg_sql(&sql, &value, NULL);
}

/* Puts all open orders into the answer, in the order in which they were given; returns how many. */
static int
put_orders(ReturnSetInfo *result, int32 executor_id, int64 request)
{
	static JgSql sql = {
		.text = "with told as (update jobgrid_engine.executor_order o set delivered = $2 from jobgrid_engine.lease l"
				" where o.executor_id = $1 and l.run_id = o.run_id and l.attempt = o.attempt"
				" returning o.order_id, o.run_id, o.attempt, l.fence,"
				" (jsonb_build_object('order', o.what) || coalesce(o.detail, '{}'))::text as detail)"
				" select run_id, attempt, fence, detail from told order by order_id",
		.nargs = 2,
		.types = {INT4OID, INT8OID}};
	Datum values[2] = {Int32GetDatum(executor_id), Int64GetDatum(request)};
	int n = (int) jg_sql(&sql, values, NULL);

	for (int i = 0; i < n; i++)
	{
		const JgAttemptKey key = {jg_sql_int64(i, 1), jg_sql_int64(i, 3), jg_sql_int32(i, 2)};

		put_answer(result, "order", &key, NULL, jg_sql_text(i, 4));
	}
	return n;
}

static void
put_claimed(ReturnSetInfo *result, const JgClaimed *claimed, int n)
{
	for (int i = 0; i < n; i++)
	{
		const JgLease *lease = &claimed[i].lease;
		const JgAttemptKey key = {lease->row.run_id, lease->fence, lease->row.attempt};

		put_answer(result, "attempt", &key, claimed[i].kind, claimed[i].detail);
	}
}

static void
put_refused(ReturnSetInfo *result, const JgRefused *refused)
{
	for (int i = 0; i < refused->stale.n; i++)
		put_answer(result, "stale", &refused->stale.keys[i], NULL, NULL);
	for (int i = 0; i < refused->later.n; i++)
		put_answer(result, "later", &refused->later.keys[i], NULL, NULL);
}

/* The same answer once more; nothing is taken, nothing new is handed out. */
static void
answer_again(ReturnSetInfo *result, int32 executor_id, const Previous *previous)
{
	JgClaimed *claimed = palloc(Max(previous->n, 1) * sizeof(JgClaimed));
	int n = jg_claim_again(executor_id, previous->run_ids, previous->n, claimed);

	put_claimed(result, claimed, n);
	put_refused(result, &previous->refused);
	put_orders(result, executor_id, previous->request);
}

static void
proceed(ReturnSetInfo *result, int32 executor_id, int64 request, const JgReport *reports, int nreports, int free_slots)
{
	JgClaimed *claimed = palloc(Max(free_slots, 1) * sizeof(JgClaimed));
	JgRefused refused;
	int n = 0;
	int orders;

	forget_delivered_orders(executor_id);
	refused = jg_reports(executor_id, reports, nreports);
	if (nreports > 0)
		jg_claim_freed(executor_id);
	/* Idle before the claim's snapshot: work that commits during the claim then finds somebody to wake. */
	jg_session_idle(free_slots > 0);
	if (free_slots > 0)
	{
		n = jg_claim(executor_id, free_slots, claimed);
		if (n > 0)
			jg_session_renew(free_slots - n);
		if (n == free_slots)
			jg_session_idle(false);
	}
	orders = put_orders(result, executor_id, request);
	if (nreports > 0 || n > 0 || orders > 0)
		remember_answer(executor_id, request, claimed, n, &refused);
	put_claimed(result, claimed, n);
	put_refused(result, &refused);
}

Datum
jobgrid_exchange(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	int32 executor_id = jg_session_executor();
	int64 request;
	int32 free_slots;
	JgReport *reports;
	int nreports;
	Previous previous;

	jg_arg_require(fcinfo, 0, "request");
	jg_arg_require(fcinfo, 1, "reports");
	jg_arg_require(fcinfo, 2, "free_slots");
	request = PG_GETARG_INT64(0);
	free_slots = PG_GETARG_INT32(2);
	if (request < 1 || free_slots < 0 || free_slots > JG_MAX_SLOTS)
		ereport(ERROR, (errcode(ERRCODE_JG_INVALID),
						errmsg("request must be positive and free_slots between 0 and %d", JG_MAX_SLOTS)));
	InitMaterializedSRF(fcinfo, 0);
	jg_session_renew(free_slots);

	SPI_connect();
	if (!jg_cluster_works())
	{
		char *reason = jg_cluster_held_reason();

		put_answer(result, "held", NULL, NULL, reason ? reason : "nothing has been submitted yet");
		SPI_finish();
		return (Datum) 0;
	}
	reports = jg_records(PG_GETARG_ARRAYTYPE_P(1), "report", MAX_REPORTS, sizeof(JgReport), read_report, &nreports);
	/* In the order of runs: whoever else locks more than one does so too. */
	qsort(reports, nreports, sizeof(JgReport), compare_reports);
	previous = previous_answer(executor_id);
	if (request < previous.request)
		ereport(ERROR, (errcode(ERRCODE_JG_INVALID), errmsg("request %lld is older than the last one, %lld",
															(long long) request, (long long) previous.request)));
	if (request == previous.request)
		answer_again(result, executor_id, &previous);
	else
		proceed(result, executor_id, request, reports, nreports, free_slots);
	SPI_finish();
	return (Datum) 0;
}
