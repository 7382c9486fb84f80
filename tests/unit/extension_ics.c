/*
 * Days of iCalendar files: feeds as they are published, each property that changes days, and what is refused where.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../extension/src/time/civil.h"
#include "../../extension/src/time/ics.h"
#include "tap.h"

#define BEGIN "BEGIN:VCALENDAR\nVERSION:2.0\n"
#define END "END:VCALENDAR\n"

/* What a file gives: "2026-12-25 Label; …", or "line 3: what is wrong" at the end. */
static void
read_file(const char *bytes, size_t size, int32_t since, int32_t until, char *got, size_t room)
{
	/* Memory of exactly the size: the sanitizer sees a read past it. */
	char *exact = malloc(size > 0 ? size : 1);
	size_t length = 0;
	JgIcs ics;
	JgIcsDay day;
	JgIcsStep step;

	memcpy(exact, bytes, size);
	jg_ics_begin(&ics, exact, size, since, until);
	got[0] = '\0';
	while ((step = jg_ics_next(&ics, &day)) == JG_ICS_DAY && length < room)
	{
		JgDate date = jg_civil_date(day.day);

		length += (size_t) snprintf(got + length, room - length, "%s%d-%02d-%02d%s%s", length > 0 ? "; " : "",
									date.year, date.month, date.day, day.label[0] != '\0' ? " " : "", day.label);
	}
	if (step == JG_ICS_ERROR && length < room)
		snprintf(got + length, room - length, "%sline %d: %s", length > 0 ? "; " : "", ics.line, ics.error);
	ok(jg_ics_next(&ics, &day) == step, "and the same again");
	free(exact);
}

/* The text in one line, as TAP wants it. */
static const char *
one_line(const char *text)
{
	static char line[200];

	snprintf(line, sizeof(line), "%s", text);
	for (char *c = line; *c != '\0'; c++)
		if ((unsigned char) *c < ' ')
			*c = ' ';
	return line;
}

static void
check_text(const char *what, const char *bytes, size_t size, int first_year, int last_year, const char *expected)
{
	char got[4000];

	read_file(bytes, size, jg_civil_day(first_year, 1, 1), jg_civil_day(last_year, 12, 31), got, sizeof(got));
	if (!ok(strcmp(got, expected) == 0, "%s", one_line(what)))
		printf("# expected %s\n# not      %s\n", expected, got);
}

/* As the government of the United Kingdom publishes them. */
static void
check_british(void)
{
	static const char feed[] = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:PUBLISH\r\nPRODID:-//example//feed//EN\r\n"
							   "CALSCALE:GREGORIAN\r\n"
							   "BEGIN:VEVENT\r\nDTEND;VALUE=DATE:20260102\r\nDTSTART;VALUE=DATE:20260101\r\n"
							   "SUMMARY:New Year\xe2\x80\x99s Day\r\nUID:1@example\r\nSEQUENCE:0\r\n"
							   "DTSTAMP:20250101T120000Z\r\nTRANSP:TRANSPARENT\r\nEND:VEVENT\r\n"
							   "BEGIN:VEVENT\r\nDTEND;VALUE=DATE:20261229\r\nDTSTART;VALUE=DATE:20261228\r\n"
							   "SUMMARY:Boxing Day (sub\r\n stitute day)\r\nTRANSP:TRANSPARENT\r\nEND:VEVENT\r\n"
							   "END:VCALENDAR\r\n";

	check_text("a British feed", feed, sizeof(feed) - 1, 2026, 2026,
			   "2026-01-01 New Year\xe2\x80\x99s Day; 2026-12-28 Boxing Day (substitute day)");
	check_text("its other years", feed, sizeof(feed) - 1, 2027, 2030, "");
}

