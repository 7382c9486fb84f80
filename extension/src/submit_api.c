/*
 * submit(), submit_many() and the rerun of a finished run: arguments in, new runs out.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "args.h"
#include "bell.h"
#include "catalog/pg_type.h"
#include "clock.h"
#include "errors.h"
#include "fmgr.h"
#include "funcapi.h"
#include "guard.h"
#include "identity.h"
#include "move.h"
#include "partition.h"
#include "sql.h"
#include "submit.h"
#include "supersede.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

#define MAX_PARAMETER_BYTES (1024 * 1024)
#define MAX_LABEL_BYTES (64 * 1024)
#define MAX_MANY 1000000
#define KEY_DAYS 7
#define MAX_YEARS 100

PG_FUNCTION_INFO_V1(jobgrid_submit);
PG_FUNCTION_INFO_V1(jobgrid_submit_many);
PG_FUNCTION_INFO_V1(jobgrid_new_rerun);
PG_FUNCTION_INFO_V1(jobgrid_record_run);

static void
check_parameters(Datum parameters)
{
	Jsonb *json = DatumGetJsonbP(parameters);

	if (!JB_ROOT_IS_OBJECT(json))
		ereport(ERROR, (errcode(ERRCODE_JG_INVALID), errmsg("parameters must be a JSON object"),
						errhint("For example parameters => '{\"region\": \"EU\"}'.")));
	if (VARSIZE(json) > MAX_PARAMETER_BYTES)
		ereport(ERROR, (errcode(ERRCODE_JG_LIMIT),
						errmsg("parameters take %d bytes, more than %d", (int) VARSIZE(json), MAX_PARAMETER_BYTES),
						errhint("Put the data into a table or a file and pass its name.")));
}

static int
interval_compare(const Interval *a, const Interval *b)
{
	return DatumGetInt32(DirectFunctionCall2(interval_cmp, IntervalPGetDatum(a), IntervalPGetDatum(b)));
}

static void
check_labels(Datum labels)
{
	if (!JB_ROOT_IS_OBJECT(DatumGetJsonbP(labels)))
		ereport(ERROR, (errcode(ERRCODE_JG_INVALID), errmsg("labels must be a JSON object"),
						errhint("For example labels => '{\"ticket\": \"CHG812\"}'.")));
	if (VARSIZE(DatumGetJsonbP(labels)) > MAX_LABEL_BYTES)
		ereport(ERROR, (errcode(ERRCODE_JG_LIMIT), errmsg("labels take more than %d bytes", MAX_LABEL_BYTES),
						errhint("Labels are for finding runs again; what a job works with are its parameters.")));
}

/* W3C Trace Context, version 00: 00-<32 hex digits>-<16 hex digits>-<2 hex digits>, ids not all zero. */
static void
check_traceparent(const char *text)
{
	static const int ends[] = {2, 35, 52, 55};
	int field = 0;
	bool valid = strlen(text) == 55 && strncmp(text, "ff", 2) != 0;
	bool zero = true;

	for (int i = 0; valid && i < 55; i++)
	{
		if (i == ends[field])
		{
			valid = text[i] == '-' && !(zero && (field == 1 || field == 2));
			field++;
			zero = true;
			continue;
		}
		valid = (text[i] >= '0' && text[i] <= '9') || (text[i] >= 'a' && text[i] <= 'f');
		zero = zero && text[i] == '0';
	}
	if (!valid)
		ereport(ERROR, (errcode(ERRCODE_JG_INVALID),
						errmsg("traceparent \"%s\" is not one of W3C Trace Context", jg_clip(text)),
						errhint("For example 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01.")));
}

