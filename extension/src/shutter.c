/*
 * Blackouts and run windows as spans.
 *
 * A run window is read as two schedules: the days and the time at which it begins, and the time of day at which it ends.
 * So its ends are wall-clock times on days when clocks change, too. Spans that meet or overlap are one.
 */
#include "shutter.h"

#include "args.h"
#include "calendar.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "sql.h"
#include "utils/builtins.h"

#define SPANS_MOST 400 /* that are joined; who asks at the end of a longer one finds that it goes on */
#define WINDOW_LONGEST_US (49 * USECS_PER_HOUR)
#define WORDS_BYTES 4000

/* Reads "HH:MM", where the end of a day may be 24:00; returns what follows, NULL: it is none. */
static const char *
read_time(const char *text, int latest, int *minutes)
{
	int hour;

	for (int i = 0; i < 5; i++)
		if (i == 2 ? text[i] != ':' : text[i] < '0' || text[i] > '9')
			return NULL;
	hour = (text[0] - '0') * 10 + text[1] - '0';
	*minutes = hour * 60 + (text[3] - '0') * 10 + text[4] - '0';
	return text[3] > '5' || *minutes > latest ? NULL : text + 5;
}

static bool
make_window(JgShutter *shutter, const JgShutterText *text, char **error, char **hint)
{
	const char *rest;
	int from;
	int until;
	JgRuleText begins = text->rule;
	JgRuleText ends = text->rule;

	*error = psprintf("a run window is a span of hours, not \"%s\"", jg_clip(text->run_window));
	*hint = pstrdup("For example 22:00-04:00, or 08:00-18:00 on mon-fri.");
	rest = read_time(text->run_window, 24 * 60 - 1, &from);
	if (rest == NULL || *rest++ != '-' || (rest = read_time(rest, 24 * 60, &until)) == NULL ||
		(*rest != '\0' && *rest != ' ') || strlen(rest) > WORDS_BYTES)
		return false;
	while (*rest == ' ')
		rest++;
	begins.schedule = psprintf("%s at %02d:%02d", *rest == '\0' ? "every day" : rest, from / 60, from % 60);
	ends.schedule = psprintf("every day at %02d:%02d", until / 60 % 24, until % 60);
	return jg_rule_make(&shutter->begins, &begins, error, hint) && jg_rule_make(&shutter->ends, &ends, error, hint);
}

bool
jg_shutter_make(JgShutter *shutter, const JgShutterText *text, char **error, char **hint)
{
	memset(shutter, 0, sizeof(*shutter));
	shutter->is_window = text->run_window != NULL;
	shutter->once = text->run_window == NULL && text->rule.schedule == NULL;
	shutter->starts_at = text->starts_at;
	shutter->ends_at = text->ends_at;
	shutter->lasts_us = text->lasts_us;
	if (shutter->once)
		return true;
	return shutter->is_window ? make_window(shutter, text, error, hint)
							  : jg_rule_make(&shutter->begins, &text->rule, error, hint);
}

/* When the span that begins at a fire is over. */
static TimestampTz
end_of(const JgShutter *shutter, TimestampTz since)
{
	JgFire fire;

	if (!shutter->is_window)
		return since + shutter->lasts_us;
	return jg_rule_next(&shutter->ends, since, &fire) ? jg_fire_moment(&fire) : DT_NOEND;
}

bool
jg_shutter_span(const JgShutter *shutter, TimestampTz moment, JgShutterSpan *span)
{
	/* What began earlier is over. */
	TimestampTz after = moment - (shutter->is_window ? WINDOW_LONGEST_US : shutter->lasts_us);
	bool any = false;
	JgFire fire;

	if (shutter->once)
	{
		*span = (JgShutterSpan){shutter->starts_at, shutter->ends_at};
		if (moment >= span->until)
			*span = (JgShutterSpan){DT_NOEND, DT_NOEND};
		return span->since <= moment && moment < span->until;
	}
	*span = (JgShutterSpan){DT_NOEND, DT_NOEND};
	for (int i = 0; i < SPANS_MOST && jg_rule_next(&shutter->begins, after, &fire); i++)
	{
		TimestampTz since = jg_fire_moment(&fire);
		TimestampTz until = end_of(shutter, since);

		CHECK_FOR_INTERRUPTS();
		after = since;
		if (any && since > span->until)
			break;
		if (until <= moment)
			continue;
		if (!any)
			span->since = since;
		span->until = any ? Max(span->until, until) : until;
		any = true;
	}
	return span->since <= moment;
}

