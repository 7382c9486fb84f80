/* SQL functions about blackouts and run windows: what is wrong with one, and which span a moment lies in. */
#include "postgres.h"

#include "args.h"
#include "calendar.h"
#include "errors.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "shutter.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(jobgrid_run_window_error);
PG_FUNCTION_INFO_V1(jobgrid_shutter_span);

/* run_window_error(run_window, time_zone): message and hint, both null where nothing is wrong. */
Datum
jobgrid_run_window_error(PG_FUNCTION_ARGS)
{
	JgShutterText text = {.rule = {.valid_from = DATEVAL_NOBEGIN, .valid_until = DATEVAL_NOEND}};
	MemoryContext caller = CurrentMemoryContext;
	JgShutter *shutter = palloc(sizeof(JgShutter));
	TupleDesc desc;
	HeapTuple tuple;
	Datum values[2] = {0};
	bool nulls[2] = {true, true};
	char *error = NULL;
	char *hint = NULL;

	jg_arg_require(fcinfo, 0, "run_window");
	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "run_window_error() must return a composite type");
	text.run_window = jg_arg_text(fcinfo, 0);
	text.rule.time_zone = jg_arg_text(fcinfo, 1);
	SPI_connect();
	text.rule.workdays = jg_calendar_load(NULL);
	if (!jg_shutter_make(shutter, &text, &error, &hint))
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

/* shutter_span(shutter_id, moment): closed, and until when it stays so. */
Datum
jobgrid_shutter_span(PG_FUNCTION_ARGS)
{
	MemoryContext caller = CurrentMemoryContext;
	const JgShutter *shutter;
	TimestampTz moment;
	JgShutterSpan span;
	TupleDesc desc;
	HeapTuple tuple;
	Datum values[2];
	bool nulls[2] = {false, false};
	bool inside;

	jg_arg_require(fcinfo, 0, "shutter_id");
	jg_arg_require(fcinfo, 1, "moment");
	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "shutter_span() must return a composite type");
	moment = PG_GETARG_TIMESTAMPTZ(1);
	SPI_connect();
	shutter = jg_shutter_load(PG_GETARG_INT32(0));
	if (shutter == NULL)
		ereport(ERROR, (errcode(ERRCODE_JG_NOT_FOUND), errmsg("its schedule, time zone or calendar cannot be read")));
	inside = jg_shutter_span(shutter, moment, &span);
	values[0] = BoolGetDatum(inside != shutter->is_window);
	values[1] = TimestampTzGetDatum(inside ? span.until : span.since);
	MemoryContextSwitchTo(caller);
	tuple = heap_form_tuple(desc, values, nulls);
	SPI_finish();
	PG_RETURN_DATUM(HeapTupleGetDatum(tuple));
}
