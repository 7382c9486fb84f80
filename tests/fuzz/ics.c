/*
 * iCalendar files: any bytes end, or are refused in one of their lines; labels are text of the database; and a few years
 * have the days that they have among many.
 */
#include "../../extension/src/time/ics.h"

#include <stdlib.h>
#include <string.h>

#include "../../extension/src/time/civil.h"
#include "fuzz.h"
#include "utf8.h"

typedef struct Days
{
	JgIcs ics;
	JgIcsStep end;
	int ndays;
	int32_t days[JG_ICS_MOST_DAYS];
} Days;

static void
read_days(Days *all, const uint8_t *data, size_t size, int first_year, int last_year)
{
	int32_t since = jg_civil_day(first_year, 1, 1);
	int32_t until = jg_civil_day(last_year, 12, 31);
	JgIcsDay day;

	jg_ics_begin(&all->ics, (const char *) data, size, since, until);
	for (all->ndays = 0; (all->end = jg_ics_next(&all->ics, &day)) == JG_ICS_DAY; all->ndays++)
	{
		size_t length = strnlen(day.label, sizeof(day.label));

		if (all->ndays == JG_ICS_MOST_DAYS || day.day < since || day.day > until || day.line < 1)
			abort();
		if (length == sizeof(day.label) || !utf8_valid(day.label, length))
			abort();
		all->days[all->ndays] = day.day;
	}
	if (all->end == JG_ICS_ERROR && (all->ics.error[0] == '\0' || all->ics.line < 1))
		abort();
	if (!utf8_valid(all->ics.error, strlen(all->ics.error)))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static Days many;
	static Days few;
	int at = 0;
	int lines = 1;

	for (size_t i = 0; i < size; i++)
		lines += data[i] == '\n';
	read_days(&many, data, size, 1995, 2035);
	if (many.ics.line > lines)
		abort();
	if (many.ndays == JG_ICS_MOST_DAYS)
		return 0;
	read_days(&few, data, size, 2010, 2013);
	if (few.end != many.end || few.ics.line != many.ics.line || strcmp(few.ics.error, many.ics.error) != 0)
		abort();
	for (int i = 0; i < many.ndays; i++)
		if (many.days[i] >= few.ics.since && many.days[i] <= few.ics.until &&
			(at == few.ndays || few.days[at++] != many.days[i]))
			abort();
	if (at != few.ndays)
		abort();
	return 0;
}

bool
fuzz_example(unsigned i, Buf *out)
{
	static const char *const events[] = {
		"SUMMARY:New Year\xe2\x80\x99s Day\r\nDTSTART;VALUE=DATE:20120101\r\nDTEND;VALUE=DATE:20120102\r\n",
		"DTSTART;TZID=Europe/Berlin:19901003T000000\nDURATION:P1DT1S\nRRULE:FREQ=YEARLY;INTERVAL=2\nSUMMARY:a\\, \n b\n",
		"DTSTART:20000529\nRRULE:FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO,2TU;COUNT=40\nEXDATE:20100531,20110530\n",
		"RDATE:20111118,20121118\nRRULE:FREQ=YEARLY;BYMONTHDAY=-1,13;BYDAY=FR;UNTIL=20120101T000000Z;WKST=MO\nDTSTART:20001118\n",
		"DTSTART:20111230\nDTEND:20120104\nRRULE:FREQ=YEARLY;BYDAY=53FR\nBEGIN:VALARM\nTRIGGER:-PT5M\nEND:VALARM\n",
		"STATUS:CANCELLED\nDTSTART:20120101\n",
	};
	size_t count = sizeof(events) / sizeof(events[0]);

	if (i > count)
		return false;
	buf_puts(out, i % 2 == 0 ? "\xef\xbb\xbf" : "");
	buf_puts(out, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n");
	for (size_t k = 0; k < count; k++)
	{
		if (k != i && i != count)
			continue;
		buf_puts(out, "BEGIN:VEVENT\n");
		buf_puts(out, events[k]);
		buf_puts(out, "END:VEVENT\n");
	}
	buf_puts(out, "END:VCALENDAR\n");
	return true;
}
