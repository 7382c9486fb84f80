/*
 * The days in the words of a schedule: mon-fri, the 1st and 15th, last working day of month, weekday nearest the 15th.
 */
#include <string.h>

#include "civil.h"
#include "schedule_parts.h"

static const JgWord ordinal_words[] = {{"first", 1}, {"second", 2}, {"third", 3},   {"fourth", 4},
									   {"fifth", 5}, {"sixth", 6},  {"seventh", 7}, {"eighth", 8},
									   {"ninth", 9}, {"tenth", 10}, {NULL, 0}};
static const JgWord day_words[] = {{"day", 0},     {"days", 0},     {"weekday", 0},  {"weekdays", 0},
								   {"weekend", 0}, {"weekends", 0}, {"working", 0},  {"business", 0},
								   {"banking", 0}, {"workday", 0},  {"workdays", 0}, {"non-working", 0},
								   {"last", 0},    {NULL, 0}};
static const JgWord period_words[] = {{"month", JG_MONTH}, {"quarter", JG_QUARTER}, {"year", JG_YEAR}, {NULL, 0}};
static const JgWord fiscal_words[] = {{"period", JG_FISCAL_PERIOD},
									  {"quarter", JG_FISCAL_QUARTER},
									  {"year", JG_FISCAL_YEAR},
									  {NULL, 0}};
static const JgWord fiscal_word[] = {{"fiscal", 0}, {NULL, 0}};
static const JgWord before_words[] = {{"before", 0}, {NULL, 0}};
static const JgWord end_words[] = {{"end", 0}, {NULL, 0}};

static const JgWord *const a_day[] = {jg_words_weekdays, day_words, ordinal_words, NULL};
static const JgWord *const a_period[] = {period_words, jg_words_months, fiscal_word, NULL};

static void
skip_fillers(JgReader *reader)
{
	while (jg_reader_take(reader, "the") || jg_reader_take(reader, "on") || jg_reader_take(reader, "each") ||
		   (jg_reader_is(reader, 0, "every") && jg_begins_days(reader, 1) && jg_reader_take(reader, "every")))
		;
}

/* 1st, 2nd, 23rd, first */
static bool
is_ordinal(const JgReader *reader, int ahead, int *n)
{
	char word[16];
	int i = 0;

	if (jg_reader_find(reader, ahead, ordinal_words, n))
		return true;
	if (!jg_reader_word(reader, ahead, word, sizeof(word)))
		return false;
	for (*n = 0; word[i] >= '0' && word[i] <= '9' && i < 4; i++)
		*n = *n * 10 + (word[i] - '0');
	return i > 0 && (strcmp(word + i, "st") == 0 || strcmp(word + i, "nd") == 0 || strcmp(word + i, "rd") == 0 ||
					 strcmp(word + i, "th") == 0);
}

bool
jg_is_month(const JgReader *reader, int ahead)
{
	int month = 0;

	return jg_reader_find(reader, ahead, jg_words_months, &month);
}

/* Four digits, two and two, with dashes between; whether or not there is such a day. */
static bool
date_parts(const JgReader *reader, int ahead, int *year, int *month, int *day)
{
	char word[16];
	int *parts[3] = {year, month, day};
	int part = 0;

	if (!jg_reader_word(reader, ahead, word, sizeof(word)) || strlen(word) != 10)
		return false;
	*year = *month = *day = 0;
	for (int i = 0; i < 10; i++)
	{
		if (i == 4 || i == 7)
		{
			if (word[i] != '-')
				return false;
			part++;
		}
		else if (word[i] < '0' || word[i] > '9')
			return false;
		else
			*parts[part] = *parts[part] * 10 + (word[i] - '0');
	}
	return true;
}

bool
jg_is_date(const JgReader *reader, int ahead)
{
	int year = 0;
	int month = 0;
	int day = 0;

	return date_parts(reader, ahead, &year, &month, &day);
}

