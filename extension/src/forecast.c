/*
 * The load that schedules are expected to bring: the fires of all of them, made runs by what is usual.
 *
 * It reads definitions, as the caller's transaction sees them, and the newest runs of each job: nothing is written, nothing
 * is locked, and nobody is asked what happened today. Jobs are taken in the order of their conditions, so that a run can
 * start when what it waits for has ended. A cycle is refused when it is defined; should there be one, it is cut somewhere.
 */
#include "args.h"
#include "business_day.h"
#include "calendar.h"
#include "catalog/pg_type.h"
#include "errors.h"
#include "fire_row.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "shutter.h"
#include "sql.h"
#include "utils/array.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "utils/tuplestore.h"
#include "zone_file.h"

#define MOST_HOURS 168
#define LONGEST_RUN (30 * USECS_PER_DAY) /* as a job's timeout */
#define BEFORE (2 * USECS_PER_DAY)       /* where runs of a business date wait for each other */
#define NAME_BYTES 129

PG_FUNCTION_INFO_V1(jobgrid_expected_load);

/* When the first run of a business date has ended, which is when those that wait for the job go on. */
typedef struct DayEnd
{
	DateADT day;
	TimestampTz end;
} DayEnd;

typedef struct ForecastJob
{
	int32 job_id;
	const JgFireRow *rows; /* its schedules: neighbours, since they are sorted by job */
	int nrows;
	bool known; /* how long it usually takes */
	int64 duration;
	int *followers; /* jobs that wait for it */
	int nfollowers;
	int *upstreams;
	int nupstreams;
	int uncounted;            /* of the upstreams */
	const int32 *shutter_ids; /* run windows and blackouts that it is behind */
	const JgShutter **shutters;
	int nshutters;
	DayEnd *days;
	int ndays;
} ForecastJob;

typedef struct Forecast
{
	TimestampTz since;
	int hours;
	TimestampTz until;
	ForecastJob *jobs; /* by id */
	int njobs;
	HTAB *calendars;
	ReturnSetInfo *result;
	MemoryContext scratch; /* of one job */
	int64 runs[MOST_HOURS];
	int64 busy[MOST_HOURS];
} Forecast;

typedef struct Calendar
{
	char name[NAME_BYTES]; /* key */
	const JgWorkdays *workdays;
} Calendar;

/* One fire of a job, of whichever of its schedules. */
typedef struct Fire
{
	TimestampTz at;
	const JgFireRow *row;
	DateADT day; /* its business date, where conditions ask for it */
} Fire;

typedef struct Fires
{
	Fire *fires;
	int n;
} Fires;

/* --- what there is --- */

/* As the scheduler, which fires nothing that is disabled, held, taken out, bypassed, without its role or with wrong parameters. */
static bool
is_expected(const JgFireRow *row)
{
	return row->enabled && !row->held && !row->taken_out && !row->bypassed && row->role_missing == NULL &&
		   row->parameters_wrong == NULL;
}

static int
compare_rows(const void *a, const void *b)
{
	const JgFireRow *x = a;
	const JgFireRow *y = b;

	if (x->job_id != y->job_id)
		return x->job_id < y->job_id ? -1 : 1;
	return (x->schedule_id > y->schedule_id) - (x->schedule_id < y->schedule_id);
}

