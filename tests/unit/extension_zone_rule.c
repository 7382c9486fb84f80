/*
 * Rules in footers: every form of them, what is refused, where they begin, and random ones against the C library, which
 * reads them from TZ by code of its own.
 */
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "tap.h"
#include "zones.h"

#define HOUR 3600
#define YEAR_1972 INT64_C(63072000) /* before 1970 the library follows no rule */
#define YEAR_2100 INT64_C(4102444800)

static const char *why;

static const JgZone *
zone_of_footer(const char *footer)
{
	return zones_make(&(ZoneFile){.version = '3', .ntypes = 1, .footer = footer}, &why);
}

static const struct
{
	const char *footer;
	const char *since; /* UTC */
	const char *until;
	int before;
	int offset;
} rules[] = {
	{"EST5EDT,M3.2.0,M11.1.0", "2050-03-13 07:00", "2050-11-06 06:00", -5 * HOUR, -4 * HOUR},
	{"IST-1GMT0,M10.5.0,M3.5.0/1", "2050-03-27 01:00", "2050-10-30 01:00", 0, HOUR},
	{"<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", "2049-10-02 15:30", "2050-04-02 15:00", 21 * HOUR / 2, 11 * HOUR},
	{"EET-2EEST,M3.4.4/50,M10.4.4/50", "2050-03-26 00:00", "2050-10-28 23:00", 2 * HOUR, 3 * HOUR},
	{"<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2050-03-27 01:00", "2050-10-30 01:00", -2 * HOUR, -HOUR},
	{"AAA0BBB,J60/0,300/0", "2052-03-01 00:00", "2052-10-26 23:00", 0, HOUR},
	{"AAA0BBB,J59/24,J365/24", "2052-02-29 00:00", "2052-12-31 23:00", 0, HOUR},
	{"AAA0BBB,59/0,J70/0", "2052-02-29 00:00", "2052-03-10 23:00", 0, HOUR},
	{"AAA0BBB,J360/160,J365/167", "2050-01-06 22:00", "2051-01-01 16:00", HOUR, 0},
	{"AAA0BBB,0/-160,J5/-167", "2049-12-29 00:00", "2050-12-25 08:00", HOUR, 0},
	{"AAA+0BBB-2:30:20,M6.1.1/-167:59:40,M9.1.6/+167", "2050-05-30 00:00:20", "2050-09-09 20:29:40", 0, 9020},
};

static void
check_rules(void)
{
	static const char *const fixed[] = {"ABC-1", "EST2EDT,0/0,J365/25", "XXX-2<+01>-1,0/0,J365/23",
										"AAA-1BBB-1,M3.5.0,M10.5.0"};

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
	{
		const JgZone *zone = zone_of_footer(rules[i].footer);
		int64_t since = zones_moment(rules[i].since);
		int64_t until = zones_moment(rules[i].until);

		ok(zone != NULL && zones_span_is(zone, since, since, until, rules[i].offset) &&
			   zones_span_is(zone, until - 1, since, until, rules[i].offset) &&
			   jg_zone_span(zone, since - 1).offset == rules[i].before,
		   "%s", rules[i].footer);
		free((void *) zone);
	}
	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
	{
		const JgZone *zone = zone_of_footer(fixed[i]);

		ok(zone != NULL && zones_span_is(zone, 0, INT64_MIN, INT64_MAX, i == 1 ? -HOUR : HOUR), "%s never changes",
		   fixed[i]);
		free((void *) zone);
	}
}

/* From the last change on the rule holds, be that change one of the rule's or not. */
static void
check_rule_after_changes(void)
{
	int64_t spring = zones_moment("2050-03-13 07:00");
	int64_t autumn = zones_moment("2050-11-06 06:00");
	ZoneFile file = {.version = '2',
					 .ntypes = 3,
					 .offsets = {-5 * HOUR, -4 * HOUR, HOUR},
					 .nchanges = 1,
					 .changes = {{spring, 1}},
					 .footer = "EST5EDT,M3.2.0,M11.1.0"};
	const JgZone *zone = zones_make(&file, &why);

	ok(zone != NULL && zones_span_is(zone, 0, INT64_MIN, spring, -5 * HOUR) &&
		   zones_span_is(zone, spring, spring, autumn, -4 * HOUR) && jg_zone_span(zone, autumn).offset == -5 * HOUR,
	   "the last change is one of the rule's");
	free((void *) zone);
	file.changes[0] = (ZoneChange){spring + 5, 0};
	file.offsets[0] = -4 * HOUR;
	zone = zones_make(&file, &why);
	ok(zone != NULL && zones_span_is(zone, 0, INT64_MIN, autumn, -4 * HOUR), "the rule begins where nothing changes");
	free((void *) zone);
	file.changes[0].type = 2;
	zone = zones_make(&file, &why);
	ok(zone != NULL && zones_span_is(zone, 0, INT64_MIN, autumn, -4 * HOUR),
	   "and counts more than the last change's type");
	free((void *) zone);
	zone = zone_of_footer("EST5EDT,M3.2.0,M11.1.0");
	ok(zone != NULL && jg_zone_span(zone, INT64_MIN).since == INT64_MIN &&
		   jg_zone_span(zone, INT64_MAX).until == INT64_MAX && zones_span_is(zone, spring, spring, autumn, -4 * HOUR),
	   "a rule without changes has always held");
	free((void *) zone);
}

