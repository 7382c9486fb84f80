/*
 * From the lines of an iCalendar file to days.
 *
 * An event is read as a whole before it gives a day, because its properties come in any order.
 */
#include "ics.h"

#include <stdio.h>
#include <string.h>

#include "civil.h"
#include "ics_value.h"

static bool
fail(JgIcs *ics, int line, const char *name, const char *what)
{
	ics->line = line;
	snprintf(ics->error, sizeof(ics->error), "%s%s", name, what);
	return false;
}

static bool
read_start(JgIcs *ics, const JgIcsLine *line)
{
	JgIcsText value = line->value;

	if (jg_ics_date(&value, &ics->event.start) && jg_ics_byte(&value) < 0)
		return true;
	return fail(ics, line->number, line->name, " is no date that exists");
}

static bool
read_end(JgIcs *ics, const JgIcsLine *line)
{
	JgIcsText value = line->value;

	ics->event.end_line = line->number;
	if (jg_ics_date(&value, &ics->event.end) && jg_ics_byte(&value) < 0)
		return true;
	return fail(ics, line->number, line->name, " is no date that exists");
}

static bool
read_duration(JgIcs *ics, const JgIcsLine *line)
{
	ics->event.end_line = line->number;
	return jg_ics_duration(line->value, &ics->event.duration) ||
		   fail(ics, line->number, line->name, " is no length of time such as P1D");
}

static bool
read_summary(JgIcs *ics, const JgIcsLine *line)
{
	return jg_ics_text(line->value, ics->event.label, sizeof(ics->event.label)) ||
		   fail(ics, line->number, line->name, " is not UTF-8, or has control characters");
}

static bool
read_status(JgIcs *ics, const JgIcsLine *line)
{
	JgIcsText value = line->value;
	char word[JG_ICS_NAME];

	jg_ics_word(&value, word, sizeof(word));
	ics->event.cancelled = strcmp(word, "CANCELLED") == 0;
	return true;
}

static bool
read_rule(JgIcs *ics, const JgIcsLine *line)
{
	char why[sizeof(ics->error)];

	if (++ics->nrules > JG_ICS_RULES)
		return fail(ics, line->number, "", "the file has more than 1000 events with RRULE");
	return jg_ics_rule(line->value, &ics->event.rule, why, sizeof(why)) || fail(ics, line->number, "", why);
}

/* Reads a list of dates into sorted room. */
static bool
read_dates(JgIcs *ics, const JgIcsLine *line, int32_t *dates, int *ndates)
{
	JgIcsText value = line->value;

	do
	{
		int64_t moment;
		int at;

		if (!jg_ics_date(&value, &moment))
			return fail(ics, line->number, line->name, " is no list of dates that exist");
		if (*ndates == JG_ICS_DATES)
			return fail(ics, line->number, line->name, " has more than 128 dates in one event");
		for (at = (*ndates)++; at > 0 && dates[at - 1] > jg_ics_day(moment); at--)
			dates[at] = dates[at - 1];
		dates[at] = jg_ics_day(moment);
	} while (jg_ics_take(&value, ','));
	return jg_ics_byte(&value) < 0 || fail(ics, line->number, line->name, " is no list of dates that exist");
}

static bool
read_extra(JgIcs *ics, const JgIcsLine *line)
{
	return read_dates(ics, line, ics->event.extra, &ics->event.nextra);
}

static bool
read_except(JgIcs *ics, const JgIcsLine *line)
{
	return read_dates(ics, line, ics->event.except, &ics->event.nexcept);
}

static bool
refuse(JgIcs *ics, const JgIcsLine *line)
{
	return fail(ics, line->number, line->name, " is not supported");
}

enum
{
	SEEN_START = 1,
	SEEN_END = 2,
	SEEN_DURATION = 4,
	SEEN_SUMMARY = 8,
	SEEN_STATUS = 16,
	SEEN_RULE = 32,
	SEEN_OFTEN = 0 /* as often as it likes */
};

