/*
 * When schedules fire, written down: around the leaps of clocks, on days that not every month or year has, and around
 * holidays.
 */
#include <stdlib.h>
#include <string.h>

#include "../../extension/src/time/civil.h"
#include "../../extension/src/time/fire.h"
#include "tap.h"
#include "zones.h"

static JgWorkdays workdays;

typedef struct Golden
{
	const char *schedule;
	const char *zone;
	JgWhenSkips skips;
	JgWhenRepeats repeats;
	const char *after; /* UTC */
	const char *fires; /* UTC, as many as there are here */
} Golden;

static const Golden goldens[] = {
	/* London, 29 March 2026: 01:00 becomes 02:00 */
	{"at 01:30", "Europe/London", 0, 0, "2026-03-28 12:00", "2026-03-29 01:00 2026-03-30 00:30"},
	{"at 01:30", "Europe/London", JG_SKIPS_SKIP, 0, "2026-03-28 12:00", "2026-03-30 00:30"},
	{"at 01:05, 01:45", "Europe/London", JG_SKIPS_AUTOSYS, 0, "2026-03-28 12:00",
	 "2026-03-29 01:00:05 2026-03-30 00:05"},
	{"at 01:45", "Europe/London", JG_SKIPS_AUTOSYS, 0, "2026-03-28 12:00", "2026-03-29 01:00:45"},
	{"at 01:30, 02:00", "Europe/London", 0, 0, "2026-03-28 12:00", "2026-03-29 01:00 2026-03-30 00:30"},
	{"every 30 minutes", "Europe/London", 0, 0, "2026-03-29 00:00",
	 "2026-03-29 00:30 2026-03-29 01:00 2026-03-29 01:30"},
	{"*/30 * * * *", "Europe/London", 0, 0, "2026-03-29 00:00", "2026-03-29 00:30 2026-03-29 01:00 2026-03-29 01:30"},
	/* and 25 October: 02:00 becomes 01:00 */
	{"at 01:30", "Europe/London", 0, 0, "2026-10-24 12:00", "2026-10-25 00:30 2026-10-26 01:30"},
	{"at 01:30", "Europe/London", 0, JG_REPEATS_SECOND, "2026-10-24 12:00", "2026-10-25 01:30 2026-10-26 01:30"},
	{"at 01:30", "Europe/London", 0, JG_REPEATS_BOTH, "2026-10-24 12:00",
	 "2026-10-25 00:30 2026-10-25 01:30 2026-10-26 01:30"},
	{"at 01:30", "Europe/London", 0, JG_REPEATS_AUTOSYS, "2026-10-24 12:00", "2026-10-25 01:30"},
	{"every 30 minutes", "Europe/London", 0, 0, "2026-10-25 00:00",
	 "2026-10-25 00:30 2026-10-25 01:00 2026-10-25 01:30 2026-10-25 02:00"},
	{"every 30 minutes", "Europe/London", 0, JG_REPEATS_FIRST, "2026-10-25 00:00", "2026-10-25 00:30 2026-10-25 02:00"},
	/* New York, where AutoSys' rules come from: 02:05 runs at 03:00:05 */
	{"at 02:05, 02:45", "America/New_York", JG_SKIPS_AUTOSYS, JG_REPEATS_AUTOSYS, "2026-03-08 00:00",
	 "2026-03-08 07:00:05 2026-03-09 06:05"},
	{"at 01:15", "America/New_York", JG_SKIPS_AUTOSYS, JG_REPEATS_AUTOSYS, "2026-11-01 00:00", "2026-11-01 06:15"},
	/* Lord Howe leaps by half an hour */
	{"at 02:15", "Australia/Lord_Howe", 0, 0, "2026-10-03 00:00", "2026-10-03 15:30 2026-10-04 15:15"},
	{"at 01:45", "Australia/Lord_Howe", 0, JG_REPEATS_BOTH, "2026-04-04 00:00",
	 "2026-04-04 14:45 2026-04-04 15:15 2026-04-05 15:15"},
	/* Casablanca leaves its time for Ramadan */
	{"at 02:30", "Africa/Casablanca", 0, JG_REPEATS_BOTH, "2026-02-14 12:00",
	 "2026-02-15 01:30 2026-02-15 02:30 2026-02-16 02:30"},
	{"at 02:30", "Africa/Casablanca", 0, 0, "2026-03-21 12:00", "2026-03-22 02:00 2026-03-23 01:30"},
	/* Apia had no 30 December 2011 */
	{"at 12:00", "Pacific/Apia", 0, 0, "2011-12-29 12:00", "2011-12-29 22:00 2011-12-30 10:00 2011-12-30 22:00"},
	{"at 12:00", "Pacific/Apia", JG_SKIPS_SKIP, 0, "2011-12-29 12:00", "2011-12-29 22:00 2011-12-30 22:00"},
	/* Troll leaps by two hours, Kathmandu once by a quarter */
	{"at 02:30", "Antarctica/Troll", 0, 0, "2026-03-28 12:00", "2026-03-29 01:00 2026-03-30 00:30"},
	{"at 00:10", "Asia/Kathmandu", 0, 0, "1985-12-31 12:00", "1985-12-31 18:30 1986-01-01 18:25"},
	{"at 02:45", "America/Caracas", 0, JG_REPEATS_BOTH, "2007-12-09 00:00", "2007-12-09 06:45 2007-12-09 07:15"},
	{"at 00:30", "America/Sao_Paulo", 0, 0, "2018-11-03 12:00", "2018-11-04 03:00 2018-11-05 02:30"},
	{"at 01:30", "Europe/Dublin", 0, 0, "2026-03-28 12:00", "2026-03-29 01:00"},
	{"at 02:30", "Europe/Zurich", 0, 0, "2099-03-28 12:00", "2099-03-29 01:00 2099-03-30 00:30"},
	/* Days that are not in every month or year */
	{"on the 29th in feb", "UTC", 0, 0, "2096-01-01 00:00", "2096-02-29 00:00 2104-02-29 00:00"},
	{"on the 31st", "UTC", 0, 0, "2026-01-31 00:00", "2026-03-31 00:00 2026-05-31 00:00 2026-07-31 00:00"},
	{"0 0 13 * fri", "UTC", 0, 0, "2026-03-07 00:00", "2026-03-13 00:00 2026-03-20 00:00"},
	{"on the 13th if fri", "UTC", 0, 0, "2026-03-14 00:00", "2026-11-13 00:00 2027-08-13 00:00"},
	{"last day of month", "UTC", 0, 0, "2038-01-18 00:00", "2038-01-31 00:00 2038-02-28 00:00"},
	{"5th fri of month", "UTC", 0, 0, "2026-01-01 00:00", "2026-01-30 00:00 2026-05-29 00:00"},
	{"every 2 weeks on fri starting 2026-01-02", "UTC", 0, 0, "2026-01-01 00:00",
	 "2026-01-02 00:00 2026-01-16 00:00 2026-01-30 00:00"},
	{"every 10 days starting 2026-02-25", "UTC", 0, 0, "2026-01-01 00:00", "2026-02-25 00:00 2026-03-07 00:00"},
	{"on 2026-12-24 and 2026-12-31 at 18:00", "UTC", 0, 0, "2026-01-01 00:00", "2026-12-24 18:00 2026-12-31 18:00"},
	{"last day of year at 23:59:59", "UTC", 0, 0, "2199-01-01 00:00", "2199-12-31 23:59:59"},
};