static TimestampTz
not_before(FunctionCallInfo fcinfo, int delay, int moment, TimestampTz now)
{
	static const Interval zero = {0};
	static const Interval longest = {.month = MAX_YEARS * MONTHS_PER_YEAR};
	TimestampTz latest;

	if (!PG_ARGISNULL(delay) && moment >= 0 && !PG_ARGISNULL(moment))
		ereport(ERROR, (errcode(ERRCODE_JG_INVALID), errmsg("give either delay or not_before")));
	if (!PG_ARGISNULL(delay) && interval_compare(PG_GETARG_INTERVAL_P(delay), &zero) < 0)
		ereport(ERROR, (errcode(ERRCODE_JG_INVALID), errmsg("delay must not be negative"),
						errhint("Submit without it, and the run need not wait.")));
	if (!PG_ARGISNULL(delay) && interval_compare(PG_GETARG_INTERVAL_P(delay), &longest) > 0)
		ereport(ERROR, (errcode(ERRCODE_JG_INVALID), errmsg("delay must be at most %d years", MAX_YEARS),
						errhint("Hold the run instead, and release it when it is to go on.")));
	latest = DatumGetTimestampTz(
		DirectFunctionCall2(timestamptz_pl_interval, TimestampTzGetDatum(now), IntervalPGetDatum(&longest)));
	if (!PG_ARGISNULL(delay))
		return DatumGetTimestampTz(
			DirectFunctionCall2(timestamptz_pl_interval, TimestampTzGetDatum(now), PG_GETARG_DATUM(delay)));
	if (moment < 0 || PG_ARGISNULL(moment))
		return 0;
	if (TIMESTAMP_NOT_FINITE(PG_GETARG_TIMESTAMPTZ(moment)) || PG_GETARG_TIMESTAMPTZ(moment) > latest)
		ereport(ERROR,
				(errcode(ERRCODE_JG_INVALID), errmsg("not_before must be a moment within the next %d years", MAX_YEARS),
				 errhint("Hold the run instead, and release it when it is to go on.")));
	return PG_GETARG_TIMESTAMPTZ(moment);
}

static DateADT
business_date(FunctionCallInfo fcinfo, int argument)
{
	DateADT date = PG_ARGISNULL(argument) ? 0 : PG_GETARG_DATEADT(argument);

	if (DATE_NOT_FINITE(date))
		ereport(ERROR, (errcode(ERRCODE_JG_INVALID), errmsg("business_date must be a day"),
						errhint("For example business_date => '2026-03-31'; without it the tenant's day counts.")));
	return date;
}

static HeapTuple
form_submitted(TupleDesc desc, const JgSubmitted *submitted, int64 run_id, const char *state, const char *reason,
			   bool deduplicated, const char *note)
{
	const char *texts[5] = {submitted->job, state, reason, submitted->queue, submitted->priority};
	Datum values[9] = {0};
	bool nulls[9] = {0};

	values[0] = Int64GetDatum(run_id);
	for (int i = 0; i < 5; i++)
	{
		nulls[i + 1] = texts[i] == NULL;
		if (texts[i])
			values[i + 1] = CStringGetTextDatum(texts[i]);
	}
	values[6] = DateADTGetDatum(submitted->business_date);
	nulls[6] = submitted->job == NULL;
	values[7] = BoolGetDatum(deduplicated);
	nulls[8] = note == NULL;
	if (note)
		values[8] = CStringGetTextDatum(note);
	return heap_form_tuple(desc, values, nulls);
}

/* Claims the key for run_id; a run that has it already is returned instead. */
static int64
claim_key(int32 tenant_id, const char *key, int64 run_id)
{
	static JgSql insert = {
		.text = "insert into jobgrid_engine.idempotency_key as k (tenant_id, key, run_id, expires_at)"
				" values ($1, $2, $3, $4) on conflict (tenant_id, key) do update"
				" set run_id = excluded.run_id, expires_at = excluded.expires_at where k.expires_at < $5",
		.nargs = 5,
		.types = {INT4OID, TEXTOID, INT8OID, TIMESTAMPTZOID, TIMESTAMPTZOID}};
	static JgSql find = {.text = "select run_id from jobgrid_engine.idempotency_key where tenant_id = $1 and key = $2",
						 .nargs = 2,
						 .types = {INT4OID, TEXTOID}};
	Datum values[5] = {Int32GetDatum(tenant_id), CStringGetTextDatum(key), Int64GetDatum(run_id),
					   TimestampTzGetDatum(jg_now() + KEY_DAYS * USECS_PER_DAY), TimestampTzGetDatum(jg_now())};

	if (jg_sql(&insert, values, NULL) > 0)
		return run_id;
	if (jg_sql(&find, values, NULL) == 0)
		ereport(ERROR, (errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
						errmsg("the idempotency key was taken by a transaction this one cannot see"),
						errhint("Repeat the transaction.")));
	return jg_sql_int64(0, 1);
}

/*
 * The answer for a key that has made a run before: that run, as it was submitted and as it is now. A key used for
 * another job is a mistake that would otherwise pass for a submission. Retention may have taken the run by now.
 */
