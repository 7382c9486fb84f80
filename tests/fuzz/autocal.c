/*
 * Extended calendars: any texts are a rule or words with a place in a text, and a rule gives for each day alone what it
 * gives for it in a year.
 */
#include "../../extension/src/time/autocal.h"

#include <stdlib.h>
#include <string.h>

#include "../../extension/src/time/civil.h"
#include "fuzz.h"
#include "mem.h"

#define MOST_CONDITIONS 8
#define YEAR 366

static void
check_days(const JgAutocal *rule, const JgAutocalDates *dates)
{
	int32_t since = jg_civil_day(2026, 1, 1);
	uint64_t year[JG_AUTOCAL_ROOM(0, YEAR - 1)];
	uint64_t day[1];
	const char *why = NULL;

	if (!jg_autocal_days(rule, dates, since, since + YEAR - 1, year, &why))
	{
		if (why == NULL)
			abort();
		return;
	}
	if (year[YEAR / 64] >> YEAR % 64 != 0)
		abort();
	for (int i = 0; i < YEAR; i += 13)
		if (!jg_autocal_days(rule, dates, since + i, since + i, day, &why) || day[0] != (year[i / 64] >> i % 64 & 1))
			abort();
}

/* Lines: workday, non_workday, holiday, adjust, readings (digits), and a condition each. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int32_t holidays[] = {20450, 20454, 20455, 20458, 20459, 20460, 20461, 20462, 20582, 20812, 20815};
	static const JgAutocalPeriod periods[] = {{20440, 20469}, {20470, 20500}, {20600, 20965}};
	const JgAutocalDates with = {holidays, sizeof(holidays) / sizeof(holidays[0]), periods, 3};
	const JgAutocalDates without = {NULL, 0, NULL, 0};
	cleanup_free char *text = mem_alloc(size + 1);
	const char *lines[5 + MOST_CONDITIONS] = {NULL};
	JgAutocalSource source = {.conditions = lines + 5};
	JgAutocalError error;
	JgAutocal rule;
	int nlines = 0;
	char *rest = text;

	memcpy(text, data, size);
	text[size] = '\0';
	while (rest != NULL && nlines < 5 + MOST_CONDITIONS)
		lines[nlines++] = strsep(&rest, "\n");
	source.workday = lines[0];
	source.non_workday = lines[1];
	source.holiday = lines[2];
	source.adjust = lines[3];
	source.nconditions = nlines > 5 ? nlines - 5 : 0;
	source.reading.left_to_right = lines[4] != NULL && strchr(lines[4], '1') != NULL;
	source.reading.all_conditions = lines[4] != NULL && strchr(lines[4], '2') != NULL;
	source.reading.nonwork_to_work = lines[4] != NULL && strchr(lines[4], '3') != NULL;
	if (!jg_autocal_parse(&source, &rule, &error))
	{
		if (error.field[0] == '\0' || error.message[0] == '\0' || error.position < 1 ||
			(size_t) error.position > size + 1 || error.condition > source.nconditions)
			abort();
		return 0;
	}
	check_days(&rule, &with);
	check_days(&rule, &without);
	return 0;
}

bool
fuzz_example(unsigned i, Buf *out)
{
	static const char *const rules[] = {
		"mo,tu,we,th,fr\nW\nP\n-3\n\nWORKDAYS & NOT mon | workd#1",
		"XXXXX..\nN\nN\n+9\n1\n{mon#1|XEOM} & {jan|decM31}\nweek#e, wekr1x05",
		"all\nO\nW\n0\n2\nMNTHD#L\nNOT NOT (WEEKDM2 & (FOMWEEK))",
		"XX..X..\nP\nO\n0\n3\nCYCLE & CWEEK#E | CWRKXL\nCYCP#02 & Cmon#L | XCtue#1",
		"\n\n\n\n\n",
		".......\nW\nP\n1\n\nfri",
	};

	if (i >= sizeof(rules) / sizeof(rules[0]))
		return false;
	buf_puts(out, rules[i]);
	return true;
}
