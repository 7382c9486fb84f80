/*
 * What plans answer: the steps that decide when a workflow is over, and when it will be. It reads, and locks nothing.
 */
#include "args.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "graph/graph_replay.h"
#include "plan_read.h"
#include "sql.h"
#include "utils/array.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(jobgrid_plan_path);
PG_FUNCTION_INFO_V1(jobgrid_plan_forecast);

static Datum
span(int64 us)
{
	Interval *interval = palloc0(sizeof(Interval));

	interval->time = us;
	return IntervalPGetDatum(interval);
}

/*
 * What each step usually takes. One that nobody knows takes as good as nothing, so that of several ways of which nothing is
 * known the one with most steps counts; one that is usually skipped takes nothing.
 */
static JgPlanSpan *
read_usual(const JgPlanned *planned, int64 *medians)
{
	static JgSql sql = {.text = "select u.job_id, (extract(epoch from u.run_time) * 1000000)::int8, u.rarely"
								" from jobgrid_engine.usual_step_times($1) u where u.run_time is not null or u.rarely",
						.nargs = 1,
						.types = {INT4ARRAYOID},
						.replan = true};
	Datum value = jg_array_int4(planned->job_ids, planned->n);
	JgPlanSpan *usual = palloc(planned->n * sizeof(JgPlanSpan));
	int n = (int) jg_sql(&sql, &value, NULL);

	for (int i = 0; i < planned->n; i++)
	{
		usual[i] = (JgPlanSpan){planned->floors[i].wait, planned->steps[i].workflow ? 0 : 1};
		medians[i] = JG_PLAN_NOT;
	}
	for (int i = 0; i < n; i++)
	{
		int step = jg_plan_place(planned, jg_sql_int32(i, 1));
		bool isnull;

		(void) jg_sql_datum(i, 2, &isnull);
		if (!isnull)
			medians[step] = jg_sql_int64(i, 2);
		if (!planned->steps[step].workflow)
			usual[step].run = jg_sql_bool(i, 3) ? 0 : medians[step];
	}
	return usual;
}

static void
put_path(ReturnSetInfo *result, const JgPlanned *planned)
{
	JgPlanTimes *times = palloc(planned->n * sizeof(JgPlanTimes));
	bool *critical = palloc(planned->n * sizeof(bool));
	int64 *slack = palloc(planned->n * sizeof(int64));
	int64 *medians = palloc(planned->n * sizeof(int64));
	int *layers = palloc(planned->n * sizeof(int));

	jg_plan_forward(planned->plan, planned->now, planned->actual, read_usual(planned, medians), times);
	jg_plan_path(planned->plan, times, critical, slack);
	jg_plan_layers(planned->plan, layers);
	for (int i = 0; i < planned->n; i++)
	{
		Datum values[9] = {Int32GetDatum(planned->job_ids[i]),
						   Int32GetDatum(layers[i]),
						   TimestampTzGetDatum(planned->began + times[i].started),
						   TimestampTzGetDatum(planned->began + times[i].ended),
						   span(times[i].started),
						   span(times[i].ended),
						   span(slack[i]),
						   BoolGetDatum(critical[i]),
						   span(medians[i])};
		bool nulls[9] = {[2] = !planned->is_run, [3] = !planned->is_run, [8] = medians[i] == JG_PLAN_NOT};

		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
}

/* plan_path(root_job, root_run) */
Datum
jobgrid_plan_path(PG_FUNCTION_ARGS)
{
	JgPlanned planned;

	jg_arg_require(fcinfo, 0, "root_job");
	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	jg_plan_read(PG_GETARG_INT32(0), PG_ARGISNULL(1) ? 0 : PG_GETARG_INT64(1), &planned);
	put_path((ReturnSetInfo *) fcinfo->resultinfo, &planned);
	SPI_finish();
	return (Datum) 0;
}

/* The times of former runs, one after the other; returns how many there are. A step that a run did not have has none. */
static int
read_history(const JgPlanned *planned, Datum runs, JgPlanSpan **history)
{
	static JgSql sql = {.text = "select h.nth, h.job_id, h.started_after, h.ended_after"
								" from jobgrid_engine.plan_history($1, $2) h",
						.nargs = 2,
						.types = {INT4ARRAYOID, INT8ARRAYOID},
						.replan = true};
	Datum values[2] = {jg_array_int4(planned->job_ids, planned->n), runs};
	int nruns = ArrayGetNItems(ARR_NDIM(DatumGetArrayTypeP(runs)), ARR_DIMS(DatumGetArrayTypeP(runs)));
	Size all = (Size) nruns * planned->n;
	JgPlanTimes *times = MemoryContextAllocHuge(CurrentMemoryContext, Max(all, 1) * sizeof(JgPlanTimes));
	uint64 n = jg_sql(&sql, values, NULL);

	for (Size i = 0; i < all; i++)
		times[i] = (JgPlanTimes){JG_PLAN_NOT, JG_PLAN_NOT};
	for (uint64 i = 0; i < n; i++)
	{
		int step = jg_plan_place(planned, jg_sql_int32(i, 2));
		bool isnull;

		(void) jg_sql_datum(i, 3, &isnull);
		if (step >= 0)
			times[(Size) jg_sql_int32(i, 1) * planned->n + step] =
				(JgPlanTimes){isnull ? JG_PLAN_NOT : jg_sql_int64(i, 3), jg_sql_int64(i, 4)};
	}
	*history = MemoryContextAllocHuge(CurrentMemoryContext, Max(all, 1) * sizeof(JgPlanSpan));
	for (int run = 0; run < nruns; run++)
		jg_plan_spans(planned->plan, times + (Size) run * planned->n, *history + (Size) run * planned->n);
	return nruns;
}

static void
put_forecast(ReturnSetInfo *result, const JgPlanned *planned, const JgPlanSpan *history, int nhistory)
{
	JgPlanForecast *forecast = palloc(planned->n * sizeof(JgPlanForecast));

	jg_plan_replay(planned->plan, planned->now, planned->actual, history, nhistory, forecast);
	for (int i = 0; i < planned->n; i++)
	{
		Datum values[4] = {Int32GetDatum(planned->job_ids[i]),
						   TimestampTzGetDatum(planned->began + forecast[i].start_p50),
						   TimestampTzGetDatum(planned->began + forecast[i].end_p50),
						   TimestampTzGetDatum(planned->began + forecast[i].end_p90)};
		bool nulls[4] = {0};

		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
}

/* plan_forecast(root_job, root_run, history) */
Datum
jobgrid_plan_forecast(PG_FUNCTION_ARGS)
{
	JgPlanned planned;
	JgPlanSpan *history;
	int nhistory;

	jg_arg_require(fcinfo, 0, "root_job");
	jg_arg_require(fcinfo, 2, "history");
	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	jg_plan_read(PG_GETARG_INT32(0), PG_ARGISNULL(1) ? 0 : PG_GETARG_INT64(1), &planned);
	nhistory = read_history(&planned, PG_GETARG_DATUM(2), &history);
	if (nhistory > 0)
		put_forecast((ReturnSetInfo *) fcinfo->resultinfo, &planned, history, nhistory);
	SPI_finish();
	return (Datum) 0;
}
