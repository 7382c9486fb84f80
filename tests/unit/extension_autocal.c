/*
 * Extended calendars: each keyword, action and operator against days written out by hand, and what is refused and where.
 * Random rules are in extension_autocal_random.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../extension/src/time/autocal.h"
#include "../../extension/src/time/civil.h"
#include "tap.h"

#define MOST_DAYS 400
#define MOST_HOLIDAYS 20

/* England's of 2026: the 25th of December is a Friday, the 28th a Monday. */
#define ENGLAND "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28"
#define CYCLE "01-05..02-03 03-02..03-31"

/* Firsts of workdays and last of them in the months of 2026, in England. */
#define FIRST_WORKDAYS "01-02 02-02 03-02 04-01 05-01 06-01 07-01 08-03 09-01 10-01 11-02 12-01"
#define LAST_WORKDAYS "01-30 02-27 03-31 04-30 05-29 06-30 07-31 08-28 09-30 10-30 11-30 12-31"

typedef struct Case
{
	JgAutocalSource source;
	const char *condition;
	const char *days;     /* that are expected */
	const char *range;    /* NULL = the year */
	const char *holidays; /* NULL = none */
	const char *cycle;
	int year; /* 0 = 2026 */
} Case;

/* Keywords: nothing is moved. */
static const Case keyword_cases[] = {
	{.condition = NULL, .range = "02-26..03-02", .days = "02-26..03-02"},
	{.condition = " ", .range = "02-26..03-02", .days = "02-26..03-02"},
	{.condition = "DAILY", .range = "02-26..03-02", .days = "02-26..03-02"},
	{.condition = "WORKDAYS", .range = "12-21..12-31", .days = "12-21..12-25 12-28..12-31"},
	{.condition = "WORKDAYS", .range = "12-21..12-31", .days = "12-21..12-24 12-29..12-31", .holidays = ENGLAND},
	{{.workday = "XX....X"}, "workdays", "01-04..01-06 01-11..01-13", "01-01..01-15", NULL, NULL, 0},
	{{.workday = " su , TU,su"}, "workdays", "01-04 01-06 01-11 01-13", "01-01..01-15", NULL, NULL, 0},
	{{.workday = "ALL"}, "workdays", "12-24 12-26..12-27 12-29", "12-24..12-29", ENGLAND, NULL, 0},
	{{.workday = "all"}, "WEEKDAYS", "12-21..12-24 12-29..12-31", "12-21..12-31", ENGLAND, NULL, 0},
	{.condition = "WORKD#1", .days = FIRST_WORKDAYS, .holidays = ENGLAND},
	{.condition = "workd#03",
	 .days = "01-06 02-04 03-04 04-07 05-06 06-03 07-03 08-05 09-03 10-05 11-04 12-03",
	 .holidays = ENGLAND},
	{.condition = "WORKDM01", .days = LAST_WORKDAYS, .holidays = ENGLAND},
	{.condition = "WORKD#L", .days = LAST_WORKDAYS, .holidays = ENGLAND},
	{.condition = "WORKDM3", .range = "08-01..12-31", .days = "08-26 09-28 10-28 11-26 12-29", .holidays = ENGLAND},
	{.condition = "WORKD#23", .days = "07-31 12-31"},
	{.condition = "FOMWORK", .days = FIRST_WORKDAYS, .holidays = ENGLAND},
	{.condition = "EOMWORK", .days = LAST_WORKDAYS, .holidays = ENGLAND},
	{.condition = "XFOMWORK", .range = "01-01..01-04", .days = "01-01 01-03..01-04", .holidays = ENGLAND},
	{.condition = "XEOMWORK", .range = "08-27..08-31", .days = "08-27 08-29..08-31", .holidays = ENGLAND},
	{{.workday = "all"}, "FOMWEEK", FIRST_WORKDAYS, NULL, ENGLAND, NULL, 0},
	{{.workday = "all"}, "EOMWEEK", LAST_WORKDAYS, NULL, ENGLAND, NULL, 0},
	{{.workday = "all"}, "FOMWORK", "02-01 03-01 04-01", "02-01..04-30", ENGLAND, NULL, 0},
	{.condition = "XFOMWEEK", .range = "02-01..02-03", .days = "02-01 02-03"},
	{.condition = "XEOMWEEK", .range = "01-29..01-31", .days = "01-29 01-31"},
	{.condition = "FOM", .days = "01-01 02-01 03-01 04-01 05-01 06-01 07-01 08-01 09-01 10-01 11-01 12-01"},
	{.condition = "EOM", .days = "01-31 02-28 03-31 04-30 05-31 06-30 07-31 08-31 09-30 10-31 11-30 12-31"},
	{.condition = "EOM", .range = "02-01..03-30", .days = "02-29", .year = 2028},
	{.condition = "XFOM", .range = "01-31..02-03", .days = "01-31 02-02..02-03"},
	{.condition = "XEOM", .range = "02-26..03-01", .days = "02-26..02-27 03-01"},
	{.condition = "MNTHD#31", .days = "01-31 03-31 05-31 07-31 08-31 10-31 12-31"},
	{.condition = "MNTHDM30", .days = "01-02 03-02 04-01 05-02 06-01 07-02 08-02 09-01 10-02 11-01 12-02"},
	{.condition = "MNTHDX02", .range = "01-01..01-04", .days = "01-01 01-03..01-04"},
	/* Weeks of 2026 begin on Thursdays. */
	{.condition = "WEEKD#1", .range = "01-01..01-31", .days = "01-01 01-08 01-15 01-22 01-29"},
	{.condition = "WEEKD#5", .range = "12-18..12-31", .days = "12-21 12-28"},
	{.condition = "WEEKDM1", .range = "01-01..01-31", .days = "01-07 01-14 01-21 01-28"},
	{.condition = "WEEKDM7", .range = "12-18..12-31", .days = "12-24 12-31"},
	{.condition = "WEEKDX1", .range = "01-07..01-09", .days = "01-07 01-09"},
	{.condition = "Mon", .range = "01-01..01-31", .days = "01-05 01-12 01-19 01-26"},
	{.condition = "sat|sun", .range = "01-01..01-12", .days = "01-03..01-04 01-10..01-11"},
	{.condition = "tue#1", .days = "01-06 02-03 03-03 04-07 05-05 06-02 07-07 08-04 09-01 10-06 11-03 12-01"},
	{.condition = "fri#5", .days = "01-30 05-29 07-31 10-30"},
	{.condition = "monM1", .days = "01-26 02-23 03-30 04-27 05-25 06-29 07-27 08-31 09-28 10-26 11-30 12-28"},
	{.condition = "thu#L", .days = "01-29 02-26 03-26 04-30 05-28 06-25 07-30 08-27 09-24 10-29 11-26 12-31"},
	{.condition = "XWED#1", .range = "01-06..01-08", .days = "01-06 01-08"},
	{.condition = "XsunM1", .range = "01-24..01-26", .days = "01-24 01-26"},
	{.condition = "feb", .days = "02-01..02-28"},
	{.condition = "jan#1|feb#2|mar#03|apr#4|may#5|jun#6|jul#7|aug#8|sep#9|oct#10|nov#11|dec#12",
	 .days = "01-01 02-02 03-03 04-04 05-05 06-06 07-07 08-08 09-09 10-10 11-11 12-12"},
	{.condition = "feb#29 | febM29", .days = ""},
	{.condition = "feb#29 | febM29", .days = "02-01 02-29", .year = 2028},
	{.condition = "XJUL#4", .range = "07-03..07-05", .days = "07-03 07-05"},
	{.condition = "XDECM1", .range = "12-30..12-31", .days = "12-30"},
	{.condition = "WEEK#01", .days = "01-01..01-07"},
	{.condition = "WEEK#53", .days = "12-31"},
	{.condition = "WEEK#53", .days = "12-30..12-31", .year = 2028},
	{.condition = "WEEKM01", .days = "12-31"},
	{.condition = "WEEK#L", .days = "12-31"},
	{.condition = "WEEKM02", .days = "12-24..12-30"},
	{.condition = "week#e", .range = "01-01..01-31", .days = "01-08..01-14 01-22..01-28"},
	{.condition = "WEEK#O", .range = "01-01..01-31", .days = "01-01..01-07 01-15..01-21 01-29..01-31"},
	{.condition = "WEEKX02", .range = "01-07..01-15", .days = "01-07 01-15"},
	{.condition = "WEKR1#01", .days = "01-05..01-11"},
	{.condition = "WEKRmon#01", .days = "01-05..01-11"},
	{.condition = "WEKR7#1", .days = "01-04..01-10"},
	{.condition = "WEKR4#01", .days = "01-01..01-07"},
	{.condition = "WEKR1#52", .days = "12-28..12-31"},
	{.condition = "WEKRsunM01", .days = "12-27..12-31"},
	{.condition = "WEKR1X01", .range = "01-03..01-12", .days = "01-03..01-04 01-12"},
	{.condition = NULL, .days = CYCLE, .cycle = CYCLE},
	{.condition = "CYCLE", .days = CYCLE, .cycle = CYCLE},
	{.condition = "CYCL#001", .days = "01-05 03-02", .cycle = CYCLE},
	{.condition = "CYCL#30", .days = "02-03 03-31", .cycle = CYCLE},
	{.condition = "CYCLM002", .days = "02-02 03-30", .cycle = CYCLE},
	{.condition = "CYCLX001", .range = "01-04..01-07", .days = "01-04 01-06..01-07", .cycle = CYCLE},
	{.condition = "CYCP#02", .days = "03-02..03-31", .cycle = CYCLE},
	{.condition = "CWEEK#01", .days = "01-05..01-11 03-02..03-08", .cycle = CYCLE},
	{.condition = "CWEEK#L", .days = "02-02..02-03 03-30..03-31", .cycle = CYCLE},
	{.condition = "CWEEK#E", .days = "01-12..01-18 01-26..02-01 03-09..03-15 03-23..03-29", .cycle = CYCLE},
	{.condition = "CWEEK#O & CYCP#1", .days = "01-05..01-11 01-19..01-25 02-02..02-03", .cycle = CYCLE},
	{.condition = "CWEEKM02", .days = "01-26..02-01 03-23..03-29", .cycle = CYCLE},
	{.condition = "CWEEKX01", .range = "01-11..01-13", .days = "01-12..01-13", .cycle = CYCLE},
	{.condition = "CWRK#001", .days = "01-06 03-02", .cycle = CYCLE, .holidays = "01-05"},
	{.condition = "CWRK#020", .days = "01-30 03-27", .cycle = CYCLE},
	{.condition = "CWRK#L", .days = "02-03 03-31", .cycle = CYCLE},
	{.condition = "CWRKM003", .days = "01-30 03-27", .cycle = CYCLE},
	{.condition = "CWRKX001", .range = "01-04..01-06", .days = "01-04 01-06", .cycle = CYCLE},
	{.condition = "CWRKXL", .range = "02-02..02-04", .days = "02-02 02-04", .cycle = CYCLE},
	{.condition = "Ctue#02", .days = "01-13 03-10", .cycle = CYCLE},
	{.condition = "Cmon#L", .days = "02-02 03-30", .cycle = CYCLE},
	{.condition = "CfriM01", .days = "01-30 03-27", .cycle = CYCLE},
	{.condition = "XCMON#01", .range = "01-04..01-06", .days = "01-04 01-06", .cycle = CYCLE},
};

