/*
 * SQL functions about calendars: which days are worked, and what a file of holidays says.
 */
#include "args.h"
#include "calendar.h"
#include "clock.h"
#include "errors.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "time/ics.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(jobgrid_calendar_working);
PG_FUNCTION_INFO_V1(jobgrid_ics_days);

/* A date as a day of time/civil.h, within those that there are. */
static int32
day_of(DateADT date)
{
	return Max(Min(date, JG_DAYS - JG_EPOCH_DAYS - 1), -JG_EPOCH_DAYS) + JG_EPOCH_DAYS;
}

/* calendar_working(calendar, since, until) */
Datum
jobgrid_calendar_working(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	const JgWorkdays *workdays;
	int32 since;
	int32 until;

	jg_arg_require(fcinfo, 0, "calendar");
	jg_arg_require(fcinfo, 1, "since");
	jg_arg_require(fcinfo, 2, "until");
	since = day_of(PG_GETARG_DATEADT(1));
	until = day_of(PG_GETARG_DATEADT(2));
	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	workdays = jg_calendar_visible(jg_arg_text(fcinfo, 0));
	for (int32 day = since; day <= until; day++)
	{
		Datum values[2] = {DateADTGetDatum(day - JG_EPOCH_DAYS), BoolGetDatum(jg_workdays_on(workdays, day))};
		bool nulls[2] = {false, false};

		CHECK_FOR_INTERRUPTS();
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	SPI_finish();
	return (Datum) 0;
}

/* ics_days(ics, since, until) */
Datum
jobgrid_ics_days(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	JgIcs *ics = palloc(sizeof(JgIcs));
	JgIcsDay day;
	JgIcsStep step;
	text *file;

	jg_arg_require(fcinfo, 0, "ics");
	jg_arg_require(fcinfo, 1, "since");
	jg_arg_require(fcinfo, 2, "until");
	file = PG_GETARG_TEXT_PP(0);
	InitMaterializedSRF(fcinfo, 0);
	jg_ics_begin(ics, VARDATA_ANY(file), VARSIZE_ANY_EXHDR(file), day_of(PG_GETARG_DATEADT(1)),
				 day_of(PG_GETARG_DATEADT(2)));
	while ((step = jg_ics_next(ics, &day)) == JG_ICS_DAY)
	{
		Datum values[3] = {DateADTGetDatum(day.day - JG_EPOCH_DAYS), CStringGetTextDatum(day.label),
						   Int32GetDatum(day.line)};
		bool nulls[3] = {false, false, false};

		CHECK_FOR_INTERRUPTS();
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	if (step == JG_ICS_ERROR)
		ereport(ERROR, (errcode(ERRCODE_JG_INVALID), errmsg("line %d of the calendar file: %s", ics->line, ics->error),
						errhint("It is to be an iCalendar file (RFC 5545), as feeds of public holidays are.")));
	return (Datum) 0;
}