/* As German sites do: LF, a mark of the encoding in front, zones, alarms, rules, folded texts, holidays of some days. */
static void
check_german(void)
{
	static const char feed[] =
		"\xef\xbb\xbf"
		"BEGIN:VCALENDAR\nVERSION:2.0\nX-WR-CALNAME:Feiertage \"Bayern\"\n"
		"BEGIN:VTIMEZONE\nTZID:Europe/Berlin\nBEGIN:DAYLIGHT\nDTSTART:19810329T020000\n"
		"RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\nEND:DAYLIGHT\nEND:VTIMEZONE\n"
		"BEGIN:VEVENT\nUID:1\nSUMMARY;LANGUAGE=de:Tag der Deutschen\n  Einheit\n"
		"DTSTART;VALUE=DATE:19901003\nDTEND;VALUE=DATE:19901004\nRRULE:FREQ=YEARLY;INTERVAL=1\nCATEGORIES:Feiertage\n"
		"END:VEVENT\n"
		"BEGIN:VEVENT\nUID:2\nSUMMARY:Weihnachten\\, beide\\nTage\nDTSTART;TZID=\"Europe/Berlin: Mitte\":20251225T000000\n"
		"DTEND;TZID=Europe/Berlin:20251227T000000\nRRULE:FREQ=YEARLY\n"
		"BEGIN:VALARM\nTRIGGER:-PT15M\nDURATION:PT5M\nSUMMARY:Wecker\nSTATUS:CANCELLED\nEND:VALARM\n"
		"DESCRIPTION:Am 25.\\; und am 26. Dezember: \\\"frei\\\"\nEND:VEVENT\n"
		"BEGIN:VEVENT\nSUMMARY:Bu\xc3\n \x9f- und Bettag\nDTSTART:20261118\nEND:VEVENT\n"
		"END:VCALENDAR\n";

	check_text("a German feed", feed, sizeof(feed) - 1, 2026, 2027,
			   "2026-10-03 Tag der Deutschen Einheit; 2027-10-03 Tag der Deutschen Einheit; "
			   "2026-12-25 Weihnachten, beide\nTage; 2026-12-26 Weihnachten, beide\nTage; "
			   "2027-12-25 Weihnachten, beide\nTage; 2027-12-26 Weihnachten, beide\nTage; "
			   "2026-11-18 Bu\xc3\x9f- und Bettag");
}