static void
answer_earlier(const char *key, int64 run_id, JgSubmitted *submitted)
{
	static JgSql sql = {.text = "select r.job_id, v.job, v.state, v.reason, v.queue, v.priority, v.business_date"
								" from jobgrid.run v join jobgrid_engine.any_run r on r.run_id = v.run_id"
								" where v.run_id = $1 and r.run_id = $1",
						.nargs = 1,
						.types = {INT8OID}};
	Datum value = Int64GetDatum(run_id);
	bool isnull;

	if (jg_sql(&sql, &value, NULL) == 0)
	{
		submitted->job = submitted->queue = submitted->priority = NULL;
		submitted->state = submitted->reason = NULL;
		submitted->note = "this idempotency key has made this run before; its record has been removed since";
		return;
	}
	if (jg_sql_int32(0, 1) != submitted->job_id)
		ereport(ERROR,
				(errcode(ERRCODE_JG_INVALID),
				 errmsg("idempotency key \"%s\" belongs to run %lld of job \"%s\"", key, (long long) run_id,
						jg_sql_text(0, 2)),
				 errdetail("It was given for job \"%s\" now. Keys are per tenant and kept for %d days.", submitted->job,
						   KEY_DAYS),
				 errhint("SELECT * FROM jobgrid.submit(%s, idempotency_key => %s);", quote_literal_cstr(submitted->job),
						 quote_literal_cstr(psprintf("%s %s", submitted->job, key)))));
	submitted->job = jg_sql_text(0, 2);
	submitted->state = jg_sql_text(0, 3);
	submitted->reason = jg_sql_text(0, 4);
	submitted->queue = jg_sql_text(0, 5);
	submitted->priority = jg_sql_text(0, 6);
	submitted->business_date = DatumGetDateADT(jg_sql_datum(0, 7, &isnull));
	submitted->note = "this idempotency key has made this run before";
}

/*
 * submit(job, parameters, priority, delay, not_before, business_date, idempotency_key, executor, labels,
 *		  ignore_conditions, reason, tenant, traceparent)
 */
Datum
jobgrid_submit(PG_FUNCTION_ARGS)
{
	JgSubmission submission = {.source = "submit"};
	JgSubmitted submitted = {0};
	JgSubmitPlan *plan;
	TupleDesc desc;
	HeapTuple tuple;
	MemoryContext caller = CurrentMemoryContext;
	int64 run_id;
	int64 existing;
	Datum parameters = PG_ARGISNULL(1) ? (Datum) 0 : PG_GETARG_DATUM(1);
	bool no_parameters = PG_ARGISNULL(1);
	char *key = jg_arg_text(fcinfo, 6);
	char *reason = jg_arg_text(fcinfo, 10);

	jg_arg_require(fcinfo, 0, "job");
	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "submit() must return a composite type");
	submission.job = jg_arg_text(fcinfo, 0);
	submission.priority = jg_arg_text(fcinfo, 2);
	submission.now = jg_now();
	submission.not_before = not_before(fcinfo, 3, 4, submission.now);
	submission.has_business_date = !PG_ARGISNULL(5);
	submission.business_date = business_date(fcinfo, 5);
	submission.pin = jg_arg_text(fcinfo, 7);
	submission.has_labels = !PG_ARGISNULL(8);
	submission.labels = PG_ARGISNULL(8) ? (Datum) 0 : PG_GETARG_DATUM(8);
	submission.ignore_conditions = !PG_ARGISNULL(9) && PG_GETARG_BOOL(9);
	submission.tenant = jg_arg_text(fcinfo, 11);
	submission.traceparent = jg_arg_text(fcinfo, 12);
	jg_arg_check_name(submission.pin, "executor", "Without it the run goes where its job says.");
	if (submission.ignore_conditions && (reason == NULL || reason[strspn(reason, " ")] == '\0'))
		ereport(ERROR,
				(errcode(ERRCODE_JG_INVALID), errmsg("ignore_conditions needs a reason"),
				 errhint("Say why: reason => '...'; or submit without it, and the run waits for its conditions.")));
	if (!no_parameters)
		check_parameters(parameters);
	if (submission.has_labels)
		check_labels(submission.labels);
	if (submission.traceparent)
		check_traceparent(submission.traceparent);

	SPI_connect();
	plan = jg_submit_plan(&submission, &submitted);
	jg_submit_ids(&run_id, 1);
	existing = key ? claim_key(submitted.tenant_id, key, run_id) : run_id;
	if (existing != run_id)
	{
		run_id = existing;
		answer_earlier(key, run_id, &submitted);
	}
	else
	{
		jg_submit_runs(plan, &run_id, &parameters, &no_parameters, 1);
		if (reason)
			jg_write_history(run_id, submission.ignore_conditions ? "force" : "submit", NULL, submitted.state,
							 "operator", reason);
		existing = 0;
	}
	MemoryContextSwitchTo(caller);
	tuple = form_submitted(desc, &submitted, run_id, submitted.state, submitted.reason, existing != 0, submitted.note);
	SPI_finish();
	PG_RETURN_DATUM(HeapTupleGetDatum(tuple));
}

