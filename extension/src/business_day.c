/*
 * Business dates.
 *
 * A day that is not worked belongs to the business day before it, as a night belongs to the evening before: what ends on
 * a Saturday is Friday's. Days beyond the years that calendars know are business days of their own.
 */
#include "business_day.h"

#include "args.h"
#include "calendar.h"
#include "clock.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/datetime.h"

PG_FUNCTION_INFO_V1(jobgrid_day_facts);

static bool
is_known(const JgWorkdays *workdays, DateADT date)
{
	return workdays != NULL && date >= -JG_EPOCH_DAYS && date < JG_DAYS - JG_EPOCH_DAYS;
}

DateADT
jg_business_day(const JgWorkdays *workdays, DateADT day)
{
	int32 before;

	if (!is_known(workdays, day) || jg_workdays_on(workdays, day + JG_EPOCH_DAYS))
		return day;
	before = jg_workdays_near(workdays, day + JG_EPOCH_DAYS, -1);
	return before < 0 ? day : before - JG_EPOCH_DAYS;
}

/* The business day before (step -1) or after (step 1) the date. */
static DateADT
neighbour(const JgWorkdays *workdays, DateADT date, int step)
{
	int32 near = is_known(workdays, date) ? jg_workdays_near(workdays, date + JG_EPOCH_DAYS, step) : -1;

	return near < 0 ? date + step : near - JG_EPOCH_DAYS;
}

JgDayFacts
jg_day_facts(const JgWorkdays *workdays, DateADT date)
{
	JgDayFacts facts = {.previous = neighbour(workdays, date, -1)};
	DateADT next = neighbour(workdays, date, 1);
	int year;
	int month;
	int next_year;
	int next_month;
	int day;

	j2date(date + POSTGRES_EPOCH_JDATE, &year, &month, &day);
	j2date(next + POSTGRES_EPOCH_JDATE, &next_year, &next_month, &day);
	facts.month_end = next_year != year || next_month != month;
	facts.quarter_end = next_year != year || (next_month - 1) / 3 != (month - 1) / 3;
	return facts;
}

char *
jg_date_text(DateADT date)
{
	char text[MAXDATELEN + 1];
	struct pg_tm tm;

	j2date(date + POSTGRES_EPOCH_JDATE, &tm.tm_year, &tm.tm_mon, &tm.tm_mday);
	EncodeDateOnly(&tm, USE_ISO_DATES, text);
	return pstrdup(text);
}

/* day_facts(calendar, day): business_date, previous_business_date, is_month_end, is_quarter_end; no calendar: every day */
Datum
jobgrid_day_facts(PG_FUNCTION_ARGS)
{
	const JgWorkdays *workdays = NULL;
	MemoryContext caller = CurrentMemoryContext;
	JgDayFacts facts;
	TupleDesc desc;
	HeapTuple tuple;
	DateADT day;
	Datum values[4];
	bool nulls[4] = {false, false, false, false};

	jg_arg_require(fcinfo, 1, "day");
	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "day_facts() must return a composite type");
	day = PG_GETARG_DATEADT(1);
	SPI_connect();
	if (!PG_ARGISNULL(0))
		workdays = jg_calendar_visible(jg_arg_text(fcinfo, 0));
	day = jg_business_day(workdays, day);
	facts = jg_day_facts(workdays, day);
	values[0] = DateADTGetDatum(day);
	values[1] = DateADTGetDatum(facts.previous);
	values[2] = BoolGetDatum(facts.month_end);
	values[3] = BoolGetDatum(facts.quarter_end);
	MemoryContextSwitchTo(caller);
	tuple = heap_form_tuple(desc, values, nulls);
	SPI_finish();
	PG_RETURN_DATUM(HeapTupleGetDatum(tuple));
}