bool
jg_read_date(JgReader *reader, int32_t *day_number)
{
	int year = 0;
	int month = 0;
	int day = 0;

	if (!date_parts(reader, 0, &year, &month, &day))
		return jg_reader_refuse(reader, "a date such as 2026-12-24", NULL);
	if (!jg_civil_exists(year, month, day))
		return jg_reader_fail(reader, 0, "there is no day %04d-%02d-%02d between %d and %d", year, month, day,
							  JG_FIRST_YEAR, JG_LAST_YEAR);
	*day_number = jg_civil_day(year, month, day);
	reader->at++;
	return true;
}

/* "mon" or "fri-mon" */
static bool
read_weekdays(JgReader *reader, uint8_t *weekdays)
{
	static const JgFieldKind kind = {"day of the week", 0, 7, jg_words_weekdays};
	char word[32];
	char *dash;
	JgField field = {0};
	bool star;
	int day = 0;

	if (jg_reader_find(reader, 0, jg_words_weekdays, &day))
	{
		*weekdays |= (uint8_t) (1 << day);
		reader->at++;
		return true;
	}
	if (!jg_reader_word(reader, 0, word, sizeof(word)) || (dash = strchr(word, '-')) == NULL || word[0] < 'a' ||
		word[0] > 'z' || dash[1] < 'a' || dash[1] > 'z' || strchr(word, '/') != NULL)
		return jg_reader_refuse(reader, "a day", a_day);
	if (!jg_read_field(reader, &kind, word, strlen(word), &field, &star))
		return false;
	*weekdays |= (uint8_t) field.bits;
	reader->at++;
	return true;
}

/* working day, business day, workday, weekday, day, mon: what ordinals count. Goes behind it. */
static bool
read_kind(JgReader *reader, JgDayKind *kind)
{
	int day = 0;

	if (jg_reader_take(reader, "workday") || jg_reader_take(reader, "workdays"))
		*kind = JG_WORKING_DAY;
	else if (jg_reader_is(reader, 0, "working") || jg_reader_is(reader, 0, "business") ||
			 jg_reader_is(reader, 0, "banking"))
	{
		reader->at++;
		if (!jg_reader_take(reader, "day") && !jg_reader_take(reader, "days"))
			return jg_reader_refuse(reader, "\"day\"", a_day);
		*kind = JG_WORKING_DAY;
	}
	else if (jg_reader_take(reader, "weekday") || jg_reader_take(reader, "weekdays"))
		*kind = JG_WEEKDAY;
	else if (jg_reader_take(reader, "day") || jg_reader_take(reader, "days"))
		*kind = JG_ANY_DAY;
	else if (jg_reader_find(reader, 0, jg_words_weekdays, &day))
	{
		reader->at++;
		*kind = (JgDayKind) day;
	}
	else
		return false;
	return true;
}

static bool
set_period(JgReader *reader, JgPeriod period)
{
	if (reader->has_period && reader->schedule->period != period)
		return jg_reader_fail(reader, -1, "a schedule counts days of one kind of period: write two schedules");
	reader->has_period = true;
	reader->schedule->period = period;
	return true;
}

/* month, quarter, fiscal year */
static bool
read_period(JgReader *reader)
{
	bool fiscal = jg_reader_take(reader, "fiscal");
	int period = 0;

	if (!jg_reader_find(reader, 0, fiscal ? fiscal_words : period_words, &period))
		return jg_reader_refuse(reader, fiscal ? "a fiscal period, quarter or year" : "a month, quarter or year",
								a_period);
	reader->at++;
	return set_period(reader, (JgPeriod) period);
}

bool
jg_read_of(JgReader *reader)
{
	(void) (jg_reader_take(reader, "the") || jg_reader_take(reader, "each") || jg_reader_take(reader, "every"));
	if (jg_is_month(reader, 0))
		return jg_read_months(reader);
	return read_period(reader);
}

bool
jg_read_months(JgReader *reader)
{
	uint16_t months = 0;
	int month = 0;

	for (;;)
	{
		int before;

		if (!jg_reader_find(reader, 0, jg_words_months, &month))
			return jg_reader_refuse(reader, "a month", a_period);
		months |= (uint16_t) (1 << (month - 1));
		reader->at++;
		before = reader->at;
		if (jg_reader_take_join(reader) && jg_is_month(reader, 0))
			continue;
		reader->at = before;
		break;
	}
	if (reader->has_months)
		return jg_reader_fail(reader, -1, "the months are given twice");
	reader->has_months = true;
	reader->schedule->months = months;
	return true;
}

