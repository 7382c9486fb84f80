/*
 * SQL functions about schedules that need no job: what a text means, when it fires, what is wrong with it.
 *
 * They read calendars but no schedule's row; what they answer for a text is what the scheduler will do with it.
 */
#include "args.h"
#include "calendar.h"
#include "catalog/pg_type.h"
#include "clock.h"
#include "errors.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "partition.h"
#include "schedule_rule.h"
#include "shmem.h"
#include "sql.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"
#include "zone_file.h"

#define MOST_TIMES 100000
#define WORDS_BYTES 4000

PG_FUNCTION_INFO_V1(jobgrid_moment);
PG_FUNCTION_INFO_V1(jobgrid_begin_work);
PG_FUNCTION_INFO_V1(jobgrid_zone_known);
PG_FUNCTION_INFO_V1(jobgrid_describe_schedule);
PG_FUNCTION_INFO_V1(jobgrid_schedule_error);
PG_FUNCTION_INFO_V1(jobgrid_fire_times);

/* moment(): the seam's clock */
Datum
jobgrid_moment(PG_FUNCTION_ARGS)
{
	PG_RETURN_TIMESTAMPTZ(jg_now());
}

/* begin_work(): the first schedule of a database makes it one that works, as the first submission does. */
Datum
jobgrid_begin_work(PG_FUNCTION_ARGS)
{
	if (jg_shared != NULL && pg_atomic_read_u32(&jg_shared->epoch) == 0)
		jg_partition_want_first();
	PG_RETURN_VOID();
}

/* zone_known(name) */
Datum
jobgrid_zone_known(PG_FUNCTION_ARGS)
{
	int64 stamp;

	PG_RETURN_BOOL(jg_zone_load(text_to_cstring(PG_GETARG_TEXT_PP(0)), &stamp) != NULL);
}

static void
pg_attribute_noreturn() refuse(const char *error, const char *hint)
{
	ereport(ERROR, (errcode(ERRCODE_JG_INVALID), errmsg("%s", error), hint ? errhint("%s", hint) : 0));
}

/* describe_schedule(schedule) */
Datum
jobgrid_describe_schedule(PG_FUNCTION_ARGS)
{
	JgSchedule schedule;
	JgScheduleError wrong;
	char words[WORDS_BYTES];

	if (!jg_schedule_parse(text_to_cstring(PG_GETARG_TEXT_PP(0)), &schedule, &wrong))
		refuse(wrong.message, wrong.hint[0] != '\0' ? wrong.hint : NULL);
	if (!jg_schedule_words(&schedule, words, sizeof(words)))
		elog(ERROR, "the words of a schedule do not fit");
	PG_RETURN_TEXT_P(cstring_to_text(words));
}

/* schedule_error(schedule, time_zone, calendar): message and hint, both null where nothing is wrong. */
Datum
jobgrid_schedule_error(PG_FUNCTION_ARGS)
{
	JgRuleText text = {.valid_from = DATEVAL_NOBEGIN, .valid_until = DATEVAL_NOEND};
	JgRule rule;
	TupleDesc desc;
	HeapTuple tuple;
	MemoryContext caller = CurrentMemoryContext;
	Datum values[2] = {0};
	bool nulls[2] = {true, true};
	char *error = NULL;
	char *hint = NULL;

	jg_arg_require(fcinfo, 0, "schedule");
	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "schedule_error() must return a composite type");
	text.schedule = jg_arg_text(fcinfo, 0);
	text.time_zone = jg_arg_text(fcinfo, 1);
	SPI_connect();
	text.workdays = jg_calendar_load(jg_arg_text(fcinfo, 2));
	if (text.workdays != NULL && !jg_rule_make(&rule, &text, &error, &hint))
	{
		values[0] = CStringGetTextDatum(error);
		nulls[0] = false;
		nulls[1] = hint == NULL;
		if (hint != NULL)
			values[1] = CStringGetTextDatum(hint);
	}
	MemoryContextSwitchTo(caller);
	tuple = heap_form_tuple(desc, values, nulls);
	SPI_finish();
	PG_RETURN_DATUM(HeapTupleGetDatum(tuple));
}

