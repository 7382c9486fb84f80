/*
 * The one form that a meaning has: whatever way a schedule is written, the same days and times make the same struct.
 */
#include <string.h>

#include "civil.h"
#include "schedule_match.h"
#include "schedule_parts.h"

#define ALL_MONTH_DAYS 0x7fffffffu

static int
count_bits(uint64_t bits)
{
	return __builtin_popcountll(bits);
}

static void
forget_times(JgSchedule *schedule)
{
	memset(&schedule->second, 0, sizeof(schedule->second));
	memset(&schedule->minute, 0, sizeof(schedule->minute));
	memset(&schedule->hour, 0, sizeof(schedule->hour));
}

/* All times of the fields, up to `most`; returns how many there are. */
static int
list_times(const JgSchedule *schedule, int most, int32_t *times)
{
	int n = 0;

	for (int32_t at = jg_schedule_time(schedule, 0); at >= 0; at = jg_schedule_time(schedule, at + 1))
	{
		if (n < most)
			times[n] = at;
		n++;
	}
	return n;
}

/* Fields whose times have all the same distance become a pace of that step. */
static bool
take_step(JgSchedule *schedule)
{
	int32_t first = jg_schedule_time(schedule, 0);
	int32_t next = jg_schedule_time(schedule, first + 1);
	int32_t step = next - first;
	int32_t at = next;

	for (; next >= 0; next = jg_schedule_time(schedule, at + 1))
	{
		if (next != at && next - at != step)
			return false;
		at = next;
	}
	schedule->times = JG_TIMES_STEP;
	schedule->first = first;
	schedule->last = at;
	schedule->step = step;
	return true;
}

void
jg_form_fields(JgSchedule *schedule)
{
	bool hashed = schedule->second.hash.on || schedule->minute.hash.on || schedule->hour.hash.on;
	int n = count_bits(schedule->second.bits) * count_bits(schedule->minute.bits) * count_bits(schedule->hour.bits);

	schedule->times = JG_TIMES_FIELDS;
	if (hashed)
		return;
	if (n == 1)
		schedule->paced = false;
	if (schedule->paced)
	{
		if (take_step(schedule))
			forget_times(schedule);
	}
	else if (n <= JG_SCHEDULE_TIMES)
	{
		schedule->nlist = (uint8_t) list_times(schedule, JG_SCHEDULE_TIMES, schedule->list);
		schedule->times = JG_TIMES_LIST;
		forget_times(schedule);
	}
}

void
jg_form_step(JgSchedule *schedule, int first, int last, int step)
{
	if (last > JG_DAY_END - 1)
		last = JG_DAY_END - 1;
	if (first + step > last)
	{
		schedule->times = JG_TIMES_LIST;
		schedule->paced = false;
		schedule->nlist = 1;
		schedule->list[0] = first;
		schedule->first = schedule->last = schedule->step = 0;
		return;
	}
	schedule->times = JG_TIMES_STEP;
	schedule->paced = true;
	schedule->first = first;
	schedule->last = first + (last - first) / step * step;
	schedule->step = step;
}

static bool
has_ordinals(const JgSchedule *schedule)
{
	for (int kind = 0; kind < JG_DAY_KINDS; kind++)
		if (schedule->nth[kind].first != 0 || schedule->nth[kind].last != 0)
			return true;
	return false;
}

/* Each day fits: what else there is says nothing. */
static void
take_every_day(JgSchedule *schedule)
{
	schedule->weekdays = JG_ALL_WEEKDAYS;
	schedule->working = schedule->nonworking = false;
	memset(schedule->nth, 0, sizeof(schedule->nth));
	schedule->nearest = 0;
	memset(&schedule->hash_day, 0, sizeof(schedule->hash_day));
	memset(&schedule->hash_weekday, 0, sizeof(schedule->hash_weekday));
	memset(schedule->dates, 0, sizeof(schedule->dates));
	schedule->ndates = 0;
}

/* "Every day if ..." is each of those days. */
static void
take_filter(JgSchedule *schedule)
{
	if (schedule->if_weekdays != JG_ALL_WEEKDAYS)
	{
		schedule->weekdays = schedule->if_weekdays;
		schedule->if_weekdays = JG_ALL_WEEKDAYS;
	}
	else if (schedule->if_working != schedule->if_nonworking)
	{
		schedule->weekdays = 0;
		schedule->working = schedule->if_working;
		schedule->nonworking = schedule->if_nonworking;
		schedule->if_working = schedule->if_nonworking = false;
	}
}

static bool
may_be(const JgSchedule *schedule)
{
	uint32_t days = schedule->nth[JG_ANY_DAY].first | schedule->nearest;
	JgSchedule others = *schedule;

	if (schedule->months == 0 || schedule->if_weekdays == 0 || (schedule->if_working && schedule->if_nonworking))
		return false;
	others.nth[JG_ANY_DAY].first = 0;
	if (days == 0 || schedule->period != JG_MONTH || has_ordinals(&others) || schedule->weekdays != 0 ||
		schedule->working || schedule->nonworking || schedule->hash_day.on || schedule->hash_weekday.on ||
		schedule->ndates > 0)
		return true;
	for (int month = 1; month <= 12; month++)
		if (schedule->months >> (month - 1) & 1)
		{
			int length = jg_civil_month_length(2000, month);

			if (days & ((UINT32_C(1) << (length - 1) << 1) - 1))
				return true;
		}
	return false;
}

bool
jg_form_days(JgSchedule *schedule)
{
	bool counted = schedule->every_days > 0 || schedule->every_weeks > 0;

	/* H without bounds: days that each month has, and weekdays that cron counts twice. */
	if (schedule->hash_day.on && schedule->hash_day.low == 1 && schedule->hash_day.high == 31)
		schedule->hash_day.high = 28;
	if (schedule->hash_weekday.on && schedule->hash_weekday.high == 7)
		schedule->hash_weekday.high = 6;
	if (schedule->weekdays == JG_ALL_WEEKDAYS || (schedule->working && schedule->nonworking) ||
		(schedule->period == JG_MONTH && schedule->nth[JG_ANY_DAY].first == ALL_MONTH_DAYS))
		take_every_day(schedule);
	if (schedule->weekdays == JG_ALL_WEEKDAYS && !counted)
		take_filter(schedule);
	if (!has_ordinals(schedule))
		schedule->period = JG_MONTH;
	return may_be(schedule);
}