static bool
add_nth(JgReader *reader, JgDayKind kind, JgNth nth)
{
	reader->schedule->nth[kind].first |= nth.first;
	reader->schedule->nth[kind].last |= nth.last;
	return true;
}

static bool
set_ordinal(JgReader *reader, uint32_t *ordinals, int n)
{
	if (n < 1 || n > 31)
		return jg_reader_fail(reader, 0, "ordinals go from 1st to 31st, not to %d", n);
	*ordinals |= UINT32_C(1) << (n - 1);
	return true;
}

/* One of "3rd", "last", "2nd last". */
static bool
read_ordinal(JgReader *reader, JgNth *nth)
{
	int n = 0;

	if (is_ordinal(reader, 0, &n))
	{
		bool from_end = jg_reader_is(reader, 1, "last");

		if (!set_ordinal(reader, from_end ? &nth->last : &nth->first, n))
			return false;
		reader->at += 1 + from_end;
		return true;
	}
	if (!jg_reader_take(reader, "last"))
		return jg_reader_refuse(reader, "an ordinal such as 1st or last", a_day);
	nth->last |= 1;
	return true;
}

static bool
begins_ordinal(const JgReader *reader, int ahead)
{
	int n = 0;

	return is_ordinal(reader, ahead, &n) || jg_reader_is(reader, ahead, "last");
}

/* "1st and 15th", "3rd working day of month", "first and third monday" */
static bool
read_ordinals(JgReader *reader)
{
	JgNth nth = {0};
	JgDayKind kind = JG_ANY_DAY;
	int before;

	do
	{
		if (!read_ordinal(reader, &nth))
			return false;
		before = reader->at;
		(void) jg_reader_take_join(reader);
		(void) jg_reader_take(reader, "the");
	} while (reader->at > before && begins_ordinal(reader, 0));
	reader->at = before;
	if (!read_kind(reader, &kind))
	{
		if (reader->error->message[0] != '\0')
			return false;
		/* Without a kind it is the day of the month; "last" alone may be anything. */
		if (nth.last != 0)
			return jg_reader_refuse(reader, "a day", a_day);
		kind = JG_ANY_DAY;
	}
	return add_nth(reader, kind, nth);
}

/* "2 working days before month end", "1 day before the end of quarter" */
static bool
read_before_end(JgReader *reader)
{
	JgNth nth = {0};
	JgDayKind kind = JG_ANY_DAY;
	int n = 0;

	if (!jg_reader_number(reader, 0, 30, &n) || n < 1)
		return jg_reader_fail(reader, 0, "before the end of a period are 1 to 30 days");
	reader->at++;
	if (!read_kind(reader, &kind))
		return jg_reader_refuse(reader, "a day", a_day);
	if (!jg_reader_take(reader, "before"))
		return jg_reader_refuse(reader, "\"before\"", (const JgWord *const[]){before_words, NULL});
	(void) jg_reader_take(reader, "the");
	nth.last = UINT32_C(1) << n;
	if (jg_reader_take(reader, "end"))
	{
		if (!jg_reader_take(reader, "of"))
			return jg_reader_refuse(reader, "\"of\"", NULL);
		(void) (jg_reader_take(reader, "the") || jg_reader_take(reader, "each") || jg_reader_take(reader, "every"));
		return read_period(reader) && add_nth(reader, kind, nth);
	}
	if (!read_period(reader))
		return false;
	if (!jg_reader_take(reader, "end"))
		return jg_reader_refuse(reader, "\"end\"", (const JgWord *const[]){end_words, NULL});
	return add_nth(reader, kind, nth);
}

/* "month end": the last day of it */
static bool
is_period_end(const JgReader *reader)
{
	int period = 0;

	return jg_reader_find(reader, 0, period_words, &period) && jg_reader_is(reader, 1, "end");
}

