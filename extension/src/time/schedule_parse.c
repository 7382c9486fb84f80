/*
 * Reads the text of a schedule: cron, or words in clauses that come in any order.
 */
#include <stdio.h>
#include <string.h>

#include "civil.h"
#include "schedule_parts.h"

static const JgWord units[] = {{"seconds", 1}, {"second", 1}, {"secs", 1},   {"sec", 1},      {"minutes", 60},
							   {"minute", 60}, {"mins", 60},  {"min", 60},   {"hours", 3600}, {"hour", 3600},
							   {"days", -1},   {"day", -1},   {"weeks", -7}, {"week", -7},    {NULL, 0}};
static const JgWord beginnings[] = {{"every", 0},   {"on", 0},     {"at", 0},      {"in", 0},        {"from", 0},
									{"between", 0}, {"until", 0},  {"if", 0},      {"starting", 0},  {"daily", 0},
									{"hourly", 0},  {"weekly", 0}, {"monthly", 0}, {"quarterly", 0}, {"yearly", 0},
									{"last", 0},    {NULL, 0}};
static const JgWord every_words[] = {{"weekday", 0}, {"day", 0},     {"working", 0}, {"business", 0}, {"week", 0},
									 {"month", 0},   {"quarter", 0}, {"year", 0},    {"weekend", 0},  {NULL, 0}};

static const JgWord *const a_clause[] = {beginnings, jg_words_weekdays, NULL};
static const JgWord *const a_unit[] = {units, NULL};
static const JgWord *const a_day_or_unit[] = {every_words, jg_words_weekdays, units, NULL};
static const JgWord *const a_month[] = {jg_words_months, NULL};

typedef struct Nickname
{
	const char *name;
	const char *text;
} Nickname;

static const Nickname nicknames[] = {{"@yearly", "0 0 1 1 *"},
									 {"@annually", "0 0 1 1 *"},
									 {"@monthly", "0 0 1 * *"},
									 {"@weekly", "0 0 * * 0"},
									 {"@daily", "0 0 * * *"},
									 {"@midnight", "0 0 * * *"},
									 {"@hourly", "0 * * * *"},
									 {"@quarterly", "0 0 1 1,4,7,10 *"},
									 {NULL, NULL}};

/* daily, monthly and so on, alone or with times: which days */
static const Nickname frequencies[] = {{"daily", "every day"},
									   {"weekly", "every sun"},
									   {"monthly", "on the 1st"},
									   {"quarterly", "1st day of quarter"},
									   {"yearly", "1st day of year"},
									   {"annually", "1st day of year"},
									   {NULL, NULL}};

/*
 * A zone's name: with a slash, or capitals alone (UTC, CET, EST5EDT). What else there is without a slash, such as Japan,
 * can be given in the column: here it is more often a month that is misspelt.
 */
static bool
is_zone(const JgReader *reader)
{
	const JgPiece *piece = &reader->pieces[reader->at];
	const char *name = reader->text + piece->start;
	bool slash = false;
	bool small = false;

	if (reader->at == reader->n || jg_is_month(reader, 0) || piece->length < 2 || piece->length >= JG_ZONE_NAME)
		return false;
	for (int i = 0; i < piece->length; i++)
	{
		char c = name[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '+' ||
			  c == '-' || c == '/'))
			return false;
		slash = slash || c == '/';
		small = small || (c >= 'a' && c <= 'z');
	}
	if (slash)
		return name[0] != '/' && name[piece->length - 1] != '/';
	return (!small && name[0] >= 'A') || jg_reader_is(reader, 0, "utc") || jg_reader_is(reader, 0, "gmt");
}

bool
jg_read_zone(JgReader *reader)
{
	const JgPiece *piece = &reader->pieces[reader->at];

	if (!is_zone(reader))
		return jg_reader_refuse(reader, "a time zone", NULL);
	if (reader->has_zone)
		return jg_reader_fail(reader, 0, "the time zone is given twice");
	memcpy(reader->schedule->zone, reader->text + piece->start, piece->length);
	reader->schedule->zone[piece->length] = '\0';
	reader->has_zone = true;
	reader->at++;
	return true;
}

static bool
read_in(JgReader *reader)
{
	if (jg_reader_take(reader, "hours") || jg_reader_take(reader, "hour"))
		return jg_read_hours(reader);
	if (is_zone(reader))
		return jg_read_zone(reader);
	if (jg_is_month(reader, 0))
		return jg_read_months(reader);
	return jg_reader_refuse(reader, "a month nor a time zone such as Europe/London", a_month);
}