static void
check_bad_footers(void)
{
	/* clang-format off */
	static const char *const bad[] = {
		"A0", "AB0", "ABC", "0", "ABC25", "ABC1:60", "ABC1:", "ABC1:00:60", "ABC--1", "ABC0 ", " ABC0",
		"<AB>0", "<ABC0", "<A_C>0", "A1C0", "ABC0,", "ABC0D", "ABC0DEF,", "ABC0DEF,M3.5.0", "ABC0DEF,M3.5.0,",
		"ABC0DEF25,J60,J300", "ABC0DEF,M3.5.0,M10.5.0,", "ABC0DEF,M0.5.0,M10.5.0", "ABC0DEF,M13.5.0,M10.5.0",
		"ABC0DEF,M3.0.0,M10.5.0", "ABC0DEF,M3.6.0,M10.5.0", "ABC0DEF,M3.5.7,M10.5.0", "ABC0DEF,M3.5,M10.5.0",
		"ABC0DEF,J0,J300", "ABC0DEF,J60,J366", "ABC0DEF,60,366", "ABC0DEF,-1,300", "ABC0DEF,J60/168,J300",
		"ABC0DEF,J60/-168,J300", "ABC0DEF,J60/,J300", "ABC0DEF,J60/2:60,J300",
		"ABC0DEF,J99999999999999999999,J300", "ABC0DEF0,M3.5.0", "ABC0,J60,J300",
	};
	/* clang-format on */
	static const char *const overlapping[] = {"ABC0DEF,M3.5.0/2,M3.5.0/3", "ABC0DEF,J1/0,J365/30", "ABC0DEF,0/0,365/1"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(zone_of_footer(bad[i]) == NULL && strstr(why, "not a rule") != NULL, "no rule: %s", bad[i]);
	for (size_t i = 0; i < sizeof(overlapping) / sizeof(overlapping[0]); i++)
		ok(zone_of_footer(overlapping[i]) == NULL && strstr(why, "overlap") != NULL, "overlaps: %s", overlapping[i]);
	ok(zone_of_footer("ABC0DEF") == NULL && strstr(why, "begins and ends") != NULL, "no days for daylight saving time");
}

/* ---- against the C library ---- */

/* Of any form, in the given days of the year, which are far from its turn: there the library errs. */
static char *
random_change(int first, int last)
{
	static const int hours[] = {-167, -25, -1, 0, 1, 2, 3, 24, 50, 167};
	int day = first + (int) (random() % (last - first));
	int hour = hours[random() % 10];
	int minute = (int) (random() % 60);

	switch (random() % 3)
	{
		case 0:
			return mem_printf("J%d/%d:%02d", day, hour, minute);
		case 1:
			return mem_printf("%d/%d:%02d:07", day, hour, minute);
		default:
			return mem_printf("M%d.%d.%d/%d", 1 + day / 31, 1 + (int) (random() % 5), (int) (random() % 7), hour);
	}
}

static char *
random_footer(void)
{
	static const int savings[] = {-60, -20, 30, 60, 120};
	int standard = (int) (random() % 20) * 30 - 300;
	int daylight = standard - savings[random() % 5];
	cleanup_free char *spring = random_change(45, 140);
	cleanup_free char *autumn = random_change(220, 310);
	bool north = random() % 2 == 0;

	return mem_printf("ABC%s%d:%02d<+0%d>%s%d:%02d,%s,%s", standard < 0 ? "-" : "", abs(standard) / 60,
					  abs(standard) % 60, (int) (random() % 10), daylight < 0 ? "-" : "", abs(daylight) / 60,
					  abs(daylight) % 60, north ? spring : autumn, north ? autumn : spring);
}

static bool
agrees(const JgZone *zone)
{
	for (int i = 0; i < 40; i++)
	{
		JgSpan span = jg_zone_span(zone, YEAR_1972 + 2 * random() % (YEAR_2100 - YEAR_1972));

		if (!zones_agrees(zone, span.since - 1) || !zones_agrees(zone, span.since) ||
			!zones_agrees(zone, span.until - 1) || !zones_agrees(zone, span.until) ||
			!zones_agrees(zone, span.since + random() % (span.until - span.since)))
			return false;
	}
	return true;
}

static void
check_random(void)
{
	const char *size = getenv("JOBGRID_TEST_SIZE");
	int rounds = size != NULL && strcmp(size, "long") == 0 ? 100000 : 1000;
	unsigned seed = tap_seed();
	int wrong = 0;

	srandom(seed);
	for (int i = 0; i < rounds; i++)
	{
		cleanup_free char *footer = random_footer();
		const JgZone *zone = zone_of_footer(footer);

		zones_set(footer);
		if (zone == NULL || !agrees(zone))
		{
			printf("# %s: %s\n", footer, zone == NULL ? why : "differs");
			wrong++;
		}
		free((void *) zone);
	}
	ok(wrong == 0, "%d random rules, seed %u", rounds, seed);
}

int
main(void)
{
	check_rules();
	check_rule_after_changes();
	check_bad_footers();
	check_random();
	return done_testing();
}
