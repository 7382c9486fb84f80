/*
 * Says a schedule in words that are read as the same schedule.
 *
 * For fixed times the days come first, for a pace the pace: every weekday at 07:30, every 15 minutes on weekdays.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "civil.h"
#include "schedule.h"

#define HOURS_ALL ((UINT64_C(1) << 24) - 1)

static const char *const weekday_names[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};
static const char *const month_names[] = {"jan", "feb", "mar", "apr", "may", "jun",
										  "jul", "aug", "sep", "oct", "nov", "dec"};
static const char *const period_names[] = {"month",         "quarter",        "year",
										   "fiscal period", "fiscal quarter", "fiscal year"};

typedef struct Words
{
	char *at;
	size_t room;
	bool full;
} Words;

static void __attribute__((format(printf, 2, 3))) say(Words *words, const char *format, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(words->at, words->room, format, arguments);
	va_end(arguments);
	if (length < 0 || (size_t) length >= words->room)
	{
		words->full = true;
		return;
	}
	words->at += length;
	words->room -= (size_t) length;
}

/* Between the i-th of n things of a list and the one before. */
static const char *
between(int i, int n)
{
	return i == 0 ? "" : i == n - 1 ? " and " : ", ";
}

static void
say_weekdays(Words *words, uint8_t weekdays)
{
	int n = __builtin_popcount(weekdays);
	int i = 0;

	/* A week begins on Monday for people. */
	for (int day = 1; day <= 7; day++)
		if (weekdays >> (day % 7) & 1)
		{
			say(words, "%s%s", between(i, n), weekday_names[day % 7]);
			i++;
		}
}

static const char *
ordinal_ending(int n)
{
	if (n % 100 / 10 == 1)
		return "th";
	return n % 10 == 1 ? "st" : n % 10 == 2 ? "nd" : n % 10 == 3 ? "rd" : "th";
}

static void
say_ordinals(Words *words, uint32_t ordinals, int *i, int n, const char *behind)
{
	for (int k = 1; k <= 31; k++)
		if (ordinals >> (k - 1) & 1)
		{
			if (k == 1 && behind[0] != '\0')
				say(words, "%slast", between(*i, n));
			else
				say(words, "%s%d%s%s", between(*i, n), k, ordinal_ending(k), behind);
			(*i)++;
		}
}

static const char *
kind_name(int kind, bool many)
{
	switch (kind)
	{
		case JG_ANY_DAY:
			return many ? "days" : "day";
		case JG_WEEKDAY:
			return many ? "weekdays" : "weekday";
		case JG_WORKING_DAY:
			return many ? "working days" : "working day";
		default:
			return weekday_names[kind];
	}
}

static void
next_item(Words *words, int *items)
{
	if ((*items)++ > 0)
		say(words, " and ");
}

/* Ordinals without a kind of day would run into those of the next kind. */
static bool
other_ordinals(const JgSchedule *schedule, int kind)
{
	for (int other = 0; other < JG_DAY_KINDS; other++)
		if (other != kind && (schedule->nth[other].first != 0 || schedule->nth[other].last != 0))
			return true;
	return false;
}

/* All that counts days of one kind. What is before the end of the period is said so, but for the last one itself. */
static void
say_nth(Words *words, const JgSchedule *schedule, int kind, bool paced, int *items)
{
	JgNth nth = schedule->nth[kind];
	bool named = kind < JG_ANY_DAY;
	uint32_t last = named ? nth.last : nth.last & 1;
	int n = __builtin_popcount(nth.first) + __builtin_popcount(last);
	int i = 0;
	const char *period = period_names[schedule->period];
	bool plain = kind == JG_ANY_DAY && last == 0 && schedule->period == JG_MONTH && !other_ordinals(schedule, kind);

	if (n > 0)
	{
		next_item(words, items);
		say(words, "%s", plain ? "on the " : paced ? "on the " : "");
		say_ordinals(words, nth.first, &i, n, "");
		say_ordinals(words, last, &i, n, " last");
		if (!plain)
			say(words, " %s of %s", kind_name(kind, false), period);
	}
	for (int k = 2; k <= 31 && !named; k++)
		if (nth.last >> (k - 1) & 1)
		{
			next_item(words, items);
			say(words, "%s%d %s before %s end", paced ? "on " : "", k - 1, kind_name(kind, k > 2), period);
		}
}