/* submit_many(job, parameters[], count, priority, delay, business_date, labels, tenant) */
Datum
jobgrid_submit_many(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	JgSubmission submission = {.source = "submit"};
	JgSubmitted submitted = {0};
	JgSubmitPlan *plan;
	Datum *parameters = NULL;
	bool *no_parameters = NULL;
	int n = PG_ARGISNULL(2) ? 0 : PG_GETARG_INT32(2);
	int64 *run_ids;

	jg_arg_require(fcinfo, 0, "job");
	if (PG_ARGISNULL(1) == PG_ARGISNULL(2))
		ereport(ERROR, (errcode(ERRCODE_JG_INVALID), errmsg("submit_many needs either parameters or count")));
	if (!PG_ARGISNULL(1))
	{
		deconstruct_array(PG_GETARG_ARRAYTYPE_P(1), JSONBOID, -1, false, TYPALIGN_INT, &parameters, &no_parameters, &n);
		for (int i = 0; i < n; i++)
			if (!no_parameters[i])
				check_parameters(parameters[i]);
	}
	if (n < 0 || n > MAX_MANY)
		ereport(ERROR, (errcode(ERRCODE_JG_LIMIT), errmsg("submit_many makes between 0 and %d runs", MAX_MANY)));
	submission.job = jg_arg_text(fcinfo, 0);
	submission.priority = jg_arg_text(fcinfo, 3);
	submission.now = jg_now();
	submission.not_before = not_before(fcinfo, 4, -1, submission.now);
	submission.has_business_date = !PG_ARGISNULL(5);
	submission.business_date = business_date(fcinfo, 5);
	submission.has_labels = !PG_ARGISNULL(6);
	submission.labels = PG_ARGISNULL(6) ? (Datum) 0 : PG_GETARG_DATUM(6);
	submission.tenant = jg_arg_text(fcinfo, 7);
	if (submission.has_labels)
		check_labels(submission.labels);
	InitMaterializedSRF(fcinfo, 0);
	run_ids = palloc(Max(n, 1) * sizeof(int64));

	SPI_connect();
	plan = jg_submit_plan(&submission, &submitted);
	jg_submit_ids(run_ids, n);
	jg_submit_runs(plan, run_ids, parameters, no_parameters, n);
	for (int i = 0; i < n; i++)
	{
		HeapTuple tuple = form_submitted(result->setDesc, &submitted, run_ids[i], submitted.state, submitted.reason,
										 false, submitted.note);

		tuplestore_puttuple(result->setResult, tuple);
		heap_freetuple(tuple);
	}
	SPI_finish();
	return (Datum) 0;
}

/* The workflow of a step that is run again hears of it; downstream: all steps after it are to be run again as well. */
static void
tell_workflow(int64 run_id, bool downstream)
{
	static JgSql sql = {.text = "insert into jobgrid_engine.condition_news (what, id) values ($1, $2)",
						.nargs = 2,
						.types = {CHAROID, INT8OID}};
	Datum values[2] = {CharGetDatum(downstream ? 'R' : 'r'), Int64GetDatum(run_id)};

	jg_sql(&sql, values, NULL);
	jg_ring(JG_SCHEDULER);
}

/*
 * new_rerun(run_id, parameters, definition, reason, downstream): the caller has checked that the run has ended and may run
 * again.
 */