/* "nearest the 15th and 20th", behind "weekday" */
static bool
read_nearest(JgReader *reader)
{
	int before;
	int n = 0;

	(void) jg_reader_take(reader, "to");
	do
	{
		(void) jg_reader_take(reader, "the");
		if (!is_ordinal(reader, 0, &n))
			return jg_reader_refuse(reader, "a day of the month such as 15th", NULL);
		if (!set_ordinal(reader, &reader->schedule->nearest, n))
			return false;
		reader->at++;
		before = reader->at;
		(void) jg_reader_take_join(reader);
	} while (reader->at > before &&
			 (is_ordinal(reader, 0, &n) || (jg_reader_is(reader, 0, "the") && is_ordinal(reader, 1, &n))) &&
			 !jg_reader_is(reader, 1, "last"));
	reader->at = before;
	return true;
}

/* "day H of month", "day H(1-3) of week" */
static bool
read_hashed_day(JgReader *reader)
{
	static const JgFieldKind month_day = {"day", 1, 31, NULL};
	static const JgFieldKind weekday = {"day of the week", 0, 7, jg_words_weekdays};
	const JgPiece *piece = &reader->pieces[reader->at];
	bool of_week = jg_reader_is(reader, 1, "of") && jg_reader_is(reader, 2, "week");
	JgField field = {0};
	bool star;

	if (!jg_read_field(reader, of_week ? &weekday : &month_day, reader->text + piece->start, piece->length, &field,
					   &star))
		return false;
	reader->at += of_week ? 3 : 1;
	if (of_week)
		reader->schedule->hash_weekday = field.hash;
	else
		reader->schedule->hash_day = field.hash;
	return true;
}

static bool
is_hash(const JgReader *reader, int ahead)
{
	int i = reader->at + ahead;
	const char *text;

	if (i >= reader->n)
		return false;
	text = reader->text + reader->pieces[i].start;
	return (text[0] == 'H' || text[0] == 'h') && (reader->pieces[i].length == 1 || text[1] == '(' || text[1] == '/');
}

static bool
add_date(JgReader *reader)
{
	JgSchedule *schedule = reader->schedule;
	int32_t day = 0;
	int place = 0;

	if (!jg_read_date(reader, &day))
		return false;
	while (place < schedule->ndates && schedule->dates[place] < day)
		place++;
	if (place < schedule->ndates && schedule->dates[place] == day)
		return true;
	if (schedule->ndates == JG_SCHEDULE_DATES)
		return jg_reader_fail(reader, -1, "a schedule has at most %d dates: a calendar has any number",
							  JG_SCHEDULE_DATES);
	memmove(&schedule->dates[place + 1], &schedule->dates[place],
			(size_t) (schedule->ndates - place) * sizeof(int32_t));
	schedule->dates[place] = day;
	schedule->ndates++;
	return true;
}

/* "working day", "weekday nearest the 15th", "weekends", "mon": each of these */
static bool
read_each(JgReader *reader)
{
	JgSchedule *schedule = reader->schedule;
	JgDayKind kind = JG_ANY_DAY;

	if (jg_reader_take(reader, "weekend") || jg_reader_take(reader, "weekends"))
	{
		schedule->weekdays |= JG_ALL_WEEKDAYS & ~JG_MONDAY_TO_FRIDAY;
		return true;
	}
	if (jg_reader_take(reader, "non-working") || jg_reader_take(reader, "nonworking"))
	{
		schedule->nonworking = true;
		if (!jg_reader_take(reader, "day") && !jg_reader_take(reader, "days"))
			return jg_reader_refuse(reader, "\"day\"", a_day);
		return true;
	}
	if (jg_reader_is(reader, 0, "day") && is_hash(reader, 1))
	{
		reader->at++;
		return read_hashed_day(reader);
	}
	if (!read_kind(reader, &kind))
		return reader->error->message[0] == '\0' && read_weekdays(reader, &schedule->weekdays);
	if (kind == JG_WEEKDAY && jg_reader_take(reader, "nearest"))
		return read_nearest(reader);
	if (kind == JG_WORKING_DAY)
		schedule->working = true;
	else if (kind == JG_WEEKDAY)
		schedule->weekdays |= JG_MONDAY_TO_FRIDAY;
	else if (kind == JG_ANY_DAY)
		schedule->weekdays |= JG_ALL_WEEKDAYS;
	else
		schedule->weekdays |= (uint8_t) (1 << kind);
	return true;
}

