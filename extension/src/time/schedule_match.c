/*
 * Which days fit a schedule, and which seconds of such a day.
 *
 * Each day is judged for itself, by what it is: nothing is enumerated, so that no list can run out.
 */
#include "schedule_match.h"

#include <assert.h>

static bool
has(uint32_t ordinals, int n)
{
	return n >= 1 && n <= 32 && (ordinals >> (n - 1) & 1);
}

/* Mondays to Fridays from 1970-01-01, a Thursday, to the day, which is included. */
static int
weekdays_until(int32_t day)
{
	int32_t from_monday = day + 3; /* since 1969-12-29 */
	int of_week = from_monday % 7 + 1;

	return from_monday / 7 * 5 + (of_week > 5 ? 5 : of_week) - 3;
}

static int
count(const JgWorkdays *workdays, JgDayKind kind, JgDays days)
{
	switch (kind)
	{
		case JG_ANY_DAY:
			return days.last - days.first + 1;
		case JG_WEEKDAY:
			return weekdays_until(days.last) - (days.first > 0 ? weekdays_until(days.first - 1) : 0);
		case JG_WORKING_DAY:
			return jg_workdays_count(workdays, days);
		default:
			/* One of its own kind is the first or the last of the days. */
			return (days.last - days.first) / 7 + 1;
	}
}

static bool
is_kind(const JgWorkdays *workdays, JgDayKind kind, int32_t day)
{
	int weekday = jg_civil_weekday(day);

	switch (kind)
	{
		case JG_ANY_DAY:
			return true;
		case JG_WEEKDAY:
			return JG_MONDAY_TO_FRIDAY >> weekday & 1;
		case JG_WORKING_DAY:
			return jg_workdays_on(workdays, day);
		default:
			return weekday == (int) kind;
	}
}

static bool
fits_nth(const JgSchedule *schedule, const JgWorkdays *workdays, int32_t day)
{
	JgDays period;
	bool found = false;

	for (int kind = 0; kind < JG_DAY_KINDS; kind++)
	{
		const JgNth *nth = &schedule->nth[kind];

		if (nth->first == 0 && nth->last == 0)
			continue;
		if (!found && !jg_period_of(workdays, schedule->period, day, &period))
			return false;
		found = true;
		if (!is_kind(workdays, (JgDayKind) kind, day))
			continue;
		if (nth->first != 0 && has(nth->first, count(workdays, (JgDayKind) kind, (JgDays){period.first, day})))
			return true;
		if (nth->last != 0 && has(nth->last, count(workdays, (JgDayKind) kind, (JgDays){day, period.last})))
			return true;
	}
	return false;
}

/* The days of the month that have this one, a Monday to Friday, as the nearest in the month. */
static bool
fits_nearest(uint32_t days, int32_t day)
{
	JgDate date = jg_civil_date(day);
	int weekday = jg_civil_weekday(day);
	int length = jg_civil_month_length(date.year, date.month);
	int friday = 5;
	int monday = 1;

	if (!(JG_MONDAY_TO_FRIDAY >> weekday & 1))
		return false;
	if (has(days, date.day))
		return true;
	if (weekday == friday)
		return (date.day + 1 <= length && has(days, date.day + 1)) ||
			   (date.day + 2 == length && has(days, date.day + 2));
	if (weekday == monday)
		return has(days, date.day - 1) || (date.day == 3 && has(days, 1));
	return false;
}

static bool
fits_date(const JgSchedule *schedule, int32_t day)
{
	for (int i = 0; i < schedule->ndates; i++)
		if (schedule->dates[i] == day)
			return true;
	return false;
}

/* Weeks begin on Monday; 1970-01-01 was a Thursday. */
static int32_t
week_of(int32_t day)
{
	return (day + 3) / 7;
}

static bool
passes(const JgSchedule *schedule, const JgWorkdays *workdays, int32_t day)
{
	if (schedule->months != JG_ALL_MONTHS && !(schedule->months >> (jg_civil_date(day).month - 1) & 1))
		return false;
	if (!(schedule->if_weekdays >> jg_civil_weekday(day) & 1))
		return false;
	if (schedule->if_working && !jg_workdays_on(workdays, day))
		return false;
	if (schedule->if_nonworking && jg_workdays_on(workdays, day))
		return false;
	if (schedule->every_days > 0 || schedule->every_weeks > 0)
	{
		if (day < schedule->starting)
			return false;
		if (schedule->every_days > 0 && (day - schedule->starting) % schedule->every_days != 0)
			return false;
		if (schedule->every_weeks > 0 && (week_of(day) - week_of(schedule->starting)) % schedule->every_weeks != 0)
			return false;
	}
	return true;
}

bool
jg_schedule_on(const JgSchedule *schedule, const JgWorkdays *workdays, int32_t day)
{
	assert(!schedule->hash_day.on && !schedule->hash_weekday.on);
	if (day < 0 || day >= JG_DAYS || !passes(schedule, workdays, day))
		return false;
	return (schedule->weekdays >> jg_civil_weekday(day) & 1) || (schedule->working && jg_workdays_on(workdays, day)) ||
		   (schedule->nonworking && !jg_workdays_on(workdays, day)) || fits_nth(schedule, workdays, day) ||
		   (schedule->nearest != 0 && fits_nearest(schedule->nearest, day)) || fits_date(schedule, day);
}

int32_t
jg_schedule_last_day(const JgSchedule *schedule)
{
	if (schedule->ndates == 0 || schedule->weekdays != 0 || schedule->working || schedule->nonworking ||
		schedule->nearest != 0)
		return JG_DAYS - 1;
	for (int kind = 0; kind < JG_DAY_KINDS; kind++)
		if (schedule->nth[kind].first != 0 || schedule->nth[kind].last != 0)
			return JG_DAYS - 1;
	return schedule->dates[schedule->ndates - 1];
}

/* The first value of the field from that one on; -1: there is none. */
static int
next_value(const JgField *field, int from)
{
	uint64_t rest = from > 63 ? 0 : field->bits >> from << from;

	return rest == 0 ? -1 : __builtin_ctzll(rest);
}

static int32_t
next_of_fields(const JgSchedule *schedule, int32_t from)
{
	int hour = from / 3600;
	int minute = from / 60 % 60;
	int second = from % 60;

	for (int h = next_value(&schedule->hour, hour); h >= 0; h = next_value(&schedule->hour, h + 1))
	{
		if (h > hour)
			minute = second = 0;
		for (int m = next_value(&schedule->minute, minute); m >= 0; m = next_value(&schedule->minute, m + 1))
		{
			int s = next_value(&schedule->second, m > minute || h > hour ? 0 : second);

			if (s >= 0)
				return (h * 60 + m) * 60 + s;
		}
	}
	return -1;
}

int32_t
jg_schedule_time(const JgSchedule *schedule, int32_t from)
{
	switch (schedule->times)
	{
		case JG_TIMES_LIST:
			for (int i = 0; i < schedule->nlist; i++)
				if (schedule->list[i] >= from)
					return schedule->list[i];
			return -1;
		case JG_TIMES_STEP:
			if (from <= schedule->first)
				return schedule->first;
			if (from > schedule->last)
				return -1;
			return schedule->first + (from - schedule->first + schedule->step - 1) / schedule->step * schedule->step;
		case JG_TIMES_FIELDS:
			return next_of_fields(schedule, from);
	}
	return -1;
}