static bool
begin_pace(JgReader *reader, int step)
{
	if (reader->has_pace || reader->has_times)
		return jg_reader_fail(reader, 0, "the times of day are given twice: write two schedules");
	reader->has_pace = true;
	reader->schedule->step = step;
	return true;
}

/* "every 15 minutes", "every 2 weeks" */
static bool
read_count(JgReader *reader, int n)
{
	int unit;

	if (!jg_reader_find(reader, 1, units, &unit))
	{
		reader->at++;
		return jg_reader_refuse(reader, "a unit of time", a_unit);
	}
	if (n == 0)
		return jg_reader_fail(reader, 0, "every 0 is never: a pace is at least 1");
	if (unit > 0)
	{
		if ((int64_t) n * unit > JG_DAY_END)
			return jg_reader_fail(reader, 0, "a pace is at most a day: write every %d days",
								  (int) ((int64_t) n * unit / JG_DAY_END));
		reader->at += 2;
		return begin_pace(reader, n * unit);
	}
	if (n > 1000)
		return jg_reader_fail(reader, 0, "at most every 1000 days or weeks");
	reader->at += 2;
	if (unit == -1)
		reader->schedule->every_days = (uint16_t) n;
	else
		reader->schedule->every_weeks = (uint16_t) n;
	return true;
}

static bool
read_frequency(JgReader *reader, const char *words)
{
	JgScheduleError error;
	JgSchedule days;

	if (reader->has_days)
		return jg_reader_fail(reader, 0, "the days are given twice");
	if (!jg_schedule_read(words, &days, &error, false))
		return false;
	reader->schedule->weekdays = days.weekdays;
	memcpy(reader->schedule->nth, days.nth, sizeof(days.nth));
	reader->schedule->period = days.period;
	reader->has_days = reader->has_period = true;
	reader->at++;
	return true;
}

static bool
read_every(JgReader *reader)
{
	static const Nickname whole[] = {{"week", "every sun"},
									 {"month", "on the 1st"},
									 {"quarter", "1st day of quarter"},
									 {"year", "1st day of year"},
									 {NULL, NULL}};
	int unit;
	int n;

	if (jg_reader_is(reader, 0, "other") && jg_reader_find(reader, 1, jg_words_weekdays, &unit))
	{
		reader->schedule->every_weeks = 2;
		return jg_reader_take(reader, "other") && jg_read_days(reader);
	}
	if (jg_reader_is(reader, 0, "other"))
		return read_count(reader, 2);
	if (jg_reader_number(reader, 0, 100000, &n) && !jg_reader_is(reader, 2, "before"))
		return read_count(reader, n);
	if (jg_reader_find(reader, 0, units, &unit) && unit > 0)
	{
		reader->at++;
		reader->every_hour = unit == 3600;
		return begin_pace(reader, unit);
	}
	for (int i = 0; whole[i].name != NULL; i++)
		if (jg_reader_is(reader, 0, whole[i].name))
			return read_frequency(reader, whole[i].text);
	if (!jg_begins_days(reader, 0))
		return jg_reader_refuse(reader, "a day", a_day_or_unit);
	return jg_read_days(reader);
}

static bool
read_at(JgReader *reader)
{
	bool fields = jg_reader_is(reader, 0, "minutes") || jg_reader_is(reader, 0, "minute") ||
				  jg_reader_is(reader, 0, "seconds") || jg_reader_is(reader, 0, "second");

	if (reader->has_times || (reader->has_pace && !(fields && reader->every_hour)))
		return jg_reader_fail(reader, 0, "the times of day are given twice: write two schedules");
	reader->has_times = true;
	return jg_read_times(reader);
}

static bool
read_window(JgReader *reader, bool between)
{
	reader->has_window = true;
	return jg_read_window(reader, between);
}

static bool
read_starting(JgReader *reader)
{
	reader->has_starting = true;
	return jg_read_date(reader, &reader->schedule->starting);
}

