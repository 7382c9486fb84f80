/*
 * Working days of a calendar.
 *
 * Whatever a calendar is made of (a week, holidays, other calendars), here it is flat: a bit for each day there is.
 */
#include "workdays.h"

#include <string.h>

#define WORDS ((JG_DAYS + 63) / 64)

static bool
known(int32_t day)
{
	return day >= 0 && day < JG_DAYS;
}

void
jg_workdays_init(JgWorkdays *workdays, uint8_t weekdays)
{
	memset(workdays, 0, sizeof(*workdays));
	for (int32_t day = 0; day < JG_DAYS; day++)
		jg_workdays_set(workdays, day, weekdays >> jg_civil_weekday(day) & 1);
}

void
jg_workdays_set(JgWorkdays *workdays, int32_t day, bool working)
{
	uint64_t bit = UINT64_C(1) << (day & 63);

	if (!known(day))
		return;
	if (working)
		workdays->bits[day / 64] |= bit;
	else
		workdays->bits[day / 64] &= ~bit;
}

void
jg_workdays_both(JgWorkdays *workdays, const JgWorkdays *other)
{
	for (int i = 0; i < WORDS; i++)
		workdays->bits[i] &= other->bits[i];
}

void
jg_workdays_either(JgWorkdays *workdays, const JgWorkdays *other)
{
	for (int i = 0; i < WORDS; i++)
		workdays->bits[i] |= other->bits[i];
}

bool
jg_workdays_equal(const JgWorkdays *a, const JgWorkdays *b)
{
	return a->nstarts == b->nstarts && memcmp(a->starts, b->starts, (size_t) a->nstarts * sizeof(a->starts[0])) == 0 &&
		   memcmp(a->bits, b->bits, sizeof(a->bits)) == 0 && memcmp(a->weeks, b->weeks, sizeof(a->weeks)) == 0;
}

bool
jg_workdays_on(const JgWorkdays *workdays, int32_t day)
{
	return known(day) && (workdays->bits[day / 64] >> (day & 63) & 1);
}

int
jg_workdays_count(const JgWorkdays *workdays, JgDays days)
{
	int count = 0;

	if (days.first < 0)
		days.first = 0;
	if (days.last >= JG_DAYS)
		days.last = JG_DAYS - 1;
	for (int32_t day = days.first; day <= days.last; day = (day | 63) + 1)
	{
		uint64_t word = workdays->bits[day / 64] >> (day & 63);

		if ((day | 63) > days.last)
			word &= (UINT64_C(2) << (days.last - day)) - 1;
		count += __builtin_popcountll(word);
	}
	return count;
}

int32_t
jg_workdays_near(const JgWorkdays *workdays, int32_t day, int step)
{
	for (day += step; known(day); day += step)
		if (jg_workdays_on(workdays, day))
			return day;
	return -1;
}

/* The part of a fiscal year, one of whose days this is, that has so many periods: 12, 3 or 1. */
static bool
fiscal_part(const JgWorkdays *workdays, int parts, int32_t day, JgDays *days)
{
	int year = 0;
	int32_t first;

	while (year < workdays->nstarts && workdays->starts[year] <= day)
		year++;
	if (year == 0 || year == workdays->nstarts)
		return false;
	first = workdays->starts[year - 1];
	days->last = workdays->starts[year] - 1;
	for (int period = 0; period < 12; period++)
	{
		int32_t next = first + 7 * workdays->weeks[period % 3];

		if (period % parts == 0)
			days->first = first;
		/* The end of the part that the day is in; the year's last part ends with the year. */
		if ((period + 1) % parts == 0 && period < 11 && day < next)
		{
			days->last = next - 1;
			return true;
		}
		first = next;
	}
	return true;
}

bool
jg_period_of(const JgWorkdays *workdays, JgPeriod period, int32_t day, JgDays *days)
{
	JgDate date;
	int months = period == JG_MONTH ? 1 : period == JG_QUARTER ? 3 : 12;
	int first;

	switch (period)
	{
		case JG_FISCAL_PERIOD:
			return fiscal_part(workdays, 1, day, days);
		case JG_FISCAL_QUARTER:
			return fiscal_part(workdays, 3, day, days);
		case JG_FISCAL_YEAR:
			return fiscal_part(workdays, 12, day, days);
		default:
			break;
	}
	date = jg_civil_date(day);
	first = (date.month - 1) / months * months + 1;
	days->first = jg_civil_day(date.year, first, 1);
	days->last = jg_civil_day(date.year, first + months - 1, jg_civil_month_length(date.year, first + months - 1));
	return true;
}