static const Case operator_cases[] = {
	{.condition = "jan & mon | feb & mon#1", .days = "01-05 01-12 01-19 01-26 02-02"},
	{{.reading.left_to_right = true}, "jan & mon | feb & mon#1", "01-05 02-02", NULL, NULL, NULL, 0},
	{.condition = "jan#1 | tue#1 & jan", .days = "01-01 01-06"},
	{{.reading.left_to_right = true}, "feb#1 | tue#1 & jan", "01-06", NULL, NULL, NULL, 0},
	{.condition = "{mon#1 | tue#1} & jan", .days = "01-05..01-06"},
	{.condition = "jan and (mon#1 OR tue#1)", .days = "01-05..01-06"},
	{.condition = "NOT sat & not sun & WEEK#01", .days = "01-01..01-02 01-05..01-07"},
	{.condition = "week#01&NOT(sat|sun)", .days = "01-01..01-02 01-05..01-07"},
	{.condition = "jan & NOT NOT NOT NOT fom", .days = "01-01"},
	{.condition = "NOT NOT NOT fom & week#01", .days = "01-02..01-07"},
	{.condition = "NOT ({jan|feb}|NOT (mnthd#5 & {mar|apr}))", .days = "03-05 04-05"},
	{.condition = "jan#1, feb#1 | mar#1 , apr#1", .days = "01-01 02-01 03-01 04-01"},
	{{.reading.all_conditions = true}, "mon#1, jan | feb", "01-05 02-02", NULL, NULL, NULL, 0},
};

