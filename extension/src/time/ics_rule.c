/*
 * RRULE, as far as feeds of holidays use it: FREQ=YEARLY, with days given by month, day of the month and weekday.
 *
 * A rule that says more than that is refused: half of a rule would be other days.
 */
#include "ics_rule.h"

#include <stdio.h>
#include <string.h>

#include "civil.h"
#include "ics_value.h"

#define MOST_INTERVAL 1000

static bool
fail(char *message, size_t size, const char *what, const char *name)
{
	snprintf(message, size, "RRULE: %s%s", name, what);
	return false;
}

static bool
read_freq(JgIcsText *text, JgIcsRule *rule)
{
	char word[JG_ICS_NAME];

	(void) rule;
	jg_ics_word(text, word, sizeof(word));
	return strcmp(word, "YEARLY") == 0;
}

static bool
read_interval(JgIcsText *text, JgIcsRule *rule)
{
	return jg_ics_number(text, 4, &rule->interval) && rule->interval >= 1 && rule->interval <= MOST_INTERVAL;
}

static bool
read_count(JgIcsText *text, JgIcsRule *rule)
{
	return jg_ics_number(text, 6, &rule->count) && rule->count >= 1;
}

static bool
read_until(JgIcsText *text, JgIcsRule *rule)
{
	int64_t moment;

	if (!jg_ics_date(text, &moment))
		return false;
	rule->until = jg_ics_day(moment);
	return true;
}

static bool
read_bymonth(JgIcsText *text, JgIcsRule *rule)
{
	int month;

	do
	{
		if (!jg_ics_number(text, 2, &month) || month < 1 || month > 12)
			return false;
		rule->months |= (uint16_t) (1 << (month - 1));
	} while (jg_ics_take(text, ','));
	rule->by_month = true;
	return true;
}

static bool
read_bymonthday(JgIcsText *text, JgIcsRule *rule)
{
	int day;

	do
	{
		bool from_end = jg_ics_take(text, '-');

		if (!from_end)
			jg_ics_take(text, '+');
		if (!jg_ics_number(text, 2, &day) || day < 1 || day > 31)
			return false;
		*(from_end ? &rule->last_monthdays : &rule->monthdays) |= UINT32_C(1) << (day - 1);
	} while (jg_ics_take(text, ','));
	rule->by_monthday = true;
	return true;
}

/* Reads MO, 2MO or -1MO. */
static bool
read_weekday(JgIcsText *text, JgIcsRule *rule)
{
	static const char names[7][3] = {"SU", "MO", "TU", "WE", "TH", "FR", "SA"};
	bool from_end = jg_ics_take(text, '-');
	bool sign = from_end || jg_ics_take(text, '+');
	char word[JG_ICS_NAME];
	int n = 0;

	if (jg_ics_number(text, 2, &n) ? n < 1 || n > 53 : sign)
		return false;
	jg_ics_word(text, word, sizeof(word));
	for (int i = 0; i < 7; i++)
	{
		JgIcsWeekday *weekday = &rule->weekdays[i];

		if (strcmp(word, names[i]) != 0)
			continue;
		if (n == 0)
			weekday->every = true;
		else
			*(from_end ? &weekday->last : &weekday->first) |= UINT64_C(1) << (n - 1);
		return true;
	}
	return false;
}

static bool
read_byday(JgIcsText *text, JgIcsRule *rule)
{
	do
	{
		if (!read_weekday(text, rule))
			return false;
	} while (jg_ics_take(text, ','));
	rule->by_weekday = true;
	return true;
}

/* Weeks begin when they like: no part that is read here counts them. */
static bool
read_wkst(JgIcsText *text, JgIcsRule *rule)
{
	char word[JG_ICS_NAME];

	(void) rule;
	jg_ics_word(text, word, sizeof(word));
	return true;
}

static const struct
{
	const char *name;
	bool (*read)(JgIcsText *text, JgIcsRule *rule);
	const char *wrong;
} parts[] = {
	{"FREQ", read_freq, " is not YEARLY, the only one that is supported"},
	{"INTERVAL", read_interval, " is no number from 1 to 1000"},
	{"COUNT", read_count, " is no number from 1 to 999999"},
	{"UNTIL", read_until, " is no date that exists"},
	{"BYMONTH", read_bymonth, " is no list of months from 1 to 12"},
	{"BYMONTHDAY", read_bymonthday, " is no list of days from 1 to 31 or -31 to -1"},
	{"BYDAY", read_byday, " is no list of days such as MO, 2MO or -1MO"},
	{"WKST", read_wkst, ""},
};

