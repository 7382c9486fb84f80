/*
 * Days as numbers, against the C library: its timegm() and gmtime_r() know the same calendar.
 */
#include "../../extension/src/time/civil.h"

#include <time.h>

#include "tap.h"

static int64_t
library_day(int year, int month, int day)
{
	struct tm tm = {.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day};

	return timegm(&tm) / JG_DAY_SECONDS;
}

static int
wrong_days(int32_t from, int32_t until)
{
	int wrong = 0;

	for (int32_t day = from; day < until; day++)
	{
		time_t moment = (time_t) day * JG_DAY_SECONDS;
		JgDate date = jg_civil_date(day);
		struct tm tm;

		gmtime_r(&moment, &tm);
		wrong += date.year != tm.tm_year + 1900 || date.month != tm.tm_mon + 1 || date.day != tm.tm_mday ||
				 jg_civil_weekday(day) != tm.tm_wday || jg_civil_day(date.year, date.month, date.day) != day;
	}
	return wrong;
}

static int
wrong_lengths(int first, int last)
{
	int wrong = 0;

	for (int year = first; year <= last; year++)
	{
		for (int month = 1; month <= 12; month++)
			wrong +=
				jg_civil_month_length(year, month) != library_day(year, month + 1, 1) - library_day(year, month, 1);
	}
	return wrong;
}

/* What the library turns into another date does not exist. */
static int
wrong_existences(void)
{
	int wrong = 0;

	for (int year = JG_FIRST_YEAR; year <= JG_LAST_YEAR; year++)
	{
		for (int month = -1; month <= 14; month++)
		{
			for (int day = -1; day <= 33; day++)
			{
				struct tm tm = {.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day};

				timegm(&tm);
				wrong += jg_civil_exists(year, month, day) !=
						 (tm.tm_year == year - 1900 && tm.tm_mon == month - 1 && tm.tm_mday == day);
			}
		}
	}
	return wrong;
}

int
main(void)
{
	ok(wrong_days(0, JG_DAYS) == 0, "each day from 1970 to 2199");
	ok(jg_civil_day(JG_FIRST_YEAR, 1, 1) == 0 && jg_civil_day(JG_LAST_YEAR, 12, 31) == JG_DAYS - 1,
	   "which are as many as it says");
	ok(wrong_days(-1100000, 0) == 0 && wrong_days(JG_DAYS, 160000) == 0, "and each before and after, across year 0");
	ok(wrong_lengths(1600, 2400) == 0, "lengths of months");
	ok(wrong_existences() == 0, "dates that exist and dates that do not");
	ok(!jg_civil_exists(JG_FIRST_YEAR - 1, 12, 31) && !jg_civil_exists(JG_LAST_YEAR + 1, 1, 1),
	   "none exists outside of the years that schedules know");
	return done_testing();
}