static void
read_jobs(Forecast *forecast)
{
	static JgSql sql = {.text = "select c.schedule_id from jobgrid_engine.fire_cursor c"
								" join jobgrid.schedule s using (schedule_id) where s.enabled"};
	int n = (int) jg_sql(&sql, NULL, NULL);
	int64 *ids = palloc(Max(n, 1) * sizeof(int64));
	JgFireRow *rows = MemoryContextAllocHuge(CurrentMemoryContext, Max(n, 1) * sizeof(JgFireRow));
	int kept = 0;

	for (int i = 0; i < n; i++)
		ids[i] = jg_sql_int32(i, 1);
	n = jg_fire_rows_read(ids, n, rows);
	for (int i = 0; i < n; i++)
		if (is_expected(&rows[i]))
			rows[kept++] = rows[i];
	qsort(rows, kept, sizeof(JgFireRow), compare_rows);
	forecast->jobs = palloc0(Max(kept, 1) * sizeof(ForecastJob));
	for (int i = 0; i < kept; i++)
	{
		if (i == 0 || rows[i].job_id != rows[i - 1].job_id)
			forecast->jobs[forecast->njobs++] = (ForecastJob){.job_id = rows[i].job_id, .rows = &rows[i]};
		forecast->jobs[forecast->njobs - 1].nrows++;
	}
}

static Datum
job_ids(const Forecast *forecast)
{
	int32 *ids = palloc(Max(forecast->njobs, 1) * sizeof(int32));

	for (int i = 0; i < forecast->njobs; i++)
		ids[i] = forecast->jobs[i].job_id;
	return jg_array_int4(ids, forecast->njobs);
}

static int
compare_job(const void *key, const void *job)
{
	int32 x = *(const int32 *) key;
	int32 y = ((const ForecastJob *) job)->job_id;

	return (x > y) - (x < y);
}

static ForecastJob *
find_job(const Forecast *forecast, int32 job_id)
{
	ForecastJob *job = bsearch(&job_id, forecast->jobs, forecast->njobs, sizeof(ForecastJob), compare_job);

	if (job == NULL)
		elog(ERROR, "job %d is not of those asked for", job_id);
	return job;
}

static void
read_durations(Forecast *forecast)
{
	static JgSql sql = {.text = "select u.job_id, (extract(epoch from u.run_time) * 1000000)::bigint"
								" from jobgrid_engine.usual_run_times($1) u",
						.nargs = 1,
						.types = {INT4ARRAYOID}};
	Datum ids = job_ids(forecast);
	uint64 n = jg_sql(&sql, &ids, NULL);

	for (uint64 i = 0; i < n; i++)
	{
		ForecastJob *job = find_job(forecast, jg_sql_int32(i, 1));

		job->known = true;
		job->duration = Min(Max(jg_sql_int64(i, 2), 0), LONGEST_RUN);
	}
}

/* Room for one more after n; it doubles at powers of two. */
static void *
room_for_one(void *items, int n, Size size)
{
	if (n == 0)
		return palloc(size);
	return (n & (n - 1)) == 0 ? repalloc_huge(items, 2 * n * size) : items;
}

static void
add_index(int **indexes, int *n, int index)
{
	*indexes = room_for_one(*indexes, *n, sizeof(int));
	(*indexes)[(*n)++] = index;
}

static void
read_shutters(Forecast *forecast)
{
	static JgSql sql = {.text =
							"select x.job_id, x.shutters from jobgrid_engine.job_shutters x where x.job_id = any ($1)",
						.nargs = 1,
						.types = {INT4ARRAYOID}};
	Datum ids = job_ids(forecast);
	int n = (int) jg_sql(&sql, &ids, NULL);
	ForecastJob **behind = palloc(Max(n, 1) * sizeof(ForecastJob *));

	for (int i = 0; i < n; i++)
	{
		bool isnull;
		ArrayType *shutters = DatumGetArrayTypePCopy(jg_sql_datum(i, 2, &isnull));

		behind[i] = find_job(forecast, jg_sql_int32(i, 1));
		behind[i]->nshutters = ArrayGetNItems(ARR_NDIM(shutters), ARR_DIMS(shutters));
		behind[i]->shutter_ids = (const int32 *) ARR_DATA_PTR(shutters);
		behind[i]->shutters = palloc(behind[i]->nshutters * sizeof(JgShutter *));
	}
	for (int i = 0; i < n; i++)
		for (int s = 0; s < behind[i]->nshutters; s++)
			behind[i]->shutters[s] = jg_shutter_load(behind[i]->shutter_ids[s]);
}

