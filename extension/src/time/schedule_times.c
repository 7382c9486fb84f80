/*
 * The times of day in the words of a schedule: at 07:30, between 08:00 and 18:00, at minutes 0, 7 in hours 9-17.
 */
#include <string.h>

#include "schedule_parts.h"

static const JgWord named_times[] = {{"noon", 43200}, {"midday", 43200}, {"midnight", 0}, {NULL, 0}};
static const JgWord *const time_words[] = {named_times, NULL};

typedef struct Clock
{
	int hour;
	int minute;
	int second;
	bool colon;
	int half; /* 0, or 'a' or 'p' */
} Clock;

static bool
two_digits(const char **p, const char *end, int most, int *value)
{
	if (end - *p < 2 || (*p)[0] < '0' || (*p)[0] > '9' || (*p)[1] < '0' || (*p)[1] > '9')
		return false;
	*value = ((*p)[0] - '0') * 10 + ((*p)[1] - '0');
	*p += 2;
	return *value <= most;
}

/* 7:30, 07:30:15, 7am, 7:30pm; the piece alone. */
static bool
read_clock(const char *text, size_t length, Clock *clock)
{
	const char *p = text;
	const char *end = text + length;
	int digits = 0;

	*clock = (Clock){0};
	for (; p < end && *p >= '0' && *p <= '9' && digits < 2; p++, digits++)
		clock->hour = clock->hour * 10 + (*p - '0');
	if (digits == 0)
		return false;
	if (p < end && *p == ':')
	{
		clock->colon = true;
		p++;
		if (!two_digits(&p, end, 59, &clock->minute))
			return false;
		if (p < end && *p == ':')
		{
			p++;
			if (!two_digits(&p, end, 59, &clock->second))
				return false;
		}
	}
	if (end - p == 2 && (p[1] | 0x20) == 'm' && ((p[0] | 0x20) == 'a' || (p[0] | 0x20) == 'p'))
	{
		clock->half = p[0] | 0x20;
		p = end;
	}
	return p == end;
}

static bool
clock_at(const JgReader *reader, int ahead, Clock *clock)
{
	int i = reader->at + ahead;

	return i < reader->n && read_clock(reader->text + reader->pieces[i].start, reader->pieces[i].length, clock);
}

bool
jg_is_time(const JgReader *reader, int ahead)
{
	Clock clock;
	int value;

	if (jg_reader_find(reader, ahead, named_times, &value))
		return true;
	if (!clock_at(reader, ahead, &clock))
		return false;
	return clock.colon || clock.half != 0 || jg_reader_is(reader, ahead + 1, "am") ||
		   jg_reader_is(reader, ahead + 1, "pm");
}

/* A number without a colon, am or pm: nobody knows which half of the day is meant. */
static bool
refuse_bare_number(JgReader *reader, int hour)
{
	char hint[6] = {(char) ('0' + hour / 10), (char) ('0' + hour % 10), ':', '0', '0', '\0'};
	char word[24];

	if (!jg_reader_word(reader, 0, word, sizeof(word)))
		return jg_reader_refuse(reader, "a time of day", NULL);
	jg_reader_fail(reader, 0, "\"%s\" is no time of day: write 07:00, 7am or 7pm", word);
	if (hour < 24)
		jg_reader_suggest(reader, 0, 1, hint);
	return false;
}

/* A number of four digits, as 0730. */
static bool
refuse_four_digits(JgReader *reader, int number)
{
	char hint[6] = {(char) ('0' + number / 1000),    (char) ('0' + number / 100 % 10), ':',
					(char) ('0' + number / 10 % 10), (char) ('0' + number % 10),       '\0'};

	jg_reader_fail(reader, 0, "\"%04d\" is no time of day: it is written with a colon", number);
	if (number / 100 < 24 && number % 100 < 60)
		jg_reader_suggest(reader, 0, 1, hint);
	return false;
}

/* A time of day in seconds; as an end, 24:00 and midnight are the end of the day. */
static bool
read_time(JgReader *reader, bool is_end, int *time)
{
	Clock clock;
	int number;

	if (jg_reader_find(reader, 0, named_times, time))
	{
		if (is_end && *time == 0)
			*time = JG_DAY_END;
		reader->at++;
		return true;
	}
	if (reader->at < reader->n && reader->pieces[reader->at].length == 4 && jg_reader_number(reader, 0, 9999, &number))
		return refuse_four_digits(reader, number);
	if (!clock_at(reader, 0, &clock))
		return jg_reader_refuse(reader, "a time of day", time_words);
	if (clock.half == 0 && (jg_reader_is(reader, 1, "am") || jg_reader_is(reader, 1, "pm")))
	{
		clock.half = jg_reader_is(reader, 1, "am") ? 'a' : 'p';
		reader->at++;
	}
	if (clock.half == 0 && !clock.colon)
		return refuse_bare_number(reader, clock.hour);
	if (clock.half != 0 && (clock.hour < 1 || clock.hour > 12))
		return jg_reader_fail(reader, 0, "with am and pm an hour is between 1 and 12, not %d", clock.hour);
	if (clock.half != 0)
		clock.hour = clock.hour % 12 + (clock.half == 'p' ? 12 : 0);
	*time = (clock.hour * 60 + clock.minute) * 60 + clock.second;
	if (*time >= JG_DAY_END && !(is_end && *time == JG_DAY_END))
	{
		jg_reader_fail(reader, 0, "a day has the hours 00:00 to 23:59, not %02d:%02d", clock.hour, clock.minute);
		if (clock.hour == 24 && clock.minute == 0)
			jg_reader_suggest(reader, 0, 1, "00:00");
		return false;
	}
	reader->at++;
	return true;
}