bool
jg_shutter_closed(const JgShutter *shutter, TimestampTz moment)
{
	JgShutterSpan span;

	return jg_shutter_span(shutter, moment, &span) != shutter->is_window;
}

/* When one opens another may have closed. */
TimestampTz
jg_shutters_open(const JgShutter *const *shutters, int n, TimestampTz moment)
{
	bool moved = true;

	for (int turns = 0; moved && turns < SPANS_MOST; turns++)
	{
		moved = false;
		for (int i = 0; i < n && moment < DT_NOEND; i++)
		{
			JgShutterSpan span;

			if (shutters[i] == NULL || jg_shutter_span(shutters[i], moment, &span) == shutters[i]->is_window)
				continue;
			moment = shutters[i]->is_window ? span.since : span.until;
			moved = true;
		}
	}
	return moved ? DT_NOEND : moment;
}

/* The row of a shutter's columns, in the order of COLUMNS; NULL: it cannot be read. */
static const JgShutter *
read_shutter(void)
{
	JgShutterText text = {.ends_at = DT_NOEND};
	JgShutter *shutter = palloc(sizeof(JgShutter));
	Datum moment;
	char *calendar;
	char *error;
	char *hint;
	bool isnull;

	text.run_window = jg_sql_text(0, 1);
	text.rule.schedule = jg_sql_text(0, 2);
	text.rule.time_zone = jg_sql_text(0, 3);
	calendar = jg_sql_text(0, 4);
	text.rule.valid_from = jg_sql_int32(0, 5);
	text.rule.valid_until = jg_sql_int32(0, 6);
	text.starts_at = jg_sql_int64(0, 7);
	moment = jg_sql_datum(0, 8, &isnull);
	if (!isnull)
		text.ends_at = DatumGetTimestampTz(moment);
	text.lasts_us = jg_sql_int64(0, 9);
	text.rule.when_holiday = "run_anyway"; /* the calendar tells which days are worked, not when jobs may rest */
	text.rule.workdays = jg_calendar_load(calendar);
	if (text.rule.workdays == NULL || !jg_shutter_make(shutter, &text, &error, &hint))
		return NULL;
	return shutter;
}

#define COLUMNS "schedule, time_zone, calendar, valid_from, valid_until, starts_at, ends_at, lasts_us"

const JgShutter *
jg_shutter_load(int32 shutter_id)
{
	static JgSql sql = {.text = "select run_window, " COLUMNS " from jobgrid_engine.shutter_text where shutter_id = $1",
						.nargs = 1,
						.types = {INT4OID}};
	Datum value = Int32GetDatum(shutter_id);

	return jg_sql(&sql, &value, NULL) == 0 ? NULL : read_shutter();
}

const JgShutter *
jg_shutter_of_blackout(int32 blackout_id)
{
	static JgSql sql = {.text =
							"select null::text, " COLUMNS " from jobgrid_engine.blackout_text where blackout_id = $1",
						.nargs = 1,
						.types = {INT4OID}};
	Datum value = Int32GetDatum(blackout_id);

	return jg_sql(&sql, &value, NULL) == 0 ? NULL : read_shutter();
}

const JgShutter *
jg_shutter_of_window(const char *run_window, const char *time_zone)
{
	JgShutterText text = {.run_window = run_window,
						  .rule = {.time_zone = time_zone,
								   .workdays = jg_calendar_load(NULL),
								   .valid_from = DATEVAL_NOBEGIN,
								   .valid_until = DATEVAL_NOEND}};
	JgShutter *shutter = palloc(sizeof(JgShutter));
	char *error;
	char *hint;

	return jg_shutter_make(shutter, &text, &error, &hint) ? shutter : NULL;
}