/* What actions and adjust make of candidates. */
static const Case action_cases[] = {
	{{.non_workday = "S"}, "fom", "07-01 08-01 09-01 10-01 11-01", "07-01..11-30", NULL, NULL, 0},
	{{.non_workday = ""}, "fom", "07-01 08-01 09-01 10-01 11-01", "07-01..11-30", NULL, NULL, 0},
	{{.non_workday = "O"}, "fom", "02-01 03-01 08-01 11-01", NULL, NULL, NULL, 0},
	{{.non_workday = "O"}, "fom", "01-01 02-01 03-01 08-01 11-01", NULL, ENGLAND, NULL, 0},
	{{.non_workday = "w"}, "fom", FIRST_WORKDAYS, NULL, ENGLAND, NULL, 0},
	{{.non_workday = "P"},
	 "fom",
	 "01-30 02-27 04-01 05-01 06-01 07-01 07-31 09-01 10-01 10-30 12-01",
	 NULL,
	 ENGLAND,
	 NULL,
	 0},
	/* The 1st of August is a Saturday. */
	{{.non_workday = "N"}, "fom", "07-01 08-02 09-01 10-01 11-02", "07-01..11-30", NULL, NULL, 0},
	{{.non_workday = "N", .reading.nonwork_to_work = true},
	 "fom",
	 "07-01 08-03 09-01 10-01 11-02",
	 "07-01..11-30",
	 NULL,
	 NULL,
	 0},
	{{.holiday = "O"}, "DAILY", ENGLAND, NULL, ENGLAND, NULL, 0},
	{{.holiday = "O"}, "mon", "04-06 05-04 05-25 08-31 12-28", NULL, ENGLAND, NULL, 0},
	{{.holiday = "O"}, "mon", "", NULL, NULL, NULL, 0},
	{{.holiday = "S", .non_workday = "W"}, "jan#1|dec#25|dec#26", "01-01 12-25 12-29", NULL, ENGLAND, NULL, 0},
	{{.holiday = "N"}, "apr#3 | may#4 | dec#25", "04-04 05-05 12-26", NULL, ENGLAND, NULL, 0},
	{{.holiday = "N"}, "dec#24", "12-25", NULL, "12-24 12-25 12-26", NULL, 0},
	/* Its N holds for holidays alone: N of the 25th is a Saturday, which nobody moves on. */
	{{.holiday = "N", .non_workday = "W"}, "dec#25", "12-26", NULL, ENGLAND, NULL, 0},
	{{.holiday = "N", .non_workday = "N", .reading.nonwork_to_work = true}, "dec#25", "12-26", NULL, ENGLAND, NULL, 0},
	{{.holiday = "W"}, "apr#3 | dec#25", "04-07 12-29", NULL, ENGLAND, NULL, 0},
	{{.holiday = "P"}, "apr#6 | dec#28", "04-02 12-24", NULL, ENGLAND, NULL, 0},
	{{.holiday = "P", .non_workday = "W"}, "may#2 | may#4", "05-01 05-05", NULL, ENGLAND, NULL, 0},
	/* A holiday on a Saturday is settled as a holiday. */
	{{.holiday = "S", .non_workday = "W"}, "aug#1", "08-01", NULL, "08-01", NULL, 0},
	{{.holiday = "W", .non_workday = "P"}, "aug#1", "08-03", NULL, "08-01", NULL, 0},
	{{.non_workday = "P"}, "aug#1", "07-31", NULL, "08-01", NULL, 0},
	{{.holiday = "W", .non_workday = "O"}, "apr#3 | apr#4 | apr#8", "04-04 04-07", NULL, ENGLAND, NULL, 0},
	{{.holiday = "O", .non_workday = "O"}, "apr", "04-03 04-06", NULL, ENGLAND, NULL, 0},
	/* WORKDAYS gives no holiday for an action to settle. */
	{{.holiday = "S"}, "WORKDAYS", "12-21..12-24 12-29..12-31", "12-21..12-31", ENGLAND, NULL, 0},
	{{.adjust = "-1"},
	 "wed#1",
	 "01-06 02-03 03-03 03-31 05-05 06-02 06-30 08-04 09-01 10-06 11-03 12-01",
	 NULL,
	 NULL,
	 NULL,
	 0},
	{{.adjust = "1"}, "EOM", "01-01 02-01 03-01 04-01", "01-01..04-30", NULL, NULL, 0},
	{{.adjust = "-9"}, "fom", "01-23 02-20 03-23 12-23", "01-02..03-31 12-01..12-31", NULL, NULL, 0},
	{{.adjust = "+1", .non_workday = "S"}, "workd#1", "04-02 05-02 06-02", "04-01..06-30", NULL, NULL, 0},
	{{.adjust = "-9", .holiday = "W"}, "dec#25", "12-20", NULL, ENGLAND, NULL, 0},
	{{.adjust = "+9", .holiday = "W"}, "jan#1", "01-11", NULL, ENGLAND, NULL, 0},
	/* Moved into the range from before it, and from behind. */
	{{.holiday = "W"}, "dec#25", "12-29", "12-29..12-31", ENGLAND, NULL, 0},
	{{.holiday = "W"}, "dec#25", "", "12-25..12-28", ENGLAND, NULL, 0},
	{{.holiday = "P"}, "dec#28", "12-24", "12-20..12-24", ENGLAND, NULL, 0},
	{{.holiday = "P"}, "dec#28", "", "12-25..12-31", ENGLAND, NULL, 0},
	{{.holiday = "N"}, "dec#25", "12-26", "12-26..12-26", ENGLAND, NULL, 0},
};