Datum
jobgrid_new_rerun(PG_FUNCTION_ARGS)
{
	static JgPartitionSql sql = {.text =
									 "select job_id, version, state, priority, pin, business_date, labels, parameters,"
									 " coalesce(root_run, run_id), parent_run from %s where run_id = $1",
								 .nargs = 1,
								 .types = {INT8OID}};
	JgSubmission submission = {.source = "rerun", .has_business_date = true, .ignore_conditions = true};
	JgSubmitted submitted = {0};
	JgSubmitPlan *plan;
	TupleDesc desc;
	HeapTuple tuple;
	MemoryContext caller = CurrentMemoryContext;
	Datum old;
	Oid partition;
	int64 since;
	int64 until;
	int64 run_id;
	char *definition = jg_arg_text(fcinfo, 2);
	char *state;
	Datum parameters;
	bool no_parameters;
	bool isnull;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "new_rerun() must return a composite type");
	jg_arg_require(fcinfo, 0, "run_id");
	old = PG_GETARG_DATUM(0);
	SPI_connect();
	partition = jg_partition_find(JG_FAMILY_RUN, DatumGetInt64(old), RowExclusiveLock, &since, &until);
	if (!OidIsValid(partition) || jg_sql_partition(&sql, partition, &old, NULL) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_JG_NOT_FOUND), errmsg("run %lld does not exist", (long long) PG_GETARG_INT64(0))));
	submission.job_id = jg_sql_int32(0, 1);
	submission.original = jg_sql_int32(0, 2);
	if (definition && strcmp(definition, "original") == 0)
		submission.version = submission.original;
	state = jg_sql_text(0, 3);
	submission.priority = jg_sql_text(0, 4);
	submission.pin = jg_sql_text(0, 5);
	submission.business_date = DatumGetDateADT(jg_sql_datum(0, 6, &isnull));
	submission.labels = jg_sql_datum(0, 7, &isnull);
	submission.has_labels = !isnull;
	parameters = jg_sql_datum(0, 8, &no_parameters);
	submission.now = jg_now();
	submission.rerun_of = PG_GETARG_INT64(0);
	submission.root_run = jg_sql_int64(0, 9);
	submission.parent_run = jg_sql_int64(0, 10);
	if (!PG_ARGISNULL(1))
	{
		check_parameters(PG_GETARG_DATUM(1));
		parameters =
			no_parameters ? PG_GETARG_DATUM(1) : DirectFunctionCall2(jsonb_concat, parameters, PG_GETARG_DATUM(1));
		no_parameters = false;
	}
	plan = jg_submit_plan(&submission, &submitted);
	jg_submit_ids(&run_id, 1);
	jg_submit_runs(plan, &run_id, &parameters, &no_parameters, 1);
	jg_supersede(submission.rerun_of, run_id, state, jg_arg_text(fcinfo, 3));
	if (submission.parent_run != 0)
		tell_workflow(run_id, !PG_ARGISNULL(4) && PG_GETARG_BOOL(4));
	MemoryContextSwitchTo(caller);
	tuple = form_submitted(desc, &submitted, run_id, submitted.state, submitted.reason, false, submitted.note);
	SPI_finish();
	PG_RETURN_DATUM(HeapTupleGetDatum(tuple));
}

/* record_run(job_id, outcome, exit_code, message, result, at, source, business_date) */
Datum
jobgrid_record_run(PG_FUNCTION_ARGS)
{
	JgSubmission submission = {.source = "report", .by_engine = true, .ignore_conditions = true, .now = jg_now()};
	JgSubmitted submitted = {0};
	JgEnd end = {.from = JG_QUEUED, .reason = "external"};
	JgSubmitPlan *plan;
	char *outcome = jg_arg_text(fcinfo, 1);
	int64 run_id;

	jg_arg_require(fcinfo, 0, "job_id");
	jg_arg_require(fcinfo, 1, "outcome");
	if (!jg_state_parse(outcome, &end.to) || !jg_state_is_final(end.to))
		elog(ERROR, "\"%s\" is no end of a run", outcome);
	submission.job_id = PG_GETARG_INT32(0);
	if (!PG_ARGISNULL(6))
		submission.source = jg_text_clip(PG_GETARG_DATUM(6), 100);
	submission.has_business_date = !PG_ARGISNULL(7);
	submission.business_date = submission.has_business_date ? PG_GETARG_DATEADT(7) : 0;
	SPI_connect();
	plan = jg_submit_plan(&submission, &submitted);
	jg_submit_ids(&run_id, 1);
	jg_submit_wide(plan, run_id);
	end.run_id = run_id;
	end.job_id = submitted.job_id;
	end.business_date = submitted.business_date;
	end.has_exit = !PG_ARGISNULL(2);
	end.exit_code = end.has_exit ? PG_GETARG_INT32(2) : 0;
	end.message = jg_arg_text(fcinfo, 3);
	end.has_result = !PG_ARGISNULL(4);
	end.result = end.has_result ? PG_GETARG_DATUM(4) : (Datum) 0;
	end.finished_at = PG_ARGISNULL(5) ? submission.now : PG_GETARG_TIMESTAMPTZ(5);
	jg_finish(&end, 1, JG_OPERATOR);
	jg_write_history(run_id, "report_outcome", NULL, outcome, "external", end.message);
	SPI_finish();
	PG_RETURN_INT64(run_id);
}