static void
say_hash(Words *words, JgHash hash, int low, int high)
{
	say(words, "H");
	if (hash.low != low || hash.high != high)
		say(words, "(%d-%d)", hash.low, hash.high);
	if (hash.step > 0)
		say(words, "/%d", hash.step);
}

static void
say_date(Words *words, int32_t day)
{
	JgDate date = jg_civil_date(day);

	say(words, "%04d-%02d-%02d", date.year, date.month, date.day);
}

static void
say_each(Words *words, const JgSchedule *schedule, bool paced, int *items)
{
	const char *each = paced ? "on " : "every ";
	const char *many = paced ? "s" : "";

	if (schedule->weekdays != 0)
	{
		next_item(words, items);
		say(words, "%s", each);
		if (schedule->weekdays == JG_MONDAY_TO_FRIDAY)
			say(words, "weekday%s", many);
		else if (schedule->weekdays == (JG_ALL_WEEKDAYS & ~JG_MONDAY_TO_FRIDAY))
			say(words, "weekend%s", many);
		else if (schedule->weekdays == JG_ALL_WEEKDAYS)
			say(words, "day%s", many);
		else
			say_weekdays(words, schedule->weekdays);
	}
	if (schedule->working)
	{
		next_item(words, items);
		say(words, "%sworking day%s", each, many);
	}
	if (schedule->nonworking)
	{
		next_item(words, items);
		say(words, "%snon-working day%s", each, many);
	}
}

static void
say_days(Words *words, const JgSchedule *schedule, bool paced)
{
	int items = 0;
	int n;

	if (schedule->every_days > 0)
		say(words, "every %d days", schedule->every_days);
	else if (schedule->every_weeks > 0)
		say(words, "every %d weeks ", schedule->every_weeks);
	if (schedule->every_days == 0)
		say_each(words, schedule, paced || schedule->every_weeks > 0, &items);
	for (int kind = 0; kind < JG_DAY_KINDS; kind++)
		say_nth(words, schedule, (kind + JG_ANY_DAY) % JG_DAY_KINDS, paced, &items);
	if (schedule->nearest != 0)
	{
		int i = 0;

		next_item(words, &items);
		say(words, "%sweekday nearest the ", paced ? "on " : "");
		n = __builtin_popcount(schedule->nearest);
		say_ordinals(words, schedule->nearest, &i, n, "");
	}
	if (schedule->hash_day.on)
	{
		next_item(words, &items);
		say(words, "%sday ", paced ? "on " : "");
		say_hash(words, schedule->hash_day, 1, 28);
		say(words, " of month");
	}
	if (schedule->hash_weekday.on)
	{
		next_item(words, &items);
		say(words, "%sday ", paced ? "on " : "");
		say_hash(words, schedule->hash_weekday, 0, 6);
		say(words, " of week");
	}
	if (schedule->ndates > 0)
	{
		next_item(words, &items);
		say(words, "on ");
		for (int i = 0; i < schedule->ndates; i++)
		{
			say(words, "%s", between(i, schedule->ndates));
			say_date(words, schedule->dates[i]);
		}
	}
	if (schedule->if_weekdays == JG_MONDAY_TO_FRIDAY)
		say(words, " if weekday");
	else if (schedule->if_weekdays != JG_ALL_WEEKDAYS)
	{
		say(words, " if ");
		say_weekdays(words, schedule->if_weekdays);
	}
	if (schedule->if_working)
		say(words, " if working day");
	if (schedule->if_nonworking)
		say(words, " if non-working day");
}

static void
say_time(Words *words, int32_t time)
{
	say(words, "%02d:%02d", time / 3600, time / 60 % 60);
	if (time % 60 != 0)
		say(words, ":%02d", time % 60);
}