/* Around Christmas of 2026, where 25 December is a Friday and the Monday after it is a holiday as well. */
typedef struct Holiday
{
	const char *schedule;
	JgWhenHoliday when;
	const char *fires; /* after 23 December, in UTC */
} Holiday;

static const Holiday holidays[] = {
	{"every weekday", JG_HOLIDAY_SKIP, "2026-12-24 00:00 2026-12-29 00:00"},
	{"on the 25th", JG_HOLIDAY_SKIP, "2027-01-25 00:00"},
	{"on the 25th", JG_HOLIDAY_RUN_BEFORE, "2026-12-24 00:00 2027-01-25 00:00"},
	{"on the 25th", JG_HOLIDAY_RUN_AFTER, "2026-12-29 00:00 2027-01-25 00:00"},
	{"every non-working day", JG_HOLIDAY_SKIP,
	 "2026-12-25 00:00 2026-12-26 00:00 2026-12-27 00:00 2026-12-28 00:00 2027-01-01 00:00"},
	{"every non-working day", JG_HOLIDAY_RUN_ANYWAY, "2026-12-25 00:00 2026-12-26 00:00"},
	{"every non-working day", JG_HOLIDAY_RUN_BEFORE, "2026-12-24 00:00 2026-12-31 00:00 2027-01-08 00:00"},
	{"every non-working day", JG_HOLIDAY_RUN_AFTER, "2026-12-29 00:00 2027-01-04 00:00"},
	{"every non-working day, on the 24th and on the 25th", JG_HOLIDAY_SKIP,
	 "2026-12-24 00:00 2026-12-25 00:00 2026-12-26 00:00"},
	{"on the 25th if non-working day", JG_HOLIDAY_SKIP, "2026-12-25 00:00 2027-04-25 00:00"},
	{"on the 24th if non-working day", JG_HOLIDAY_SKIP, "2027-01-24 00:00"},
};