/* Reads 01-05 or 01-05..02-03 and goes behind it. */
static bool
next_range(const char **text, int year, int32_t *first, int32_t *last)
{
	int month;
	int day;
	int length;

	if (sscanf(*text, " %d-%d%n", &month, &day, &length) != 2)
		return false;
	*first = *last = jg_civil_day(year, month, day);
	*text += length;
	if (sscanf(*text, "..%d-%d%n", &month, &day, &length) == 2)
	{
		*last = jg_civil_day(year, month, day);
		*text += length;
	}
	return true;
}

static bool
has_bit(const uint64_t *bits, int32_t i)
{
	return (bits[i / 64] >> i % 64 & 1) != 0;
}

/* The days within one range, written as the cases write them. */
static void
add_days(const JgAutocal *rule, const JgAutocalDates *dates, int32_t since, int32_t until, char *text, size_t size)
{
	uint64_t bits[JG_AUTOCAL_ROOM(0, MOST_DAYS)];
	const char *why;
	size_t length = strlen(text);

	if (!jg_autocal_days(rule, dates, since, until, bits, &why))
	{
		snprintf(text, size, "%s", why);
		return;
	}
	for (int32_t day = since; day <= until; day++)
	{
		JgDate first = jg_civil_date(day);
		int32_t start = day;

		if (!has_bit(bits, day - since))
			continue;
		while (day < until && has_bit(bits, day + 1 - since))
			day++;
		length += (size_t) snprintf(text + length, size - length, "%s%02d-%02d", length > 0 ? " " : "", first.month,
									first.day);
		if (day > start)
			length += (size_t) snprintf(text + length, size - length, "..%02d-%02d", jg_civil_date(day).month,
										jg_civil_date(day).day);
	}
}