static bool
read_item(JgReader *reader)
{
	int number = 0;

	skip_fillers(reader);
	if (jg_is_date(reader, 0))
		return add_date(reader);
	if (begins_ordinal(reader, 0))
		return read_ordinals(reader);
	if (jg_reader_number(reader, 0, 100000, &number))
		return read_before_end(reader);
	if (is_period_end(reader))
		return read_period(reader) && jg_reader_take(reader, "end") && add_nth(reader, JG_ANY_DAY, (JgNth){0, 1});
	return read_each(reader);
}

bool
jg_begins_days(const JgReader *reader, int ahead)
{
	char word[32];
	int value = 0;
	int n = 0;

	if (jg_is_date(reader, ahead) || begins_ordinal(reader, ahead) ||
		jg_reader_find(reader, ahead, jg_words_weekdays, &value) || jg_reader_find(reader, ahead, day_words, &value) ||
		jg_reader_is(reader, ahead, "nonworking"))
		return true;
	if (jg_reader_find(reader, ahead, period_words, &value))
		return jg_reader_is(reader, ahead + 1, "end");
	if (jg_reader_number(reader, ahead, 100000, &n))
	{
		/* "2 working days before": not a number of hours, nor a time of day. */
		return jg_reader_find(reader, ahead + 1, day_words, &value) ||
			   jg_reader_find(reader, ahead + 1, jg_words_weekdays, &value);
	}
	/* mon-fri */
	return jg_reader_word(reader, ahead, word, sizeof(word)) && strchr(word, '-') != NULL && word[0] >= 'a' &&
		   word[0] <= 'z' && strchr(word, '/') == NULL;
}

static bool
begins_item(const JgReader *reader)
{
	int ahead = 0;

	while (jg_reader_is(reader, ahead, "the") || jg_reader_is(reader, ahead, "on") ||
		   jg_reader_is(reader, ahead, "every") || jg_reader_is(reader, ahead, "each"))
		ahead++;
	return jg_begins_days(reader, ahead);
}

bool
jg_read_days(JgReader *reader)
{
	for (;;)
	{
		int before;

		if (!read_item(reader))
			return false;
		if (jg_reader_is(reader, 0, "of") && !(jg_reader_take(reader, "of") && jg_read_of(reader)))
			return false;
		before = reader->at;
		if (jg_reader_take_join(reader) && begins_item(reader))
			continue;
		reader->at = before;
		reader->has_days = true;
		return true;
	}
}

bool
jg_read_filter(JgReader *reader)
{
	JgSchedule *schedule = reader->schedule;
	JgDayKind kind = JG_ANY_DAY;
	uint8_t weekdays = 0;
	int day = 0;

	(void) (jg_reader_take(reader, "it") && jg_reader_take(reader, "is"));
	(void) jg_reader_take(reader, "a");
	if (jg_reader_take(reader, "non-working") || jg_reader_take(reader, "nonworking"))
	{
		schedule->if_nonworking = true;
		return jg_reader_take(reader, "day") || jg_reader_refuse(reader, "\"day\"", a_day);
	}
	if (!jg_reader_find(reader, 0, jg_words_weekdays, &day) && read_kind(reader, &kind))
	{
		if (kind == JG_WORKING_DAY)
			schedule->if_working = true;
		else if (kind == JG_WEEKDAY)
			schedule->if_weekdays &= JG_MONDAY_TO_FRIDAY;
		return true;
	}
	if (reader->error->message[0] != '\0')
		return false;
	for (;;)
	{
		int before;

		if (jg_reader_take(reader, "weekend"))
			weekdays |= JG_ALL_WEEKDAYS & ~JG_MONDAY_TO_FRIDAY;
		else if (!read_weekdays(reader, &weekdays))
			return false;
		before = reader->at;
		(void) jg_reader_take_join(reader);
		(void) jg_reader_take(reader, "or");
		if (reader->at > before && (jg_reader_find(reader, 0, jg_words_weekdays, &day)))
			continue;
		reader->at = before;
		schedule->if_weekdays &= weekdays;
		return true;
	}
}
