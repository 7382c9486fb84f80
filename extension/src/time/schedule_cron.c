/*
 * Cron: five fields, or six with seconds, and what Quartz and Jenkins have added to them.
 *
 * Day of month and day of week follow Vixie's cron to the letter: with both restricted a day fits if either does, but
 * both must where one of the fields begins with a star.
 */
#include <string.h>

#include "schedule_parts.h"

static const JgFieldKind month_day = {"day", 1, 31, NULL};
static const JgFieldKind month = {"month", 1, 12, jg_words_months};
static const JgFieldKind weekday = {"day of the week", 0, 7, jg_words_weekdays};

typedef struct Days
{
	bool star;    /* the field begins with one */
	bool every;   /* it is nothing but a star */
	bool special; /* has L, W or # */
	JgField field;
} Days;

static const char *
text_of(const JgReader *reader, size_t *length)
{
	*length = reader->pieces[reader->at].length;
	return reader->text + reader->pieces[reader->at].start;
}

/* "L-3" and the like: digits behind a prefix, to the end. */
static bool
number_behind(const char *text, size_t length, size_t skip, int *number)
{
	*number = 0;
	if (skip >= length || length - skip > 2)
		return false;
	for (size_t i = skip; i < length; i++)
	{
		if (text[i] < '0' || text[i] > '9')
			return false;
		*number = *number * 10 + (text[i] - '0');
	}
	return true;
}

static bool
same(const char *text, size_t length, const char *word)
{
	return length == strlen(word) && memcmp(text, word, length) == 0;
}

/* L, L-3, LW, 15W */
static bool
month_day_special(JgReader *reader, const char *item, size_t length)
{
	JgSchedule *schedule = reader->schedule;
	int number;

	if (same(item, length, "L"))
		schedule->nth[JG_ANY_DAY].last |= 1;
	else if (same(item, length, "LW"))
		schedule->nth[JG_WEEKDAY].last |= 1;
	else if (length > 2 && item[0] == 'L' && item[1] == '-' && number_behind(item, length, 2, &number) && number <= 30)
		schedule->nth[JG_ANY_DAY].last |= UINT32_C(1) << number;
	else if (length > 1 && item[length - 1] == 'W' && number_behind(item, length - 1, 0, &number) && number >= 1 &&
			 number <= 31)
		schedule->nearest |= UINT32_C(1) << (number - 1);
	else
		return jg_reader_fail(reader, 0, "\"%.*s\" is no day of the month: L, L-3, LW and 15W are known",
							  jg_text_shown(item, length), item);
	return true;
}

/* 5L, 5#2, friL, fri#2 */
static bool
weekday_special(JgReader *reader, const char *item, size_t length)
{
	const char *mark = memchr(item, '#', length);
	size_t name_length = mark ? (size_t) (mark - item) : length - 1;
	JgField field = {0};
	bool star;
	int number = 0;

	if (mark != NULL && (!number_behind(item, length, name_length + 1, &number) || number < 1 || number > 5))
		return jg_reader_fail(reader, 0, "\"%.*s\": behind # stands which of the month, 1 to 5",
							  jg_text_shown(item, length), item);
	if (name_length == 0 || strchr("*?-/", item[0]) != NULL)
		return jg_reader_fail(reader, 0, "\"%.*s\" is no day of the week: 5L and 5#2 are known",
							  jg_text_shown(item, length), item);
	if (!jg_read_field(reader, &weekday, item, name_length, &field, &star))
		return false;
	if (field.hash.on || (field.bits & (field.bits - 1)) != 0)
		return jg_reader_fail(reader, 0, "\"%.*s\" has more than one day before its %s", jg_text_shown(item, length),
							  item, mark ? "#" : "L");
	for (int day = 0; day < 7; day++)
		if (field.bits >> day & 1)
		{
			if (mark != NULL)
				reader->schedule->nth[day].first |= UINT32_C(1) << (number - 1);
			else
				reader->schedule->nth[day].last |= 1;
		}
	return true;
}

static bool
is_month_special(const char *item, size_t length)
{
	return item[0] == 'L' || item[length - 1] == 'W';
}

static bool
is_weekday_special(const char *item, size_t length)
{
	return memchr(item, '#', length) != NULL || (length > 1 && item[length - 1] == 'L');
}