static bool
parse(const JgAutocalSource *source, const char *condition, JgAutocal *rule, JgAutocalError *error)
{
	JgAutocalSource whole = *source;

	whole.conditions = &condition;
	whole.nconditions = condition != NULL;
	return jg_autocal_parse(&whole, rule, error);
}

static void
check_case(const Case *c)
{
	int year = c->year != 0 ? c->year : 2026;
	JgAutocalPeriod periods[2];
	int32_t holidays[MOST_HOLIDAYS];
	JgAutocalDates dates = {.holidays = holidays, .periods = periods};
	const char *text;
	JgAutocal rule;
	JgAutocalError error;
	int32_t first;
	int32_t last;
	char got[1000] = "";

	for (text = c->holidays; text != NULL && next_range(&text, year, &first, &last);)
		holidays[dates.nholidays++] = first;
	for (text = c->cycle; text != NULL && next_range(&text, year, &first, &last);)
		periods[dates.nperiods++] = (JgAutocalPeriod){first, last};
	if (parse(&c->source, c->condition, &rule, &error))
		for (text = c->range != NULL ? c->range : "01-01..12-31"; next_range(&text, year, &first, &last);)
			add_days(&rule, &dates, first, last, got, sizeof(got));
	else
		snprintf(got, sizeof(got), "%s at %d: %s", error.field, error.position, error.message);
	if (!ok(strcmp(got, c->days) == 0, "%s, workday %s, non_workday %s, holiday %s, adjust %s", c->condition,
			c->source.workday, c->source.non_workday, c->source.holiday, c->source.adjust))
		printf("# expected %s\n# not      %s\n", c->days, got);
}