/* Conditions among jobs that are expected; whoever waits for another one is not kept from starting. */
static void
read_conditions(Forecast *forecast)
{
	static JgSql sql = {.text = "select e.job_id, e.upstream_id from jobgrid_engine.job_edge e"
								" where e.job_id = any ($1) and e.upstream_id = any ($1)",
						.nargs = 1,
						.types = {INT4ARRAYOID}};
	Datum ids = job_ids(forecast);
	uint64 n = jg_sql(&sql, &ids, NULL);

	for (uint64 i = 0; i < n; i++)
	{
		ForecastJob *job = find_job(forecast, jg_sql_int32(i, 1));
		ForecastJob *upstream = find_job(forecast, jg_sql_int32(i, 2));

		add_index(&job->upstreams, &job->nupstreams, (int) (upstream - forecast->jobs));
		add_index(&upstream->followers, &upstream->nfollowers, (int) (job - forecast->jobs));
		job->uncounted++;
	}
}

/* --- the fires of a job --- */

static const JgWorkdays *
calendar_of(Forecast *forecast, const char *name)
{
	Calendar *calendar;
	bool found;

	if (name == NULL)
		name = "";
	calendar = hash_search(forecast->calendars, name, HASH_ENTER, &found);
	if (!found)
		calendar->workdays = jg_calendar_load(name[0] != '\0' ? name : NULL);
	return calendar->workdays;
}

/* Falls into a blackout, or outside a run window, that makes no run of it. */
static bool
is_skipped(const ForecastJob *job, const JgFireRow *row, TimestampTz at)
{
	for (int i = 0; i < row->nskipping; i++)
		for (int s = 0; s < job->nshutters; s++)
			if (job->shutter_ids[s] == row->skipping[i] && job->shutters[s] != NULL &&
				jg_shutter_closed(job->shutters[s], at))
				return true;
	return false;
}

/* From the moment on, up to the end of the forecast. What cannot fire is in attention, and not expected. */
static void
add_fires(Forecast *forecast, Fires *fires, const ForecastJob *job, const JgFireRow *row, const JgWorkdays *workdays,
		  TimestampTz since, bool dated)
{
	JgRuleText text = row->text;
	const JgWorkdays *business_days = row->business_calendar ? calendar_of(forecast, row->business_calendar) : NULL;
	const JgZone *zone;
	TimestampTz after = since - 1;
	JgRule rule;
	JgFire fire;
	int64 stamp;
	char *error;
	char *hint;

	text.workdays = workdays;
	zone = jg_zone_load(row->business_zone, &stamp);
	if (text.workdays == NULL || zone == NULL || !jg_rule_make(&rule, &text, &error, &hint))
		return;
	while (jg_rule_next(&rule, after, &fire) && jg_fire_moment(&fire) < forecast->until)
	{
		CHECK_FOR_INTERRUPTS();
		after = jg_fire_moment(&fire);
		if (is_skipped(job, row, after))
			continue;
		fires->fires = room_for_one(fires->fires, fires->n, sizeof(Fire));
		fires->fires[fires->n++] =
			(Fire){after, row, dated ? jg_business_day(business_days, jg_zone_day(zone, after, row->roll_us)) : 0};
	}
}

static int
compare_fires(const void *a, const void *b)
{
	const Fire *x = a;
	const Fire *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return (x->row->schedule_id > y->row->schedule_id) - (x->row->schedule_id < y->row->schedule_id);
}

/* Those whose runs may last into the forecast, or hold up one that does, are looked for before it begins. */
static Fires
fires_of(Forecast *forecast, const ForecastJob *job, const JgWorkdays *const *workdays)
{
	bool dated = job->nupstreams > 0 || job->nfollowers > 0;
	TimestampTz since = forecast->since - 2 * job->duration - (dated ? BEFORE : 0);
	Fires fires = {0};

	for (int i = 0; i < job->nrows; i++)
		add_fires(forecast, &fires, job, &job->rows[i], workdays[i], since - job->rows[i].jitter_us, dated);
	if (job->nrows > 1)
		qsort(fires.fires, fires.n, sizeof(Fire), compare_fires);
	return fires;
}