/* What stands in one event, and its days. */
static void
check_events(void)
{
	static const struct
	{
		const char *lines;
		int first_year;
		int last_year;
		const char *days;
	} cases[] = {
		/* How long it is. */
		{"DTSTART:20261224", 2026, 2026, "2026-12-24"},
		{"DTSTART:20261224\nDTEND:20261224", 2026, 2026, "2026-12-24"},
		{"DTSTART:20261224\nDTEND:20261227", 2026, 2026, "2026-12-24; 2026-12-25; 2026-12-26"},
		{"DTSTART:20261224T090000Z", 2026, 2026, "2026-12-24"},
		{"DTSTART:20261224T235960\nDTEND:20261225T000000", 2026, 2026, "2026-12-24"},
		{"DTSTART:20261224T180000\nDTEND:20261225T000001", 2026, 2026, "2026-12-24; 2026-12-25"},
		{"DTSTART:20261224\nDURATION:P1D", 2026, 2026, "2026-12-24"},
		{"DTSTART:20261224\nDURATION:P0D", 2026, 2026, "2026-12-24"},
		{"DTSTART:20261224\nDURATION:+P2D", 2026, 2026, "2026-12-24; 2026-12-25"},
		{"DTSTART:20261224\nDURATION:PT24H", 2026, 2026, "2026-12-24"},
		{"DTSTART:20261224\nDURATION:P1DT0H0M1S", 2026, 2026, "2026-12-24; 2026-12-25"},
		{"DTSTART:20261230\nDURATION:P1W", 2026, 2026, "2026-12-30; 2026-12-31"},
		{"DTSTART:20251230\nDURATION:P1W", 2026, 2026, "2026-01-01; 2026-01-02; 2026-01-03; 2026-01-04; 2026-01-05"},
		{"dtstart;value=date:20261224\nstatus:cancelled", 2026, 2026, ""},
		{"STATUS:CANCELLED\nDTSTART:20261224\nRDATE:20261225\nRRULE:FREQ=YEARLY", 2026, 2027, ""},
		{"DTSTART:20261224\nSTATUS:CONFIRMED\nTRANSP:OPAQUE", 2026, 2026, "2026-12-24"},
		/* How it comes back: as often as the rule says, on days that exist. */
		{"DTSTART:20240229\nRRULE:FREQ=YEARLY", 2024, 2033, "2024-02-29; 2028-02-29; 2032-02-29"},
		{"RRULE:FREQ=YEARLY;COUNT=3;\nDTSTART:20240501", 2025, 2030, "2025-05-01; 2026-05-01"},
		{"DTSTART:20240501\nRRULE:FREQ=YEARLY;COUNT=1", 2020, 2030, "2024-05-01"},
		{"DTSTART:20240501\nRRULE:UNTIL=20260501;FREQ=YEARLY", 2020, 2030, "2024-05-01; 2025-05-01; 2026-05-01"},
		{"DTSTART:20240501\nRRULE:FREQ=YEARLY;UNTIL=20260430T235959Z", 2020, 2030, "2024-05-01; 2025-05-01"},
		{"DTSTART:20200501\nRRULE:FREQ=YEARLY;INTERVAL=3;UNTIL=99991231", 2022, 2030,
		 "2023-05-01; 2026-05-01; 2029-05-01"},
		{"DTSTART:16010704\nRRULE:FREQ=YEARLY;WKST=SU", 2026, 2027, "2026-07-04; 2027-07-04"},
		{"DTSTART:16010704\nRRULE:FREQ=YEARLY;COUNT=426", 2025, 2030, "2025-07-04; 2026-07-04"},
		{"DTSTART:20251231\nDURATION:P3D\nRRULE:FREQ=YEARLY", 2026, 2026, "2026-01-01; 2026-01-02; 2026-12-31"},
		{"DTSTART:20201231\nDURATION:P3D\nRRULE:FREQ=YEARLY", 2026, 2026, "2026-01-01; 2026-01-02; 2026-12-31"},
		{"DTSTART:20201230\nDURATION:P3D\nRRULE:FREQ=YEARLY", 2026, 2026, "2026-01-01; 2026-12-30; 2026-12-31"},
		/* On which days. */
		{"DTSTART:20260504\nRRULE:FREQ=YEARLY;BYMONTH=5;BYDAY=1MO", 2026, 2028, "2026-05-04; 2027-05-03; 2028-05-01"},
		{"DTSTART:20260525\nRRULE:FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO", 2026, 2028, "2026-05-25; 2027-05-31; 2028-05-29"},
		{"DTSTART:20260119\nRRULE:FREQ=YEARLY;BYDAY=3MO;BYMONTH=1,2", 2026, 2026, "2026-01-19; 2026-02-16"},
		{"DTSTART:20260105\nRRULE:FREQ=YEARLY;BYDAY=+1MO,-1TH", 2026, 2026, "2026-01-05; 2026-12-31"},
		{"DTSTART:20261228\nRRULE:FREQ=YEARLY;BYDAY=52MO", 2026, 2027, "2026-12-28; 2027-12-27"},
		{"DTSTART:20261231\nRRULE:FREQ=YEARLY;BYDAY=53TH", 2026, 2032, "2026-12-31; 2032-12-30"},
		{"DTSTART:20260206\nRRULE:FREQ=YEARLY;BYMONTH=2;BYDAY=FR,SA;UNTIL=20260214", 2026, 2026,
		 "2026-02-06; 2026-02-07; 2026-02-13; 2026-02-14"},
		{"DTSTART:20260213\nRRULE:FREQ=YEARLY;BYMONTHDAY=13;BYDAY=FR", 2026, 2026,
		 "2026-02-13; 2026-03-13; 2026-11-13"},
		{"DTSTART:20261103\nRRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8", 2026, 2028,
		 "2026-11-03; 2027-11-02; 2028-11-07"},
		{"DTSTART:20261118\nRRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=WE;BYMONTHDAY=16,17,18,19,20,21,22", 2026, 2028,
		 "2026-11-18; 2027-11-17; 2028-11-22"},
		{"DTSTART:20260228\nRRULE:FREQ=YEARLY;BYMONTH=2,12;BYMONTHDAY=-1", 2026, 2028,
		 "2026-02-28; 2026-12-31; 2027-02-28; 2027-12-31; 2028-02-29; 2028-12-31"},
		{"DTSTART:20260131\nRRULE:FREQ=YEARLY;BYMONTHDAY=31", 2026, 2026,
		 "2026-01-31; 2026-03-31; 2026-05-31; 2026-07-31; 2026-08-31; 2026-10-31; 2026-12-31"},
		{"DTSTART:20260115\nRRULE:FREQ=YEARLY;BYMONTH=1,4,7,10", 2026, 2026,
		 "2026-01-15; 2026-04-15; 2026-07-15; 2026-10-15"},
		/* The start is one of them, even if the rule does not think so. */
		{"DTSTART:20260101\nRRULE:FREQ=YEARLY;BYMONTH=5;BYDAY=1MO;COUNT=2", 2026, 2028, "2026-01-01; 2026-05-04"},
		/* More and fewer days. */
		{"DTSTART:20260101\nRDATE;VALUE=DATE:20270105,20260601\nRDATE:20260301T120000", 2026, 2027,
		 "2026-01-01; 2026-03-01; 2026-06-01; 2027-01-05"},
		{"DTSTART:20250101\nRRULE:FREQ=YEARLY;COUNT=4\nEXDATE;VALUE=DATE:20270101,20250101\nEXDATE:20260102T000000Z",
		 2025, 2030, "2026-01-01; 2028-01-01"},
		{"DTSTART:20260101\nEXDATE:20260101\nRDATE:20260601,20260602\nEXDATE:20260601", 2026, 2026, "2026-06-02"},
		{"DTSTART:20260101\nDURATION:P2D\nRDATE:20260601", 2026, 2026,
		 "2026-01-01; 2026-01-02; 2026-06-01; 2026-06-02"},
		/* Labels. */
		{"SUMMARY:a\\\\b\\;c\\,d\\Ne\\x\nDTSTART:20260101", 2026, 2026, "2026-01-01 a\\b;c,d\ne\\x"},
		{"SUMMARY:\\\nDTSTART:20260101", 2026, 2026, "2026-01-01 \\"},
		{"SUMMARY:a\n\n\nDTSTART:20260101\n", 2026, 2026, "2026-01-01 a"},
		{"SUMMARY;X=\";:\\\":a: b\nDTSTART:20260101", 2026, 2026, "2026-01-01 a: b"},
		{"SUMMARY:a\tb\nDTST\n ART:2026\n\t0101", 2026, 2026, "2026-01-01 a\tb"},
		{"SUMMARY:\nDTSTART:20260101", 2026, 2026, "2026-01-01"},
	};
	char text[1000];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		snprintf(text, sizeof(text), BEGIN "BEGIN:VEVENT\n%s\nEND:VEVENT\n" END, cases[i].lines);
		check_text(cases[i].lines, text, strlen(text), cases[i].first_year, cases[i].last_year, cases[i].days);
	}
}