static void
check_repeated(void)
{
	const char *conditions[] = {"jan", "", "mon#1 | tue#1"};
	JgAutocalSource source = {.conditions = conditions, .nconditions = 3};
	JgAutocalDates none = {NULL, 0, NULL, 0};
	int32_t since = jg_civil_day(2026, 1, 30);
	char got[100] = "";
	JgAutocal rule;
	JgAutocalError error;

	ok(jg_autocal_parse(&source, &rule, &error), "three conditions, one of them blank");
	add_days(&rule, &none, since, since + 10, got, sizeof(got));
	ok(strcmp(got, "01-30..01-31 02-02..02-03") == 0, "are alternatives: %s", got);
	source.reading.all_conditions = true;
	source.conditions = conditions;
	got[0] = '\0';
	ok(jg_autocal_parse(&source, &rule, &error), "or must all fit");
	add_days(&rule, &none, since - 29, since + 10, got, sizeof(got));
	ok(strcmp(got, "01-05..01-06") == 0, "as they do on %s", got);
	conditions[2] = "mon#9";
	ok(!jg_autocal_parse(&source, &rule, &error) && error.condition == 3 && error.position == 4,
	   "what is wrong is the third: %d at %d", error.condition, error.position);
}

static void
check_errors(void)
{
	static const struct
	{
		JgAutocalSource source;
		const char *condition;
		int position;
		const char *message;
	} cases[] = {
		{{.workday = "mo,xx"}, NULL, 4, "expected a day such as mo"},
		{{.workday = "mo tu"}, NULL, 4, "expected a comma"},
		{{.workday = "mo,"}, NULL, 4, "expected a day"},
		{{.workday = "m"}, NULL, 1, "expected a day"},
		{{.workday = "XXXXX."}, NULL, 7, "expected seven"},
		{{.workday = "XXXXX..."}, NULL, 8, "expected seven"},
		{{.workday = ".xo...."}, NULL, 3, "expected seven"},
		{{.workday = "alle"}, NULL, 1, "expected a day"},
		{{.non_workday = "X"}, NULL, 1, "expected O, S, N, W or P"},
		{{.holiday = " SS"}, NULL, 2, "expected O, S, N, W or P"},
		{{.adjust = "10"}, NULL, 1, "expected one digit"},
		{{.adjust = "+-1"}, NULL, 2, "expected one digit"},
		{{.adjust = "-"}, NULL, 2, "expected one digit"},
		{{.adjust = "1x"}, NULL, 1, "expected one digit"},
		{{0}, "mon &", 6, "expected a keyword, NOT"},
		{{0}, "& mon", 1, "expected a keyword, NOT"},
		{{0}, "mon tue", 5, "expected \"&\""},
		{{0}, "mon NOT tue", 5, "expected \"&\""},
		{{0}, "(mon", 5, "expected \")\""},
		{{0}, "{mon & (tue)", 13, "expected \"}\""},
		{{0}, "{mon)", 5, "expected \"}\""},
		{{0}, "(mon}", 5, "expected \")\""},
		{{0}, "mon)", 4, "no parenthesis is open"},
		{{0}, "()", 2, "expected a keyword, NOT"},
		{{0}, "NOT", 4, "expected a keyword, NOT"},
		{{0}, "mon,", 5, "expected a keyword, NOT"},
		{{0}, ",mon", 1, "expected a keyword, NOT"},
		{{0}, "(mon, tue)", 5, "expected \")\""},
		{{0}, "mon ! tue", 5, "expected \"&\""},
		{{0}, "!mon", 1, "expected a keyword, NOT"},
		{{0}, "m\xc3\xb6n", 1, "expected a keyword, such as"},
		{{0}, "mon & nix", 7, "expected a keyword, such as"},
		{{0}, "MONTH#1", 4, "expected #n or Mn behind MON, n from 1 to 5"},
		{{0}, "mon#", 4, "n from 1 to 5"},
		{{0}, "mon#0", 4, "n from 1 to 5"},
		{{0}, "mon#6", 4, "n from 1 to 5"},
		{{0}, "mon#1x", 4, "n from 1 to 5"},
		{{0}, "XMON", 5, "expected #n or Mn behind XMON"},
		{{0}, "XDAILY", 1, "expected a keyword, such as"},
		{{0}, "XWORKD#1", 1, "expected a keyword, such as"},
		{{0}, "X", 1, "expected a keyword, such as"},
		{{0}, "DAILY#1", 6, "expected nothing behind DAILY"},
		{{0}, "MNTHD", 6, "expected #n or Mn or Xn behind MNTHD, n from 1 to 31"},
		{{0}, "MNTHD#32", 6, "n from 1 to 31"},
		{{0}, "MNTHDML", 6, "n from 1 to 31"},
		{{0}, "WEEKD#8", 6, "n from 1 to 7"},
		{{0}, "WEEK#54", 5, "#E or #O behind WEEK, n from 1 to 53"},
		{{0}, "WEEKME", 5, "n from 1 to 53"},
		{{0}, "WEKR#1", 5, "expected a day of the week and"},
		{{0}, "WEKR8#1", 5, "expected a day of the week and"},
		{{0}, "WEKRmon", 8, "expected a day of the week and"},
		{{0}, "CYCPM01", 5, "expected #n behind CYCP, n from 1 to 30"},
		{{0}, "CYCL#366", 5, "n from 1 to 365"},
		{{0}, "CYCL#0001", 5, "n from 1 to 365"},
		{{0}, "CWRK#366", 5, "n from 1 to 365"},
		{{0}, "Cmon", 5, "expected #n or Mn behind CMON, n from 1 to 53"},
		{{0}, "mon | WORKDX01", 7, "WORKDX is refused"},
		{{0}, "cwek#1", 1, "CWEK is refused"},
	};
	JgAutocal rule;
	JgAutocalError error;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		bool good = parse(&cases[i].source, cases[i].condition, &rule, &error);

		ok(!good && error.position == cases[i].position && strstr(error.message, cases[i].message) != NULL &&
			   error.condition == (cases[i].condition != NULL),
		   "\"%s\": %s", cases[i].condition != NULL ? cases[i].condition : "a field", good ? "read" : error.message);
		if (!good && error.position != cases[i].position)
			printf("# position %d, not %d\n", error.position, cases[i].position);
	}
}