static bool
read_clause(JgReader *reader)
{
	if (jg_reader_take(reader, "every") || jg_reader_take(reader, "each"))
		return read_every(reader);
	if (jg_reader_take(reader, "at"))
		return read_at(reader);
	if (jg_reader_take(reader, "between"))
		return read_window(reader, true);
	if (jg_reader_is(reader, 0, "from") && jg_is_date(reader, 1))
		return jg_reader_take(reader, "from") && read_starting(reader);
	if (jg_reader_take(reader, "from"))
		return read_window(reader, false);
	if (jg_reader_take(reader, "until"))
	{
		reader->has_window = true;
		return jg_read_until(reader);
	}
	if (jg_reader_take(reader, "starting"))
		return read_starting(reader);
	if (jg_reader_take(reader, "in"))
		return read_in(reader);
	if (jg_reader_take(reader, "of"))
		return jg_read_of(reader);
	if (jg_reader_take(reader, "if"))
		return jg_read_filter(reader);
	if (jg_reader_take(reader, "on"))
		return jg_read_days(reader);
	if (jg_reader_take(reader, "hourly"))
		return begin_pace(reader, 3600);
	for (int i = 0; frequencies[i].name != NULL; i++)
		if (jg_reader_is(reader, 0, frequencies[i].name))
			return read_frequency(reader, frequencies[i].text);
	if (jg_is_time(reader, 0))
		return read_at(reader);
	if (jg_begins_days(reader, 0) || jg_reader_is(reader, 0, "the"))
		return jg_read_days(reader);
	return jg_reader_refuse(reader, "understood", a_clause);
}

static bool
finish_times(JgReader *reader)
{
	JgSchedule *schedule = reader->schedule;

	if (reader->has_window && !reader->has_pace)
		return jg_reader_fail(reader, -1, "a window belongs to a pace: every 15 minutes between 08:00 and 18:00");
	if (schedule->times == JG_TIMES_FIELDS)
	{
		if (reader->has_window)
			return jg_reader_fail(reader, -1, "minutes and seconds have no window: write in hours 8-17");
		schedule->step = 0;
		schedule->last = 0;
		schedule->paced = reader->every_hour;
		if (schedule->minute.bits == 0 && !schedule->minute.hash.on)
			schedule->minute.bits = 1;
		if (schedule->second.bits == 0 && !schedule->second.hash.on)
			schedule->second.bits = 1;
		if (schedule->hour.bits == 0 && !schedule->hour.hash.on)
			schedule->hour.bits = (UINT64_C(1) << 24) - 1;
		jg_form_fields(schedule);
	}
	else if (reader->has_pace)
		jg_form_step(schedule, schedule->first, schedule->last, schedule->step);
	else
	{
		schedule->last = 0;
		if (schedule->nlist == 0)
			schedule->nlist = 1; /* midnight */
	}
	return true;
}

/* What counts days from a date needs one, and nothing else does. */
static bool
finish_counts(JgReader *reader)
{
	JgSchedule *schedule = reader->schedule;
	bool counted = schedule->every_days > 0 || schedule->every_weeks > 0;

	if (schedule->every_days == 1)
		schedule->every_days = 0;
	if (schedule->every_weeks == 1)
	{
		schedule->every_weeks = 0;
		if (!reader->has_days)
			schedule->weekdays = 1;
		reader->has_days = true;
	}
	if (schedule->every_days == 0 && schedule->every_weeks == 0)
	{
		if (!counted && reader->has_starting)
			return jg_reader_fail(reader, -1,
								  "a start belongs to every so many days or weeks; else see column valid_from");
		schedule->starting = 0;
		return true;
	}
	if (!reader->has_starting)
	{
		char mended[JG_SCHEDULE_TEXT + 1];
		int length = snprintf(mended, sizeof(mended), "%s starting 2026-01-02", reader->text);
		JgSchedule other;
		JgScheduleError error;

		jg_reader_fail(reader, -1, "every %d %s is counted from a day: add starting and a date",
					   schedule->every_days > 0 ? schedule->every_days : schedule->every_weeks,
					   schedule->every_days > 0 ? "days" : "weeks");
		if (reader->hints && length > 0 && (size_t) length < sizeof(mended) &&
			jg_schedule_read(mended, &other, &error, false))
			snprintf(reader->error->hint, sizeof(reader->error->hint), "For example: %s", mended);
		return false;
	}
	if (schedule->every_days > 0 && reader->has_days)
		return jg_reader_fail(reader, -1,
							  "every so many days goes with no other days: add if fri, or write two schedules");
	if (schedule->every_weeks > 0 && !reader->has_days)
		schedule->weekdays = (uint8_t) (1 << jg_civil_weekday(schedule->starting));
	reader->has_days = true;
	if (schedule->every_days > 0)
		schedule->weekdays = JG_ALL_WEEKDAYS;
	return true;
}