static bool
fires_at(const JgFireRule *rule, int64_t after, const char *fires)
{
	JgFire fire = {.at = after};

	while (*fires != '\0')
	{
		char moment[20];
		size_t length = 11 + strcspn(fires + 11, " ");

		snprintf(moment, sizeof(moment), "%.*s", (int) length, fires);
		if (!jg_fire_next(rule, fire.at, &fire) || fire.at != zones_moment(moment))
		{
			printf("# %lld, not %s\n", (long long) fire.at, moment);
			return false;
		}
		fires += length + (fires[length] == ' ');
	}
	return true;
}

static void
check_golden(const Golden *golden)
{
	JgSchedule schedule;
	JgScheduleError error;
	const JgZone *zone = zones_named(golden->zone);
	JgFireRule rule = {.schedule = &schedule,
					   .zone = zone,
					   .workdays = &workdays,
					   .when_clock_skips = golden->skips,
					   .when_clock_repeats = golden->repeats};

	ok(jg_schedule_parse(golden->schedule, &schedule, &error) &&
		   fires_at(&rule, zones_moment(golden->after), golden->fires),
	   "%s in %s after %s: %s", golden->schedule, golden->zone, golden->after, golden->fires);
	free((void *) zone);
}

static void
check_holidays(void)
{
	JgSchedule schedule;
	JgScheduleError error;
	const JgZone *zone = zones_named("UTC");
	JgFireRule rule = {.schedule = &schedule, .zone = zone, .workdays = &workdays};

	jg_workdays_set(&workdays, jg_civil_day(2026, 12, 25), false);
	jg_workdays_set(&workdays, jg_civil_day(2026, 12, 28), false);
	jg_workdays_set(&workdays, jg_civil_day(2027, 1, 1), false);
	for (size_t i = 0; i < sizeof(holidays) / sizeof(holidays[0]); i++)
	{
		rule.when_holiday = holidays[i].when;
		ok(jg_schedule_parse(holidays[i].schedule, &schedule, &error) &&
			   fires_at(&rule, zones_moment("2026-12-23 12:00"), holidays[i].fires),
		   "%s, when_holiday %d: %s", holidays[i].schedule, holidays[i].when, holidays[i].fires);
	}
	free((void *) zone);
}

static void
check_ends(void)
{
	JgSchedule schedule;
	JgScheduleError error;
	const JgZone *zone = zones_named("Europe/London");
	JgFireRule rule = {.schedule = &schedule, .zone = zone, .workdays = &workdays};
	JgFire fire;

	jg_schedule_parse("at 01:30", &schedule, &error);
	ok(jg_fire_next(&rule, 1774700000, &fire) && fire.clock_skips && !fire.clock_repeats && fire.time == 5400 &&
		   fire.offset == 3600,
	   "a fire knows that the clock skips the time it was meant for");
	ok(jg_fire_next(&rule, 1792850000, &fire) && fire.clock_repeats && !fire.clock_skips, "or that it comes twice");
	ok(jg_fire_next(&rule, 1790000000, &fire) && !fire.clock_repeats && !fire.clock_skips, "or neither");
	jg_schedule_parse("on 2026-12-24", &schedule, &error);
	ok(!jg_fire_next(&rule, 1900000000, &fire), "a date that is over fires no more");
	jg_schedule_parse("every second", &schedule, &error);
	ok(!jg_fire_next(&rule, INT64_MAX, &fire) && !jg_fire_next(&rule, INT64_MAX - 1, &fire),
	   "nothing fires at the end of time");
	ok(jg_fire_next(&rule, INT64_MIN, &fire) && fire.at < 0 + 86400, "and all of it at the beginning");
	free((void *) zone);
}

int
main(void)
{
	jg_workdays_init(&workdays, JG_MONDAY_TO_FRIDAY);
	for (size_t i = 0; i < sizeof(goldens) / sizeof(goldens[0]); i++)
		check_golden(&goldens[i]);
	check_ends();
	check_holidays();
	return done_testing();
}