static const struct
{
	const char *name;
	unsigned seen;
	bool (*read)(JgIcs *ics, const JgIcsLine *line);
} properties[] = {
	{"DTSTART", SEEN_START, read_start},
	{"DTEND", SEEN_END, read_end},
	{"DURATION", SEEN_DURATION, read_duration},
	{"SUMMARY", SEEN_SUMMARY, read_summary},
	{"STATUS", SEEN_STATUS, read_status},
	{"RRULE", SEEN_RULE, read_rule},
	{"RDATE", SEEN_OFTEN, read_extra},
	{"EXDATE", SEEN_OFTEN, read_except},
	{"EXRULE", SEEN_OFTEN, refuse},
	{"RECURRENCE-ID", SEEN_OFTEN, refuse},
};

static bool
read_property(JgIcs *ics, const JgIcsLine *line)
{
	for (size_t i = 0; i < sizeof(properties) / sizeof(properties[0]); i++)
	{
		if (strcmp(properties[i].name, line->name) != 0)
			continue;
		if ((ics->event.seen & properties[i].seen) != 0)
			return fail(ics, line->number, line->name, " is given twice in one event");
		ics->event.seen |= properties[i].seen;
		return properties[i].read(ics, line);
	}
	return true;
}

static bool
in_event(const JgIcs *ics)
{
	return ics->depth == 2 && strcmp(ics->open[0], "VCALENDAR") == 0 && strcmp(ics->open[1], "VEVENT") == 0;
}

static bool
open_component(JgIcs *ics, const JgIcsLine *line)
{
	JgIcsText value = line->value;

	if (ics->depth == JG_ICS_DEPTH)
		return fail(ics, line->number, "", "components are nested too deeply");
	jg_ics_word(&value, ics->open[ics->depth], sizeof(ics->open[0]));
	if (ics->depth == 0 && strcmp(ics->open[0], "VCALENDAR") != 0)
		return fail(ics, line->number, "", "expected BEGIN:VCALENDAR");
	ics->depth++;
	if (in_event(ics))
	{
		memset(&ics->event, 0, sizeof(ics->event));
		ics->event.line = line->number;
	}
	return true;
}

static bool
close_component(JgIcs *ics, const JgIcsLine *line)
{
	JgIcsText value = line->value;
	char name[JG_ICS_NAME];
	char expected[JG_ICS_NAME]; /* apart from what the message is written into */

	jg_ics_word(&value, name, sizeof(name));
	memcpy(expected, ics->open[ics->depth - 1], sizeof(expected));
	if (strcmp(name, expected) != 0)
		return fail(ics, line->number, "expected END:", expected);
	ics->depth--;
	return true;
}

/* Whether the event that was read makes sense; if so it can give its days. */
static bool
start_event(JgIcs *ics)
{
	JgIcsEvent *event = &ics->event;
	int32_t start = jg_ics_day(event->start);
	int64_t last;

	if ((event->seen & SEEN_START) == 0)
		return fail(ics, event->line, "", "the event has no DTSTART");
	if ((event->seen & SEEN_END) != 0 && (event->seen & SEEN_DURATION) != 0)
		return fail(ics, event->end_line, "", "DTEND and DURATION exclude each other");
	if ((event->seen & SEEN_END) == 0)
		event->end = event->start + event->duration;
	if (event->end < event->start)
		return fail(ics, event->end_line, "", "the event ends before it starts");
	/* An event without length has the day that it starts on. */
	last = event->end > event->start ? event->end - 1 : event->end;
	if (last >= event->start + (int64_t) JG_ICS_LONGEST * JG_DAY_SECONDS)
		return fail(ics, event->end_line, "", "the event is longer than 366 days");
	ics->span = jg_ics_day(last) - start + 1;
	ics->counted = 1;
	ics->nextra = 0;
	ics->cursor = start;
	/* Without a number to count to there is no need to look at the days before since. */
	if (event->rule.count == 0 && ics->cursor < ics->since - ics->span)
		ics->cursor = ics->since - ics->span;
	jg_ics_rule_start(&event->rule, start);
	ics->phase = event->cancelled ? JG_ICS_NO_EVENT : JG_ICS_START;
	ics->day = 0;
	ics->last = -1;
	return true;
}

/* One line; false: error. */
static bool
read_line(JgIcs *ics, const JgIcsLine *line)
{
	if (strcmp(line->name, "BEGIN") == 0)
		return open_component(ics, line);
	if (ics->depth == 0)
		return fail(ics, line->number, "", "expected BEGIN:VCALENDAR");
	if (strcmp(line->name, "END") == 0)
	{
		bool event = in_event(ics);

		return close_component(ics, line) && (!event || start_event(ics));
	}
	return !in_event(ics) || read_property(ics, line);
}