/* The event begins on line 3, its first property is on line 4. */
static void
check_wrong_events(void)
{
	static const struct
	{
		const char *lines;
		int line;
		const char *message;
	} cases[] = {
		{"SUMMARY:a", 3, "no DTSTART"},
		{"DTSTART:20260229", 4, "DTSTART is no date that exists"},
		{"DTSTART:20261301", 4, "DTSTART is no date"},
		{"DTSTART:16001231", 4, "DTSTART is no date"},
		{"DTSTART:2026010", 4, "DTSTART is no date"},
		{"DTSTART:202601011", 4, "DTSTART is no date"},
		{"DTSTART:20260101T", 4, "DTSTART is no date"},
		{"DTSTART:20260101T240000", 4, "DTSTART is no date"},
		{"DTSTART:20260101T000000ZZ", 4, "DTSTART is no date"},
		{"DTSTART:20260101,20260102", 4, "DTSTART is no date"},
		{"DTSTART:", 4, "DTSTART is no date"},
		{"DTSTART:20260101\nDTSTART:20260101", 5, "DTSTART is given twice"},
		{"DTSTART:20260102\nDTEND:20260101", 5, "ends before it starts"},
		{"DTSTART:20260102\nDTEND:tomorrow", 5, "DTEND is no date"},
		{"DTEND:20260103\nDTSTART:20260102\nDURATION:P1D", 6, "exclude each other"},
		{"DTSTART:20260102\nDURATION:1D", 5, "DURATION is no length"},
		{"DTSTART:20260102\nDURATION:P", 5, "DURATION is no length"},
		{"DTSTART:20260102\nDURATION:P1DT", 5, "DURATION is no length"},
		{"DTSTART:20260102\nDURATION:-P1D", 5, "DURATION is no length"},
		{"DTSTART:20260102\nDURATION:P1H", 5, "DURATION is no length"},
		{"DTSTART:20260102\nDURATION:PT1H2D", 5, "DURATION is no length"},
		{"DTSTART:20260102\nDURATION:P1234567D", 5, "DURATION is no length"},
		{"DTSTART:20260102\nDURATION:P367D", 5, "longer than 366 days"},
		{"DTSTART:20260102\nDURATION:P999999W", 5, "longer than 366 days"},
		{"SUMMARY:a\nRRULE:FREQ=MONTHLY", 5, "RRULE: FREQ is not YEARLY"},
		{"RRULE:INTERVAL=2", 4, "RRULE: FREQ is missing"},
		{"RRULE:", 4, "RRULE: expected parts"},
		{"RRULE:FREQ", 4, "RRULE: expected parts"},
		{"RRULE:FREQ=YEARLY;;WKST=MO", 4, "RRULE: expected parts"},
		{"RRULE:FREQ=YEARLY BYMONTH=1", 4, "RRULE: expected a semicolon"},
		{"RRULE:FREQ=YEARLY;BYSETPOS=1", 4, "RRULE: BYSETPOS is not supported"},
		{"RRULE:FREQ=YEARLY;BYWEEKNO=1", 4, "RRULE: BYWEEKNO is not supported"},
		{"RRULE:FREQ=YEARLY;BYYEARDAY=1", 4, "RRULE: BYYEARDAY is not supported"},
		{"RRULE:FREQ=YEARLY;RSCALE=CHINESE", 4, "RRULE: RSCALE is not supported"},
		{"RRULE:FREQ=YEARLY;FREQ=YEARLY", 4, "RRULE: FREQ is given twice"},
		{"RRULE:FREQ=YEARLY;COUNT=2;UNTIL=20270101", 4, "RRULE: COUNT and UNTIL exclude"},
		{"RRULE:FREQ=YEARLY;COUNT=0", 4, "RRULE: COUNT is no number"},
		{"RRULE:FREQ=YEARLY;INTERVAL=0", 4, "RRULE: INTERVAL is no number"},
		{"RRULE:FREQ=YEARLY;INTERVAL=1001", 4, "RRULE: INTERVAL is no number"},
		{"RRULE:FREQ=YEARLY;UNTIL=20260230", 4, "RRULE: UNTIL is no date"},
		{"RRULE:FREQ=YEARLY;BYMONTH=13", 4, "RRULE: BYMONTH is no list"},
		{"RRULE:FREQ=YEARLY;BYMONTH=1,", 4, "RRULE: BYMONTH is no list"},
		{"RRULE:FREQ=YEARLY;BYMONTHDAY=32", 4, "RRULE: BYMONTHDAY is no list"},
		{"RRULE:FREQ=YEARLY;BYMONTHDAY=-0", 4, "RRULE: BYMONTHDAY is no list"},
		{"RRULE:FREQ=YEARLY;BYDAY=XX", 4, "RRULE: BYDAY is no list"},
		{"RRULE:FREQ=YEARLY;BYDAY=0MO", 4, "RRULE: BYDAY is no list"},
		{"RRULE:FREQ=YEARLY;BYDAY=54MO", 4, "RRULE: BYDAY is no list"},
		{"RRULE:FREQ=YEARLY;BYDAY=-MO", 4, "RRULE: BYDAY is no list"},
		{"RRULE:FREQ=YEARLY\nRRULE:FREQ=YEARLY", 5, "RRULE is given twice"},
		{"RDATE;VALUE=PERIOD:20260101T000000Z/P1D", 4, "RDATE is no list of dates"},
		{"EXDATE:20260101,", 4, "EXDATE is no list of dates"},
		{"EXRULE:FREQ=YEARLY", 4, "EXRULE is not supported"},
		{"RECURRENCE-ID:20260101", 4, "RECURRENCE-ID is not supported"},
		{"SUMMARY:\xe4", 4, "SUMMARY is not UTF-8"},
		{"SUMMARY:\xc0\xaf", 4, "SUMMARY is not UTF-8"},
		{"SUMMARY:\xed\xa0\x80", 4, "SUMMARY is not UTF-8"},
		{"SUMMARY:\xf4\x90\x80\x80", 4, "SUMMARY is not UTF-8"},
		{"SUMMARY:\xf8\x88\x80\x80\x80", 4, "SUMMARY is not UTF-8"},
		{"SUMMARY:\xe2\x82", 4, "SUMMARY is not UTF-8"},
		{"SUMMARY:a\x01", 4, "control characters"},
		{"SUMMARY:a\rb", 4, "control characters"},
		{"SUMMARY:\x7f", 4, "control characters"},
		{"DTSTART:20260101\n\nno colon\n", 6, "expected a line such as NAME:VALUE"},
		{"DTSTART:20260101\nX-A;B=\"c:d\n", 5, "expected a line such as NAME:VALUE"},
		{"=:", 4, "expected a line such as NAME:VALUE"},
		{"DTSTART:20260101\nBEGIN:VALARM", 6, "expected END:VALARM"},
		{"BEGIN:A\nBEGIN:A\nBEGIN:A\nBEGIN:A\nBEGIN:A\nBEGIN:A\nBEGIN:A", 10, "nested too deeply"},
		{"DESCRIPTION:a\n b\n c\nDTSTART:x", 7, "DTSTART is no date"},
	};
	char text[1000];
	char got[1000];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		char place[20];

		snprintf(text, sizeof(text), BEGIN "BEGIN:VEVENT\n%s\nEND:VEVENT\n" END, cases[i].lines);
		read_file(text, strlen(text), 0, JG_DAYS - 1, got, sizeof(got));
		snprintf(place, sizeof(place), "line %d: ", cases[i].line);
		ok(strncmp(got, place, strlen(place)) == 0 && strstr(got, cases[i].message) != NULL, "%s: %s",
		   one_line(cases[i].lines), got);
	}
}