static bool
read_words(JgReader *reader)
{
	JgSchedule *schedule = reader->schedule;

	schedule->months = JG_ALL_MONTHS;
	schedule->last = JG_DAY_END;
	while (reader->at < reader->n)
	{
		if (!read_clause(reader))
			return false;
		(void) jg_reader_take_join(reader);
	}
	if (!finish_times(reader) || !finish_counts(reader))
		return false;
	if (!reader->has_days)
		schedule->weekdays = JG_ALL_WEEKDAYS;
	return true;
}

/* Of nothing but what cron's fields are written with; words have letters there. */
static bool
is_cron_piece(const JgReader *reader, int i)
{
	const JgPiece *piece = &reader->pieces[i];
	bool digit = false;

	for (int at = 0; at < piece->length; at++)
	{
		char c = reader->text[piece->start + at];

		if (strchr("0123456789*/,-?H()#LW", c) == NULL)
			return false;
		digit = digit || (c >= '0' && c <= '9') || c == '*' || c == 'H' || c == '?';
	}
	/* A date is none. */
	return digit && !(piece->length == 10 && reader->text[piece->start + 4] == '-');
}

static bool
is_cron(const JgReader *reader)
{
	return is_cron_piece(reader, 0) && (reader->n == 1 || is_cron_piece(reader, 1));
}

static bool
read_nickname(JgReader *reader)
{
	for (int i = 0; nicknames[i].name != NULL; i++)
		if (jg_reader_is(reader, 0, nicknames[i].name))
		{
			JgScheduleError error;
			JgSchedule before = *reader->schedule;

			(void) jg_schedule_read(nicknames[i].text, reader->schedule, &error, false);
			memcpy(reader->schedule->zone, before.zone, sizeof(before.zone));
			reader->at++;
			if (jg_reader_take(reader, "in") && !jg_read_zone(reader))
				return false;
			return reader->at == reader->n || jg_reader_refuse(reader, "understood behind a nickname", NULL);
		}
	if (jg_reader_is(reader, 0, "@reboot"))
		return jg_reader_fail(reader, 0, "@reboot is not known: a database has no such moment");
	{
		JgWord names[sizeof(nicknames) / sizeof(nicknames[0])];

		for (int i = 0; i < (int) (sizeof(nicknames) / sizeof(nicknames[0])); i++)
			names[i] = (JgWord){nicknames[i].name, 0};
		return jg_reader_refuse(reader, "a nickname such as @daily", (const JgWord *const[]){names, NULL});
	}
}

/* CRON_TZ=Europe/London before the fields. */
static bool
take_zone_before(JgReader *reader)
{
	static const char *const prefixes[] = {"CRON_TZ=", "TZ="};

	for (int i = 0; i < 2 && reader->n > 1; i++)
	{
		JgPiece *piece = &reader->pieces[0];
		size_t length = strlen(prefixes[i]);

		if (piece->length <= length || memcmp(reader->text + piece->start, prefixes[i], length) != 0)
			continue;
		piece->start = (uint16_t) (piece->start + length);
		piece->length = (uint16_t) (piece->length - length);
		if (!jg_read_zone(reader))
			return false;
	}
	return true;
}

static bool
read_text(JgReader *reader, const char *text)
{
	if (!jg_reader_cut(reader, text, false))
		return false;
	if (reader->n == 0)
		return jg_reader_fail(reader, -1,
							  "a schedule cannot be empty: write every weekday at 07:30, or 30 7 * * mon-fri");
	if (!take_zone_before(reader))
		return false;
	if (text[reader->pieces[reader->at].start] == '@')
		return read_nickname(reader);
	if (reader->at > 0 || is_cron(reader))
		return jg_read_cron(reader) &&
			   (reader->at == reader->n || jg_reader_refuse(reader, "understood behind the fields of cron", NULL));
	return jg_reader_cut(reader, text, true) && read_words(reader);
}

bool
jg_schedule_read(const char *text, JgSchedule *schedule, JgScheduleError *error, bool hints)
{
	JgReader reader = {.schedule = schedule, .error = error, .hints = hints};

	memset(schedule, 0, sizeof(*schedule));
	memset(error, 0, sizeof(*error));
	schedule->if_weekdays = JG_ALL_WEEKDAYS;
	if (!read_text(&reader, text))
		return false;
	if (!jg_form_days(schedule))
		return jg_reader_fail(&reader, -1, "it never fires: there is no such day");
	return true;
}

bool
jg_schedule_parse(const char *text, JgSchedule *schedule, JgScheduleError *error)
{
	return jg_schedule_read(text, schedule, error, true);
}