/* Reads up to the end of an event, or of the file. */
static JgIcsStep
read_event(JgIcs *ics)
{
	JgIcsLine line;

	while (ics->phase == JG_ICS_NO_EVENT)
	{
		switch (jg_ics_line(&ics->lines, &line))
		{
			case JG_ICS_LINE:
				if (!read_line(ics, &line))
					return JG_ICS_ERROR;
				break;
			case JG_ICS_BAD_LINE:
				fail(ics, line.number, "", "expected a line such as NAME:VALUE");
				return JG_ICS_ERROR;
			case JG_ICS_NO_LINE:
				if (ics->depth == 0 && ics->open[0][0] != '\0')
					return JG_ICS_END;
				fail(ics, ics->lines.number > 0 ? ics->lines.number : 1, "the file ends too early: expected ",
					 ics->depth == 0 ? "BEGIN:VCALENDAR" : "END");
				return JG_ICS_ERROR;
		}
	}
	return JG_ICS_DAY;
}

static bool
is_except(const JgIcsEvent *event, int32_t day)
{
	int low = 0;
	int high = event->nexcept;

	while (low < high)
	{
		int middle = low + (high - low) / 2;

		if (event->except[middle] < day)
			low = middle + 1;
		else
			high = middle;
	}
	return low < event->nexcept && event->except[low] == day;
}

/* The next day that the event begins on; false = there are no more. */
static bool
next_start(JgIcs *ics, int32_t *start)
{
	JgIcsEvent *event = &ics->event;

	if (ics->phase == JG_ICS_START)
	{
		ics->phase = JG_ICS_REPEAT;
		*start = event->rule.start;
		return true;
	}
	if (ics->phase == JG_ICS_REPEAT)
	{
		if (event->rule.interval > 0 && (event->rule.count == 0 || ics->counted++ < event->rule.count) &&
			jg_ics_rule_next(&event->rule, ics->until, &ics->cursor))
		{
			*start = ics->cursor;
			return true;
		}
		ics->phase = JG_ICS_EXTRA;
	}
	if (ics->phase == JG_ICS_EXTRA && ics->nextra < event->nextra)
	{
		*start = event->extra[ics->nextra++];
		return true;
	}
	ics->phase = JG_ICS_NO_EVENT;
	return false;
}

/* Finds days that follow each other and lie in the range; false = the event has no more. */
static bool
next_days(JgIcs *ics)
{
	int32_t start;

	while (next_start(ics, &start))
	{
		if (is_except(&ics->event, start))
			continue;
		ics->day = start > ics->since ? start : ics->since;
		ics->last = start + ics->span - 1 < ics->until ? start + ics->span - 1 : ics->until;
		if (ics->day <= ics->last)
			return true;
	}
	return false;
}

void
jg_ics_begin(JgIcs *ics, const char *bytes, size_t size, int32_t since, int32_t until)
{
	memset(ics, 0, sizeof(*ics));
	ics->lines.at = bytes;
	ics->lines.end = bytes + size;
	ics->since = since > 0 ? since : 0;
	ics->until = until < JG_DAYS - 1 ? until : JG_DAYS - 1;
	ics->last = -1;
	if (size >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0)
		ics->lines.at += 3;
	if (size > JG_ICS_BYTES)
		fail(ics, 1, "", "the file is larger than 16 MB");
}

JgIcsStep
jg_ics_next(JgIcs *ics, JgIcsDay *day)
{
	if (ics->error[0] != '\0')
		return JG_ICS_ERROR;
	while (ics->day > ics->last && !next_days(ics))
	{
		JgIcsStep step = read_event(ics);

		if (step != JG_ICS_DAY)
			return step;
	}
	if (++ics->ngiven > JG_ICS_MOST_DAYS)
	{
		fail(ics, ics->event.line, "", "the file has more than 100000 days");
		return JG_ICS_ERROR;
	}
	day->day = ics->day++;
	day->line = ics->event.line;
	memcpy(day->label, ics->event.label, sizeof(day->label));
	return JG_ICS_DAY;
}