enum
{
	PART_FREQ,
	PART_COUNT = 2,
	PART_UNTIL,
	PARTS = sizeof(parts) / sizeof(parts[0])
};

/* Reads NAME=VALUE. */
static bool
read_part(JgIcsText *text, JgIcsRule *rule, unsigned *seen, char *message, size_t size)
{
	char name[JG_ICS_NAME];
	unsigned part = 0;

	jg_ics_word(text, name, sizeof(name));
	if (name[0] == '\0' || !jg_ics_take(text, '='))
		return fail(message, size, "expected parts such as FREQ=YEARLY", "");
	while (part < PARTS && strcmp(parts[part].name, name) != 0)
		part++;
	if (part == PARTS)
		return fail(message, size, " is not supported", name);
	if ((*seen >> part & 1) != 0)
		return fail(message, size, " is given twice", name);
	*seen |= 1U << part;
	if (!parts[part].read(text, rule))
		return fail(message, size, parts[part].wrong, name);
	return true;
}

bool
jg_ics_rule(JgIcsText text, JgIcsRule *rule, char *message, size_t size)
{
	unsigned seen = 0;

	*rule = (JgIcsRule){.interval = 1, .until = INT32_MAX};
	do
	{
		JgIcsText rest = text;

		/* Some end it with a semicolon. */
		if (seen != 0 && jg_ics_byte(&rest) < 0)
			break;
		if (!read_part(&text, rule, &seen, message, size))
			return false;
	} while (jg_ics_take(&text, ';'));
	if (jg_ics_byte(&text) >= 0)
		return fail(message, size, "expected a semicolon between parts", "");
	if ((seen >> PART_FREQ & 1) == 0)
		return fail(message, size, "FREQ is missing", "");
	if ((seen >> PART_COUNT & 1) != 0 && (seen >> PART_UNTIL & 1) != 0)
		return fail(message, size, "COUNT and UNTIL exclude each other", "");
	return true;
}

void
jg_ics_rule_start(JgIcsRule *rule, int32_t start)
{
	JgDate date = jg_civil_date(start);

	rule->start = start;
	rule->start_year = date.year;
	if (!rule->by_month && !rule->by_monthday && !rule->by_weekday)
		rule->months = (uint16_t) (1 << (date.month - 1));
	else if (!rule->by_month)
		rule->months = 0x0fff;
	if (!rule->by_monthday && !rule->by_weekday)
	{
		rule->by_monthday = true;
		rule->monthdays = UINT32_C(1) << (date.day - 1);
	}
}

/* Whether the weekday is one of the rule's where so many like it come before it and behind it. */
static bool
weekday_fits(const JgIcsWeekday *weekday, int before, int behind)
{
	return weekday->every || (weekday->first >> before & 1) != 0 || (weekday->last >> behind & 1) != 0;
}

/* Whether the rule gives a day of one of its months. */
static bool
fits(const JgIcsRule *rule, int32_t day, JgDate date, int month_length)
{
	const JgIcsWeekday *weekday = &rule->weekdays[jg_civil_weekday(day)];
	int before = date.day - 1;
	int behind = month_length - date.day;

	if (rule->by_monthday && (rule->monthdays >> before & 1) == 0 && (rule->last_monthdays >> behind & 1) == 0)
		return false;
	if (!rule->by_weekday)
		return true;
	if (!rule->by_month)
	{
		before = day - jg_civil_day(date.year, 1, 1);
		behind = jg_civil_day(date.year, 12, 31) - day;
	}
	return weekday_fits(weekday, before / 7, behind / 7);
}

bool
jg_ics_rule_next(const JgIcsRule *rule, int32_t until, int32_t *day)
{
	int32_t last = until < rule->until ? until : rule->until;

	while (*day < last)
	{
		JgDate date = jg_civil_date(++*day);
		int month_length = jg_civil_month_length(date.year, date.month);

		/* Years and months without any are left out as wholes. */
		if ((date.year - rule->start_year) % rule->interval != 0)
			*day = jg_civil_day(date.year, 12, 31);
		else if ((rule->months >> (date.month - 1) & 1) == 0)
			*day += month_length - date.day;
		else if (fits(rule, *day, date, month_length))
			return true;
	}
	return false;
}