static char *
repeat(char *end, const char *piece, int times)
{
	for (int i = 0; i < times; i++)
		end += sprintf(end, "%s", piece);
	return end;
}

static void
check_sizes(void)
{
	static char text[JG_AUTOCAL_TEXT + 10];
	const JgAutocalSource plain = {0};
	JgAutocal rule;
	JgAutocalError error;
	char *end = text;

	end = repeat(repeat(repeat(end, "jan|feb&NOT(", JG_AUTOCAL_DEPTH), "mon|tue&NOT wed", 1), ")", JG_AUTOCAL_DEPTH);
	ok(parse(&plain, text, &rule, &error), "%d parentheses, all full", JG_AUTOCAL_DEPTH);
	repeat(repeat(repeat(text, "(", JG_AUTOCAL_DEPTH + 1), "mon", 1), ")", JG_AUTOCAL_DEPTH + 1);
	ok(!parse(&plain, text, &rule, &error) && error.position == JG_AUTOCAL_DEPTH + 1 &&
		   strstr(error.message, "nested") != NULL,
	   "one more is refused where it is");
	repeat(repeat(text, "(mon)|", JG_AUTOCAL_DEPTH), "{tue}", 1);
	ok(parse(&plain, text, &rule, &error), "unless they follow each other");
	repeat(repeat(text, "mon|", JG_AUTOCAL_NODES / 2 - 1), "mon", 1);
	ok(parse(&plain, text, &rule, &error) && rule.nnodes == JG_AUTOCAL_NODES - 1, "%d nodes", rule.nnodes);
	repeat(repeat(text, "mon|", JG_AUTOCAL_NODES / 2), "mon", 1);
	ok(!parse(&plain, text, &rule, &error) && strstr(error.message, "too long") != NULL, "two more are refused");
	repeat(repeat(text, "NOT ", JG_AUTOCAL_TEXT / 4 - 1), "mon", 1);
	ok(parse(&plain, text, &rule, &error) && rule.nnodes == 2, "999 NOT are one");
	repeat(text, " ", JG_AUTOCAL_TEXT + 1);
	ok(!parse(&plain, text, &rule, &error) && strstr(error.message, "too long") != NULL, "a long text is refused");
}

static void
check_refused(const JgAutocal *rule, const JgAutocalDates *dates, int32_t since, const char *words)
{
	uint64_t bits[1];
	const char *why = NULL;
	bool good = jg_autocal_days(rule, dates, since, since + 9, bits, &why);

	ok(!good && strstr(why, words) != NULL, "refused: %s", good ? words : why);
}