/* --- its runs --- */

/* When all that the job waits for has ended on the day; what no schedule starts on that day is not waited for. */
static TimestampTz
conditions_met(const Forecast *forecast, const ForecastJob *job, DateADT day)
{
	TimestampTz met = DT_NOBEGIN;

	for (int i = 0; i < job->nupstreams; i++)
	{
		const ForecastJob *upstream = &forecast->jobs[job->upstreams[i]];

		for (int d = 0; d < upstream->ndays; d++)
			if (upstream->days[d].day == day)
				met = Max(met, upstream->days[d].end);
	}
	return met;
}

static void
end_on(ForecastJob *job, DateADT day, TimestampTz end)
{
	int d = job->ndays;

	/* Fires come in their order: it is the last day, or a new one. */
	while (d > 0 && job->days[d - 1].day != day)
		d--;
	if (d > 0)
	{
		job->days[d - 1].end = Min(job->days[d - 1].end, end);
		return;
	}
	job->days = room_for_one(job->days, job->ndays, sizeof(DayEnd));
	job->days[job->ndays++] = (DayEnd){day, end};
}

static int
hour_of(const Forecast *forecast, TimestampTz moment)
{
	return (int) ((moment - forecast->since) / USECS_PER_HOUR);
}

/* A run counts where it starts, and is busy in each hour that it lasts in. */
static void
count_run(Forecast *forecast, const JgExpectedRun *run)
{
	TimestampTz at = Max(run->start, forecast->since);
	TimestampTz end = Min(run->end, forecast->until);

	if (run->start >= forecast->since && run->start < forecast->until)
		forecast->runs[hour_of(forecast, run->start)]++;
	while (at < end)
	{
		int hour = hour_of(forecast, at);
		TimestampTz next = Min(forecast->since + (hour + 1) * USECS_PER_HOUR, end);

		forecast->busy[hour] += next - at;
		at = next;
	}
}

static void
put_hours(Forecast *forecast, const ForecastJob *job)
{
	for (int hour = 0; hour < forecast->hours; hour++)
	{
		Interval busy = {.time = forecast->busy[hour]};
		bool nulls[5] = {false};
		Datum values[5] = {Int32GetDatum(job->job_id), TimestampTzGetDatum(forecast->since + hour * USECS_PER_HOUR),
						   Int64GetDatum(forecast->runs[hour]), BoolGetDatum(job->known), IntervalPGetDatum(&busy)};

		if (forecast->runs[hour] == 0 && forecast->busy[hour] == 0)
			continue;
		tuplestore_putvalues(forecast->result->setResult, forecast->result->setDesc, values, nulls);
	}
}