/* 0, 7 and 10-20/5: the longest runs of one step, from the smallest value on. */
static void
say_numbers(Words *words, const JgField *field, int high)
{
	uint64_t left = field->bits;
	int low = 0;

	if (field->hash.on)
	{
		say_hash(words, field->hash, low, high);
		return;
	}
	for (bool first = true; left != 0; first = false)
	{
		int from = __builtin_ctzll(left);
		uint64_t rest = left & (left - 1);
		int step = rest != 0 ? __builtin_ctzll(rest) - from : 0;
		int to = from;

		while (step > 0 && to + step <= high && (left >> (to + step) & 1))
			to += step;
		/* Two are no run; what lies between the members of one stays. */
		if (step == 0 || to == from + step)
			to = from;
		say(words, "%s%d", first ? "" : ", ", from);
		if (to > from)
			say(words, step > 1 ? "-%d/%d" : "-%d", to, step);
		for (int value = from; value <= to; value += step > 0 ? step : 1)
			left &= ~(UINT64_C(1) << value);
	}
}

static void
say_pace(Words *words, const JgSchedule *schedule)
{
	static const struct
	{
		int seconds;
		const char *name;
	} units[] = {{3600, "hour"}, {60, "minute"}, {1, "second"}};
	int unit = 0;
	int n;

	if (schedule->times == JG_TIMES_FIELDS)
	{
		say(words, "every hour");
		return;
	}
	while (schedule->step % units[unit].seconds != 0)
		unit++;
	n = schedule->step / units[unit].seconds;
	if (n == 1)
		say(words, "every %s", units[unit].name);
	else
		say(words, "every %d %ss", n, units[unit].name);
	if (schedule->last + schedule->step < JG_DAY_END)
	{
		say(words, " between ");
		say_time(words, schedule->first);
		say(words, " and ");
		say_time(words, schedule->last);
	}
	else if (schedule->first > 0)
	{
		say(words, " from ");
		say_time(words, schedule->first);
	}
}

static void
say_times(Words *words, const JgSchedule *schedule)
{
	if (schedule->times == JG_TIMES_LIST)
	{
		say(words, " at ");
		for (int i = 0; i < schedule->nlist; i++)
		{
			say(words, "%s", between(i, schedule->nlist));
			say_time(words, schedule->list[i]);
		}
	}
	if (schedule->times != JG_TIMES_FIELDS)
		return;
	say(words, " at minutes ");
	say_numbers(words, &schedule->minute, 59);
	if (schedule->second.bits != 1)
	{
		say(words, " and seconds ");
		say_numbers(words, &schedule->second, 59);
	}
	if (schedule->hour.bits != HOURS_ALL)
	{
		say(words, " in hours ");
		say_numbers(words, &schedule->hour, 23);
	}
}

bool
jg_schedule_words(const JgSchedule *schedule, char *text, size_t size)
{
	Words words = {text, size, false};
	bool only_pace = schedule->weekdays == JG_ALL_WEEKDAYS && schedule->every_weeks == 0 && schedule->every_days == 0 &&
					 schedule->if_weekdays == JG_ALL_WEEKDAYS && !schedule->if_working && !schedule->if_nonworking;

	if (size == 0)
		return false;
	text[0] = '\0';
	if (schedule->paced)
	{
		say_pace(&words, schedule);
		say_times(&words, schedule);
		if (!only_pace)
		{
			say(&words, " ");
			say_days(&words, schedule, true);
		}
	}
	else
	{
		say_days(&words, schedule, false);
		say_times(&words, schedule);
	}
	if (schedule->months != JG_ALL_MONTHS)
	{
		int n = __builtin_popcount(schedule->months);
		int i = 0;

		say(&words, " in ");
		for (int month = 0; month < 12; month++)
			if (schedule->months >> month & 1)
				say(&words, "%s%s", between(i++, n), month_names[month]);
	}
	if (schedule->every_days > 0 || schedule->every_weeks > 0)
	{
		say(&words, " starting ");
		say_date(&words, schedule->starting);
	}
	if (schedule->zone[0] != '\0')
		say(&words, " in %s", schedule->zone);
	return !words.full;
}