static void
check_dates(void)
{
	static const JgAutocalPeriod ends_first[] = {{10, 9}};
	static const JgAutocalPeriod too_long[] = {{INT32_MIN, INT32_MAX}};
	static const JgAutocalPeriod overlaps[] = {{0, 10}, {10, 20}};
	static const JgAutocalPeriod longest[] = {{0, 365}, {366, 731}};
	JgAutocalDates dates = {NULL, 0, NULL, 0};
	const JgAutocalSource never = {.workday = ".......", .non_workday = "W"};
	JgAutocal rule;
	JgAutocalError error;
	uint64_t bits[JG_AUTOCAL_ROOM(0, MOST_DAYS)];
	const char *why;

	parse(&(JgAutocalSource){0}, "mon & cycle", &rule, &error);
	check_refused(&rule, &dates, 0, "need a cycle");
	dates.nperiods = 1;
	dates.periods = ends_first;
	check_refused(&rule, &dates, 0, "ends before");
	dates.periods = too_long;
	check_refused(&rule, &dates, 0, "longer");
	dates.nperiods = 2;
	dates.periods = overlaps;
	check_refused(&rule, &dates, 0, "overlap");
	dates.periods = longest;
	ok(jg_autocal_days(&rule, &dates, 360, 370, bits, &why) && bits[0] == (1 << 1 | 1 << 8),
	   "longest periods, one after another");
	parse(&never, "mon", &rule, &error);
	check_refused(&rule, &dates, 400, "no workday");
	parse(&(JgAutocalSource){.workday = ".......", .non_workday = "P"}, "mon", &rule, &error);
	check_refused(&rule, &dates, 400, "no workday");
	parse(&(JgAutocalSource){.workday = "......."}, "mon", &rule, &error);
	ok(jg_autocal_days(&rule, &dates, 400, 406, bits, &why) && bits[0] == 1 << 3, "nothing to move, nothing missing");
	parse(&(JgAutocalSource){.adjust = "9"}, "eom", &rule, &error);
	ok(jg_autocal_days(&rule, &dates, 0, 8, bits, &why) && bits[0] == 1 << 8, "the days before 1970 exist");
	parse(&(JgAutocalSource){.adjust = "-9"}, "fom", &rule, &error);
	ok(jg_autocal_days(&rule, &dates, JG_DAYS - 9, JG_DAYS - 1, bits, &why) && bits[0] == 1, "and those after 2199");
}

/* The one day of a cycle lies before or behind a row of holidays: actions look 366 days far, and not one more. */
static void
check_farthest(void)
{
	int32_t holidays[JG_AUTOCAL_FARTHEST + 1];
	int32_t first = jg_civil_day(2026, 1, 1);
	int32_t last = first + JG_AUTOCAL_FARTHEST - 1;
	JgAutocalPeriod day = {first, first};
	JgAutocalDates dates = {holidays + 1, JG_AUTOCAL_FARTHEST, &day, 1};
	const JgAutocalDates more = {holidays, JG_AUTOCAL_FARTHEST + 1, &day, 1};
	uint64_t bits[1];
	JgAutocal rule;
	JgAutocalError error;
	const char *why;

	for (int i = 0; i <= JG_AUTOCAL_FARTHEST; i++)
		holidays[i] = first - 1 + i;
	parse(&(JgAutocalSource){.workday = "all", .holiday = "W"}, "cycle", &rule, &error);
	ok(jg_autocal_days(&rule, &dates, last + 1, last + 1, bits, &why) && bits[0] == 1, "W: 366 days on");
	ok(jg_autocal_days(&rule, &dates, first, first + 9, bits, &why) && bits[0] == 0, "and not before");
	day.start = day.end = first - 1;
	check_refused(&rule, &more, first, "no workday");
	ok(jg_autocal_days(&rule, &more, last + 2, last + 2, bits, &why) && bits[0] == 0, "unless that cannot be seen");
	parse(&(JgAutocalSource){.workday = "all", .holiday = "P"}, "cycle", &rule, &error);
	day.start = day.end = last;
	ok(jg_autocal_days(&rule, &dates, first - 1, first - 1, bits, &why) && bits[0] == 1, "P: 366 days back");
	ok(jg_autocal_days(&rule, &dates, last - 9, last, bits, &why) && bits[0] == 0, "and not after");
	check_refused(&rule, &more, last, "no workday");
	ok(jg_autocal_days(&rule, &more, last + 1, last + 9, bits, &why) && bits[0] == 0, "unless they are over");
}

int
main(void)
{
	for (size_t i = 0; i < sizeof(keyword_cases) / sizeof(keyword_cases[0]); i++)
		check_case(&keyword_cases[i]);
	for (size_t i = 0; i < sizeof(operator_cases) / sizeof(operator_cases[0]); i++)
		check_case(&operator_cases[i]);
	for (size_t i = 0; i < sizeof(action_cases) / sizeof(action_cases[0]); i++)
		check_case(&action_cases[i]);
	check_repeated();
	check_errors();
	check_sizes();
	check_dates();
	check_farthest();
	return done_testing();
}