static char *
clock_words(const JgRule *rule, const JgFire *fire)
{
	int hour = fire->time / 3600;
	int minute = fire->time / 60 % 60;

	if (fire->clock_skips)
		return psprintf("%02d:%02d does not exist on this day: when_clock_skips", hour, minute);
	if (fire->clock_repeats)
		return psprintf("%02d:%02d comes twice on this day: when_clock_repeats", hour, minute);
	return NULL;
}

static void
put_fire(ReturnSetInfo *result, const JgRule *rule, const JgFire *fire)
{
	char *note = clock_words(rule, fire);
	TimestampTz moment = jg_fire_moment(fire);
	Interval offset = {.time = (TimeOffset) fire->offset * USECS_PER_SEC};
	Datum values[5];
	bool nulls[5] = {false, false, false, false, note == NULL};

	values[0] = TimestampTzGetDatum(moment);
	values[1] = TimestampGetDatum(moment + offset.time);
	values[2] = IntervalPGetDatum(&offset);
	values[3] = CStringGetTextDatum(rule->zone);
	values[4] = note ? CStringGetTextDatum(note) : (Datum) 0;
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/*
 * fire_times(schedule, time_zone, after, n, calendar, when_holiday, when_clock_skips, when_clock_repeats, seed,
 *				  valid_from, valid_until, until)
 */
Datum
jobgrid_fire_times(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	JgRuleText text = {0};
	JgRule rule;
	JgFire fire;
	TimestampTz after = PG_ARGISNULL(2) ? jg_now() : PG_GETARG_TIMESTAMPTZ(2);
	TimestampTz until = PG_ARGISNULL(11) ? DT_NOEND : PG_GETARG_TIMESTAMPTZ(11);
	int n = PG_ARGISNULL(3) ? 5 : PG_GETARG_INT32(3);
	char *error;
	char *hint;

	jg_arg_require(fcinfo, 0, "schedule");
	if (n < 0 || n > MOST_TIMES)
		ereport(ERROR, (errcode(ERRCODE_JG_LIMIT), errmsg("schedule_times gives between 0 and %d times", MOST_TIMES)));
	if (TIMESTAMP_NOT_FINITE(after))
		ereport(ERROR, (errcode(ERRCODE_JG_INVALID), errmsg("after must be a moment"),
						errhint("For example after => now().")));
	InitMaterializedSRF(fcinfo, 0);
	text.schedule = jg_arg_text(fcinfo, 0);
	text.time_zone = jg_arg_text(fcinfo, 1);
	text.has_calendar = !PG_ARGISNULL(4);
	text.when_holiday = jg_arg_text(fcinfo, 5);
	text.when_clock_skips = jg_arg_text(fcinfo, 6);
	text.when_clock_repeats = jg_arg_text(fcinfo, 7);
	text.seed = PG_ARGISNULL(8) ? 0 : (uint64) PG_GETARG_INT64(8);
	text.valid_from = PG_ARGISNULL(9) ? DATEVAL_NOBEGIN : PG_GETARG_DATEADT(9);
	text.valid_until = PG_ARGISNULL(10) ? DATEVAL_NOEND : PG_GETARG_DATEADT(10);

	SPI_connect();
	text.workdays = jg_calendar_visible(jg_arg_text(fcinfo, 4));
	if (!jg_rule_make(&rule, &text, &error, &hint))
		refuse(error, hint);
	for (int i = 0; i < n && jg_rule_next(&rule, after, &fire); i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (jg_fire_moment(&fire) > until)
			break;
		put_fire(result, &rule, &fire);
		after = jg_fire_moment(&fire);
	}
	SPI_finish();
	return (Datum) 0;
}
