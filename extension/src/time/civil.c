/*
 * Days of the Gregorian calendar as numbers.
 *
 * Years are counted from March, so that the day a leap year adds is the last of its year, and in eras of 400 years,
 * after which everything repeats.
 */
#include "civil.h"

#define ERA_YEARS 400
#define ERA_DAYS 146097
#define EPOCH_DAYS 719468 /* from 0000-03-01 to 1970-01-01 */

static bool
is_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

int32_t
jg_civil_day(int year, int month, int day)
{
	int shifted = month > 2 ? year : year - 1;
	int era = (shifted >= 0 ? shifted : shifted - (ERA_YEARS - 1)) / ERA_YEARS;
	int year_of_era = shifted - era * ERA_YEARS;
	int from_march = (month + 9) % 12;
	int day_of_year = (153 * from_march + 2) / 5 + day - 1;

	return era * ERA_DAYS + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - EPOCH_DAYS;
}

JgDate
jg_civil_date(int32_t day)
{
	int from_start = day + EPOCH_DAYS;
	int era = (from_start >= 0 ? from_start : from_start - (ERA_DAYS - 1)) / ERA_DAYS;
	int day_of_era = from_start - era * ERA_DAYS;
	int year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int from_march = (5 * day_of_year + 2) / 153;
	JgDate date;

	date.day = day_of_year - (153 * from_march + 2) / 5 + 1;
	date.month = from_march < 10 ? from_march + 3 : from_march - 9;
	date.year = era * ERA_YEARS + year_of_era + (date.month <= 2);
	return date;
}

int
jg_civil_weekday(int32_t day)
{
	int weekday = (day + 4) % 7; /* 1970-01-01 was a Thursday */

	return weekday < 0 ? weekday + 7 : weekday;
}

int
jg_civil_month_length(int year, int month)
{
	static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return month == 2 && is_leap(year) ? 29 : lengths[month - 1];
}

bool
jg_civil_exists(int year, int month, int day)
{
	return year >= JG_FIRST_YEAR && year <= JG_LAST_YEAR && month >= 1 && month <= 12 && day >= 1 &&
		   day <= jg_civil_month_length(year, month);
}
