/*
 * Calendars whose days follow from a rule of AutoSys' extended calendars.
 *
 * The rule is kept as the lines that autocal_asc exports, so that what has been imported can be compared and exported
 * again; what they mean is time/autocal.h's to say. A cycle is a calendar with periods, and holidays are the days of one.
 */
#include "calendar_rule.h"

#include "args.h"
#include "catalog/pg_type.h"
#include "clock.h"
#include "errors.h"
#include "fmgr.h"
#include "funcapi.h"
#include "sql.h"
#include "utils/builtins.h"
#include "utils/date.h"

#define CONDITIONS_MOST 32
#define LINES_MOST 64

PG_FUNCTION_INFO_V1(jobgrid_calendar_rule);

typedef struct Lines
{
	JgAutocalSource source;
	const char *conditions[CONDITIONS_MOST];
	int condition_lines[CONDITIONS_MOST];
	int nconditions;
} Lines;

static char *
trimmed(const char *text, size_t length)
{
	while (length > 0 && (text[0] == ' ' || text[0] == '\t'))
	{
		text++;
		length--;
	}
	while (length > 0 && (text[length - 1] == ' ' || text[length - 1] == '\t' || text[length - 1] == '\r'))
		length--;
	return pnstrdup(text, length);
}

/* Puts one line, of name and value, where it belongs; false: there is no such line. */
static bool
take_line(const char *name, char *value, int number, Lines *lines, JgCalendarRule *rule)
{
	const struct
	{
		const char *name;
		const char **value;
	} fields[] = {{"workday", &lines->source.workday},         {"non_workday", &lines->source.non_workday},
				  {"holiday", &lines->source.holiday},         {"adjust", &lines->source.adjust},
				  {"holcal", (const char **) &rule->holidays}, {"cyccal", (const char **) &rule->cycle}};

	if (pg_strcasecmp(name, "condition") == 0 && lines->nconditions < CONDITIONS_MOST)
	{
		lines->condition_lines[lines->nconditions] = number;
		lines->conditions[lines->nconditions++] = value;
		return true;
	}
	for (int i = 0; i < (int) lengthof(fields); i++)
		if (pg_strcasecmp(name, fields[i].name) == 0)
		{
			if (value[0] != '\0')
				*fields[i].value = value;
			return true;
		}
	return pg_strcasecmp(name, "description") == 0;
}

bool
jg_calendar_rule_read(const char *text, JgCalendarRule *rule, char **error)
{
	Lines lines = {0};
	JgAutocalError wrong;
	int number = 0;

	memset(rule, 0, sizeof(*rule));
	while (*text != '\0')
	{
		size_t length = strcspn(text, "\n");
		char *line = trimmed(text, length);
		char *colon = strchr(line, ':');

		number++;
		text += length + (text[length] == '\n');
		if (line[0] == '\0')
			continue;
		if (colon == NULL || number > LINES_MOST)
		{
			*error = psprintf("line %d is not a name and a value such as condition: WORKD#1", number);
			return false;
		}
		if (!take_line(trimmed(line, (size_t) (colon - line)), trimmed(colon + 1, strlen(colon + 1)), number, &lines,
					   rule))
		{
			*error = psprintf("line %d: \"%s\" does not belong into a rule", number, jg_clip(line));
			return false;
		}
	}
	lines.source.conditions = lines.conditions;
	lines.source.nconditions = lines.nconditions;
	if (jg_autocal_parse(&lines.source, &rule->rule, &wrong))
		return true;
	if (wrong.condition > 0)
		*error = psprintf("line %d: condition, at position %d: %s", lines.condition_lines[wrong.condition - 1],
						  wrong.position, wrong.message);
	else
		*error = psprintf("%s, at position %d: %s", wrong.field, wrong.position, wrong.message);
	return false;
}

static int32 *
load_holidays(const char *calendar, int *n)
{
	static JgSql sql = {.text = "select day from jobgrid.calendar_day where calendar = $1 order by day",
						.nargs = 1,
						.types = {TEXTOID}};
	Datum value;
	int32 *days;
	bool isnull;

	*n = 0;
	if (calendar == NULL)
		return NULL;
	value = CStringGetTextDatum(calendar);
	*n = (int) jg_sql(&sql, &value, NULL);
	days = palloc(Max(*n, 1) * sizeof(int32));
	for (int i = 0; i < *n; i++)
		days[i] = DatumGetDateADT(jg_sql_datum(i, 1, &isnull)) + JG_EPOCH_DAYS;
	return days;
}

static JgAutocalPeriod *
load_cycle(const char *calendar, int *n)
{
	static JgSql sql = {.text = "select lower(p.days), upper(p.days) - 1 from jobgrid.calendar c"
								" cross join unnest(c.cycle) p(days) where c.name = $1 order by 1",
						.nargs = 1,
						.types = {TEXTOID}};
	Datum value;
	JgAutocalPeriod *periods;
	bool isnull;

	*n = 0;
	if (calendar == NULL)
		return NULL;
	value = CStringGetTextDatum(calendar);
	*n = (int) jg_sql(&sql, &value, NULL);
	periods = palloc(Max(*n, 1) * sizeof(JgAutocalPeriod));
	for (int i = 0; i < *n; i++)
	{
		periods[i].start = DatumGetDateADT(jg_sql_datum(i, 1, &isnull)) + JG_EPOCH_DAYS;
		periods[i].end = DatumGetDateADT(jg_sql_datum(i, 2, &isnull)) + JG_EPOCH_DAYS;
	}
	return periods;
}

void
jg_calendar_rule_days(const char *calendar, const JgCalendarRule *rule, JgWorkdays *workdays)
{
	JgAutocalDates dates = {0};
	const char *why = NULL;

	dates.holidays = load_holidays(rule->holidays, &dates.nholidays);
	dates.periods = load_cycle(rule->cycle, &dates.nperiods);
	jg_workdays_init(workdays, 0);
	StaticAssertStmt(sizeof(workdays->bits) / sizeof(uint64) == JG_AUTOCAL_ROOM(0, JG_DAYS - 1), "a bit a day");
	if (!jg_autocal_days(&rule->rule, &dates, 0, JG_DAYS - 1, workdays->bits, &why))
		ereport(ERROR, (errcode(ERRCODE_JG_INVALID), errmsg("calendar \"%s\": %s", calendar, why)));
}

/* calendar_rule(text): what it refers to, as an array of names; raises for a rule that is none. */
Datum
jobgrid_calendar_rule(PG_FUNCTION_ARGS)
{
	JgCalendarRule *rule = palloc(sizeof(JgCalendarRule));
	JgArray names = jg_array(TEXTOID, 2);
	char *error;

	if (!jg_calendar_rule_read(text_to_cstring(PG_GETARG_TEXT_PP(0)), rule, &error))
		ereport(ERROR,
				(errcode(ERRCODE_JG_INVALID), errmsg("the rule of the calendar: %s", error),
				 errhint("For example: workday: mo,tu,we,th,fr, then on a line of its own condition: WORKD#1.")));
	if (rule->holidays != NULL)
		jg_array_add_text(&names, rule->holidays);
	if (rule->cycle != NULL)
		jg_array_add_text(&names, rule->cycle);
	PG_RETURN_DATUM(jg_array_datum(&names));
}