static bool
add_time(JgReader *reader, int time)
{
	JgSchedule *schedule = reader->schedule;
	int place = 0;

	while (place < schedule->nlist && schedule->list[place] < time)
		place++;
	if (place < schedule->nlist && schedule->list[place] == time)
		return true;
	if (schedule->nlist == JG_SCHEDULE_TIMES)
		return jg_reader_fail(reader, -1,
							  "a schedule has at most %d times of day: write every ..., or several schedules",
							  JG_SCHEDULE_TIMES);
	memmove(&schedule->list[place + 1], &schedule->list[place], (size_t) (schedule->nlist - place) * sizeof(int32_t));
	schedule->list[place] = time;
	schedule->nlist++;
	return true;
}

/* 0, 7 and 10-20/5 */
static bool
read_numbers(JgReader *reader, const JgFieldKind *kind, JgField *field)
{
	bool star;

	for (;;)
	{
		int before;

		if (reader->at == reader->n)
			return jg_reader_refuse(reader, "a number", NULL);
		if (!jg_read_field(reader, kind, reader->text + reader->pieces[reader->at].start,
						   reader->pieces[reader->at].length, field, &star))
			return false;
		reader->at++;
		before = reader->at;
		if (!jg_reader_take_join(reader))
			return true;
		/* Not every "and" goes on with a number. */
		if (reader->at == reader->n ||
			(strchr("0123456789*", reader->text[reader->pieces[reader->at].start]) == NULL) || jg_is_time(reader, 0))
		{
			reader->at = before;
			return true;
		}
	}
}

/* minutes 0, 7 and seconds 0, 30; behind "at". Hours come as a clause of their own. */
static bool
read_fields(JgReader *reader)
{
	JgSchedule *schedule = reader->schedule;
	bool minutes = jg_reader_take(reader, "minutes") || jg_reader_take(reader, "minute");
	int before;

	if (minutes && !read_numbers(reader, &jg_field_minute, &schedule->minute))
		return false;
	before = reader->at;
	(void) jg_reader_take_join(reader);
	if (jg_reader_take(reader, "seconds") || jg_reader_take(reader, "second"))
	{
		if (!read_numbers(reader, &jg_field_second, &schedule->second))
			return false;
	}
	else
		reader->at = before;
	schedule->times = JG_TIMES_FIELDS;
	return true;
}

bool
jg_read_hours(JgReader *reader)
{
	if (reader->schedule->times != JG_TIMES_FIELDS)
		return jg_reader_fail(reader, 0, "hours belong behind minutes: at minutes 0, 30 in hours 9-17");
	return read_numbers(reader, &jg_field_hour, &reader->schedule->hour);
}

bool
jg_read_times(JgReader *reader)
{
	int time;

	if (jg_reader_is(reader, 0, "minutes") || jg_reader_is(reader, 0, "minute") || jg_reader_is(reader, 0, "seconds") ||
		jg_reader_is(reader, 0, "second"))
		return read_fields(reader);
	for (;;)
	{
		int before;

		if (!read_time(reader, false, &time) || !add_time(reader, time))
			return false;
		before = reader->at;
		if (!jg_reader_take_join(reader))
			return true;
		(void) jg_reader_take(reader, "at");
		if (!jg_is_time(reader, 0))
		{
			reader->at = before;
			return true;
		}
	}
}

static bool
check_window(JgReader *reader)
{
	JgSchedule *schedule = reader->schedule;

	if (schedule->last >= schedule->first)
		return true;
	return jg_reader_fail(
		reader, -1,
		"the window ends before it begins: one across midnight is two schedules, until 24:00 and from 00:00");
}

bool
jg_read_window(JgReader *reader, bool between)
{
	JgSchedule *schedule = reader->schedule;

	if (!read_time(reader, false, &schedule->first))
		return false;
	if (between ? !jg_reader_take(reader, "and") : !(jg_reader_take(reader, "to") || jg_reader_take(reader, "until")))
		return between ? jg_reader_refuse(reader, "\"and\" with the end of the window", NULL) : true;
	return read_time(reader, true, &schedule->last) && check_window(reader);
}

bool
jg_read_until(JgReader *reader)
{
	return read_time(reader, true, &reader->schedule->last) && check_window(reader);
}