/* Item by item, because only some are cron's own. */
static bool
read_days(JgReader *reader, const JgFieldKind *kind, Days *days)
{
	bool of_month = kind == &month_day;
	size_t length;
	const char *text = text_of(reader, &length);
	const char *end = text + length;

	*days = (Days){.star = text[0] == '*', .every = same(text, length, "*") || same(text, length, "?")};
	for (const char *item = text;;)
	{
		const char *comma = memchr(item, ',', (size_t) (end - item));
		size_t item_length = (size_t) ((comma ? comma : end) - item);
		bool star;
		bool done;

		if (item_length == 0)
			return jg_reader_fail(reader, 0, "\"%.*s\" is no list of %ss", jg_text_shown(text, length), text,
								  kind->name);
		/* Alone it is the last day of the week. */
		if (!of_month && same(item, item_length, "L"))
		{
			days->field.bits |= 1 << 6;
			done = true;
		}
		else if (of_month ? is_month_special(item, item_length) : is_weekday_special(item, item_length))
		{
			days->special = true;
			done = of_month ? month_day_special(reader, item, item_length) : weekday_special(reader, item, item_length);
		}
		else
			done = jg_read_field(reader, kind, item, item_length, &days->field, &star);
		if (!done)
			return false;
		if (comma == NULL)
			break;
		item = comma + 1;
	}
	reader->at++;
	return true;
}

static void
add_month_days(JgSchedule *schedule, const Days *days)
{
	schedule->nth[JG_ANY_DAY].first |= (uint32_t) (days->field.bits >> 1);
	if (days->field.hash.on)
		schedule->hash_day = days->field.hash;
}

static void
add_weekdays(JgSchedule *schedule, const Days *days)
{
	schedule->weekdays |= (uint8_t) (days->field.bits & JG_ALL_WEEKDAYS);
	if (days->field.hash.on)
		schedule->hash_weekday = days->field.hash;
}

static bool
combine_days(JgReader *reader, const Days *of_month, const Days *of_week)
{
	JgSchedule *schedule = reader->schedule;
	bool both = (of_month->star && !of_month->every) || (of_week->star && !of_week->every);

	if (of_month->every && of_week->every)
		schedule->weekdays = JG_ALL_WEEKDAYS;
	else if (!of_month->every && !of_week->every && both)
	{
		if (of_week->special || of_week->field.hash.on)
			return jg_reader_fail(
				reader, -1, "a day of the month with a star and a day of the week with L, # or H cannot be combined");
		add_month_days(schedule, of_month);
		schedule->if_weekdays = (uint8_t) (of_week->field.bits & JG_ALL_WEEKDAYS);
	}
	else
	{
		if (!of_month->every)
			add_month_days(schedule, of_month);
		if (!of_week->every)
			add_weekdays(schedule, of_week);
	}
	return true;
}

static bool
read_time_field(JgReader *reader, const JgFieldKind *kind, JgField *field, bool *paced)
{
	size_t length;
	const char *text = text_of(reader, &length);
	bool star;

	if (!jg_read_field(reader, kind, text, length, field, &star))
		return false;
	*paced = *paced || star;
	reader->at++;
	return true;
}

static bool
check_count(JgReader *reader, int n)
{
	if (n == 5 || n == 6)
		return true;
	if (n == 7)
		return jg_reader_fail(
			reader, -1,
			"cron has 5 fields, or 6 with seconds; here are 7: years are columns valid_from and valid_until");
	return jg_reader_fail(
		reader, -1,
		"cron has 5 fields (minute, hour, day, month, day of the week), or 6 with seconds first; here %s %d",
		n == 1 ? "is" : "are", n);
}

bool
jg_read_cron(JgReader *reader)
{
	JgSchedule *schedule = reader->schedule;
	JgField months = {0};
	Days of_month;
	Days of_week;
	bool star;
	bool paced = false;
	int n = 0;
	size_t length;
	const char *text;

	while (reader->at + n < reader->n && !jg_reader_is(reader, n, "in"))
		n++;
	if (!check_count(reader, n))
		return false;
	if (n == 5)
		schedule->second.bits = 1;
	else if (!read_time_field(reader, &jg_field_second, &schedule->second, &paced))
		return false;
	if (!read_time_field(reader, &jg_field_minute, &schedule->minute, &paced) ||
		!read_time_field(reader, &jg_field_hour, &schedule->hour, &paced) || !read_days(reader, &month_day, &of_month))
		return false;
	text = text_of(reader, &length);
	if (!jg_read_field(reader, &month, text, length, &months, &star))
		return false;
	if (months.hash.on)
		return jg_reader_fail(reader, 0, "a month cannot be H");
	reader->at++;
	if (!read_days(reader, &weekday, &of_week))
		return false;
	schedule->months = (uint16_t) (months.bits >> 1);
	schedule->paced = paced;
	if (!combine_days(reader, &of_month, &of_week))
		return false;
	jg_form_fields(schedule);
	return !jg_reader_take(reader, "in") || jg_read_zone(reader);
}