static void
check_files(void)
{
#define EVENT "BEGIN:VEVENT\nDTSTART:20260101\nEND:VEVENT\n"
	static const struct
	{
		const char *text;
		const char *expected;
	} cases[] = {
		{"", "line 1: the file ends too early: expected BEGIN:VCALENDAR"},
		{"\n\n\r\n", "line 3: the file ends too early: expected BEGIN:VCALENDAR"},
		{"<!DOCTYPE html>\n<html>\n", "line 1: expected a line such as NAME:VALUE"},
		{"DTSTART:20260101\n", "line 1: expected BEGIN:VCALENDAR"},
		{"END:VCALENDAR\n", "line 1: expected BEGIN:VCALENDAR"},
		{EVENT, "line 1: expected BEGIN:VCALENDAR"},
		{BEGIN END, ""},
		{"begin:vcalendar\r\nend:VCalendar", ""},
		{BEGIN, "line 2: the file ends too early: expected END"},
		{BEGIN EVENT, "2026-01-01; line 5: the file ends too early: expected END"},
		{BEGIN "BEGIN:VEVENT\nDTSTART:20260101\n", "line 4: the file ends too early: expected END"},
		{BEGIN "BEGIN:VEVENT\nDTSTART:20260101", "line 4: the file ends too early: expected END"},
		{BEGIN EVENT END "X:1\n", "2026-01-01; line 7: expected BEGIN:VCALENDAR"},
		{BEGIN EVENT END BEGIN EVENT END, "2026-01-01; 2026-01-01"},
		{BEGIN "BEGIN:VTODO\nDTSTART:x\n" EVENT "END:VTODO\n" EVENT END, "2026-01-01"},
		{BEGIN "END:VEVENT\n" END, "line 3: expected END:VCALENDAR"},
		{BEGIN "BEGIN:VEVENT\nSTATUS:CANCELLED\nDTSTART:20260101\nRDATE:20260102\nEND:VEVENT\n" EVENT END,
		 "2026-01-01"},
		{BEGIN "BEGIN:VEVENT\nDTSTART:20260101\nRDATE:20260102\nEND:VEVENT\n"
			   "BEGIN:VEVENT\nDTSTART:20260103\nRDATE:20260104\nEND:VEVENT\n" END,
		 "2026-01-01; 2026-01-02; 2026-01-03; 2026-01-04"},
		{BEGIN "BEGIN:VEVENT\nDTSTART:20260102\nSUMMARY:a\nEND:VEVENT\n" EVENT END, "2026-01-02 a; 2026-01-01"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check_text(cases[i].text, cases[i].text, strlen(cases[i].text), 2026, 2026, cases[i].expected);
	check_text("a NUL byte", BEGIN "\0" END, sizeof(BEGIN "\0" END) - 1, 2026, 2026,
			   "line 3: expected a line such as NAME:VALUE");
}

/* Labels are cut where a character ends. */
static void
check_labels(void)
{
	static const struct
	{
		int letters; /* in front of three bytes of a euro sign, and one more */
		size_t length;
	} cases[] = {{124, 127}, {125, 125}, {126, 126}, {127, 127}, {128, 127}, {400, 127}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		char text[1000];
		JgIcs ics;
		JgIcsDay day;

		snprintf(text, sizeof(text),
				 BEGIN "BEGIN:VEVENT\nSUMMARY:%0*d\xe2\x82\xacx\nDTSTART:20260101\nEND:VEVENT\n" END, cases[i].letters,
				 0);
		jg_ics_begin(&ics, text, strlen(text), 0, JG_DAYS - 1);
		ok(jg_ics_next(&ics, &day) == JG_ICS_DAY && strlen(day.label) == cases[i].length && day.line == 3,
		   "%d letters and signs: %zu bytes", cases[i].letters, strlen(day.label));
	}
}

static size_t
append(char *text, size_t length, const char *piece, int times)
{
	size_t size = strlen(piece);

	for (int i = 0; i < times; i++)
		memcpy(text + length + (size_t) i * size, piece, size + 1);
	return length + (size_t) times * size;
}

/* The days of a file, and whether it ends in an error with these words. */
static void
check_size(const char *what, const char *text, size_t length, int days, const char *words)
{
	JgIcs ics;
	JgIcsDay day;
	int got = 0;

	jg_ics_begin(&ics, text, length, 0, JG_DAYS - 1);
	while (jg_ics_next(&ics, &day) == JG_ICS_DAY)
		got++;
	ok(got == days && (words != NULL ? strstr(ics.error, words) != NULL : ics.error[0] == '\0'), "%s: %d days, %s",
	   what, got, ics.error);
}

static void
check_sizes(void)
{
	size_t room = JG_ICS_BYTES + 100;
	char *text = malloc(room);
	size_t begin = append(text, 0, BEGIN, 1);
	size_t length;

	length = append(text, begin, "BEGIN:VEVENT\nDTSTART:20260101\nEXDATE:20270101", 1);
	length = append(text, length, ",20270101", JG_ICS_DATES - 1);
	check_size("128 dates", text, append(text, length, "\nEND:VEVENT\n" END, 1), 1, NULL);
	check_size("129 dates", text, append(text, length, ",20270101\nEND:VEVENT\n" END, 1), 0, "more than 128 dates");
	length = append(text, begin, "BEGIN:VEVENT\nDTSTART:21990101\nRRULE:FREQ=YEARLY\nEND:VEVENT\n", JG_ICS_RULES);
	check_size("1000 rules", text, append(text, length, END, 1), 1000, NULL);
	length = append(text, length, "BEGIN:VEVENT\nDTSTART:21990101\nRRULE:FREQ=YEARLY\nEND:VEVENT\n", 1);
	check_size("1001 rules", text, append(text, length, END, 1), 1000, "more than 1000");
	length = append(text, begin, "BEGIN:VEVENT\nDTSTART:20250101\nDTEND:20260101\nRRULE:FREQ=YEARLY\nEND:VEVENT\n", 2);
	check_size("many days", text, append(text, length, END, 1), JG_ICS_MOST_DAYS, "more than 100000 days");
	length = append(text, begin, "X:1\n", (int) ((JG_ICS_BYTES - begin - sizeof(END)) / 4));
	check_size("16 MB", text, append(text, length, END, 1), 0, NULL);
	check_size("more", text, (size_t) JG_ICS_BYTES + 1, 0, "larger than 16 MB");
	free(text);
}

/* Files with some of their bytes changed: there is an end, and an error has a line of the file. */
static void
check_damaged(void)
{
	static const char good[] = BEGIN
		"BEGIN:VEVENT\r\nSUMMARY:Some\\, \xe2\x82\xac\r\n day\r\nDTSTART;VALUE=DATE:20250525\nDURATION:P2D\n"
		"RRULE:FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO;INTERVAL=2;COUNT=9\nEXDATE:20270531\nRDATE:20280101\nEND:VEVENT\n" END;
	static const char alphabet[] = "0123456789-+:;,=\\ \n\r\tTZPDWMOSUBEGINVRL";
	unsigned seed = tap_seed();
	const char *size = getenv("JOBGRID_TEST_SIZE");
	int rounds = size != NULL && strcmp(size, "long") == 0 ? 2000000 : 30000;
	int whole = 0;
	int refused = 0;
	int wrong = 0;

	srandom(seed);
	for (int i = 0; i < rounds; i++)
	{
		size_t length = random() % 4 == 0 ? (size_t) random() % sizeof(good) : sizeof(good) - 1;
		char *text = malloc(length + 1);
		int lines = 1;
		JgIcs ics;
		JgIcsDay day;
		JgIcsStep step;

		memcpy(text, good, length);
		for (long k = random() % 5; k > 0 && length > 0; k--)
			text[(size_t) random() % length] =
				(char) (random() % 8 == 0 ? random() : alphabet[(size_t) random() % (sizeof(alphabet) - 1)]);
		for (size_t k = 0; k < length; k++)
			lines += text[k] == '\n';
		jg_ics_begin(&ics, text, length, jg_civil_day(2020, 1, 1), jg_civil_day(2040, 12, 31));
		while ((step = jg_ics_next(&ics, &day)) == JG_ICS_DAY)
			wrong += day.day < ics.since || day.day > ics.until || strlen(day.label) >= JG_ICS_LABEL;
		if (step == JG_ICS_END)
			whole++;
		else
		{
			refused++;
			wrong += ics.error[0] == '\0' || ics.line < 1 || ics.line > lines;
		}
		free(text);
	}
	ok(wrong == 0 && whole > 100 && refused > 100, "%d damaged files (seed %u): %d read, %d refused, %d wrong", rounds,
	   seed, whole, refused, wrong);
}

int
main(void)
{
	check_british();
	check_german();
	check_events();
	check_wrong_events();
	check_files();
	check_labels();
	check_sizes();
	check_damaged();
	return done_testing();
}