static void
forecast_job(Forecast *forecast, ForecastJob *job)
{
	const JgWorkdays **workdays = palloc(job->nrows * sizeof(JgWorkdays *));
	MemoryContext outer;
	JgExpect expect = {.duration = job->duration};
	Fires fires;

	for (int i = 0; i < job->nrows; i++)
		workdays[i] = calendar_of(forecast, job->rows[i].calendar);
	outer = MemoryContextSwitchTo(forecast->scratch);
	fires = fires_of(forecast, job, workdays);
	expect.runs = palloc_extended(Max(fires.n, 1) * sizeof(JgExpectedRun), MCXT_ALLOC_HUGE);
	expect.ends = palloc_extended(Max(fires.n, 1) * sizeof(int64), MCXT_ALLOC_HUGE);
	for (int i = 0; i < fires.n; i++)
	{
		const JgFireRow *row = fires.fires[i].row;
		JgExpectedFire fire = {.at = fires.fires[i].at,
							   .earliest = jg_fire_due_at(row, fires.fires[i].at),
							   .on_overlap = row->on_overlap,
							   .most = row->max_parallel,
							   .all_count = row->when_missed == JG_MISSED_ALL};

		fire.earliest = Max(fire.earliest, conditions_met(forecast, job, fires.fires[i].day));
		/* What never opens does so after the forecast: no time can be added to the end of time. */
		fire.earliest =
			Min(jg_shutters_open(job->shutters, job->nshutters, fire.earliest), Max(fire.earliest, forecast->until));
		jg_expect(&expect, &fire);
	}
	MemoryContextSwitchTo(outer);
	memset(forecast->runs, 0, sizeof(forecast->runs));
	memset(forecast->busy, 0, sizeof(forecast->busy));
	for (int i = 0; i < fires.n; i++)
	{
		if (expect.runs[i].skipped)
			continue;
		if (job->nfollowers > 0)
			end_on(job, fires.fires[i].day, expect.runs[i].end);
		count_run(forecast, &expect.runs[i]);
	}
	put_hours(forecast, job);
	MemoryContextReset(forecast->scratch);
}

/* Each job after those it waits for. */
static void
forecast_jobs(Forecast *forecast)
{
	int *order = palloc(Max(forecast->njobs, 1) * sizeof(int));
	int n = 0;

	for (int i = 0; i < forecast->njobs; i++)
		if (forecast->jobs[i].uncounted == 0)
			order[n++] = i;
	for (int i = 0; i < n; i++)
	{
		ForecastJob *job = &forecast->jobs[order[i]];

		forecast_job(forecast, job);
		for (int f = 0; f < job->nfollowers; f++)
			if (--forecast->jobs[job->followers[f]].uncounted == 0)
				order[n++] = job->followers[f];
	}
	for (int i = 0; i < forecast->njobs && n < forecast->njobs; i++)
		if (forecast->jobs[i].uncounted > 0)
			forecast_job(forecast, &forecast->jobs[i]);
}

/* expected_load(since, hours) */
Datum
jobgrid_expected_load(PG_FUNCTION_ARGS)
{
	HASHCTL control = {.keysize = NAME_BYTES, .entrysize = sizeof(Calendar)};
	Forecast *forecast = palloc0(sizeof(Forecast));

	jg_arg_require(fcinfo, 0, "since");
	jg_arg_require(fcinfo, 1, "hours");
	forecast->since = PG_GETARG_TIMESTAMPTZ(0);
	forecast->hours = PG_GETARG_INT32(1);
	if (TIMESTAMP_NOT_FINITE(forecast->since))
		ereport(ERROR, (errcode(ERRCODE_JG_INVALID), errmsg("since must be a moment"),
						errhint("For example since => now().")));
	if (forecast->hours < 1 || forecast->hours > MOST_HOURS)
		ereport(ERROR, (errcode(ERRCODE_JG_LIMIT), errmsg("load_forecast gives between 1 and %d hours", MOST_HOURS)));
	forecast->until = forecast->since + forecast->hours * USECS_PER_HOUR;
	InitMaterializedSRF(fcinfo, 0);
	forecast->result = (ReturnSetInfo *) fcinfo->resultinfo;
	SPI_connect();
	control.hcxt = CurrentMemoryContext;
	forecast->calendars =
		hash_create("jobgrid calendars of a forecast", 32, &control, HASH_ELEM | HASH_STRINGS | HASH_CONTEXT);
	forecast->scratch = AllocSetContextCreate(CurrentMemoryContext, "jobgrid forecast", ALLOCSET_DEFAULT_SIZES);
	read_jobs(forecast);
	read_durations(forecast);
	read_shutters(forecast);
	read_conditions(forecast);
	forecast_jobs(forecast);
	SPI_finish();
	return (Datum) 0;
}
