/*
 * When schedules fire, against a second implementation that is slow and plain: it walks minute by minute through what the
 * C library says of a zone, and judges each day by counting. Days and times are its own, and are told to the product as
 * text.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../extension/src/time/fire.h"
#include "tap.h"
#include "zones.h"

#define WINDOW_DAYS 6
#define MINUTES (WINDOW_DAYS * 1440)
#define MARGIN 2160 /* minutes on both sides that are looked at only to know what comes twice */
#define MOST_FIRES (MINUTES * 2)
#define RULES_A_WINDOW 20

static unsigned long long state;

static int
any(int n)
{
	state = state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (int) ((state >> 33) % (unsigned) n);
}

/* --- zones --- */

static const char *const zone_names[] = {"Europe/London",     "Europe/Zurich",     "Europe/Dublin",
										 "America/New_York",  "America/Sao_Paulo", "Australia/Lord_Howe",
										 "Africa/Casablanca", "Pacific/Apia",      "Asia/Kathmandu",
										 "America/Caracas",   "Antarctica/Troll",  "UTC"};
#define NZONES (int) (sizeof(zone_names) / sizeof(zone_names[0]))
static const JgZone *zones[NZONES];

/* --- the plain implementation --- */

typedef enum DayRule
{
	WEEKDAYS,     /* mask */
	MONTH_DAYS,   /* mask */
	EITHER,       /* mask, other: cron with both */
	BOTH,         /* mask, other */
	NTH_WEEKDAY,  /* n, day */
	LAST_WEEKDAY, /* day */
	FROM_END,     /* n days before the month's end */
	WORKING,
	DAYS_OFF,
	NTH_WORKING,  /* n */
	LAST_WORKING, /* n working days before month end */
	NEAREST,      /* n */
	QUARTER_END,
	DAY_RULES
} DayRule;

typedef struct Plain
{
	DayRule rule;
	unsigned mask;
	unsigned other;
	int n;
	int day;
	unsigned months; /* bit 0 is January */
	int ntimes;
	int times[1440]; /* seconds of the day, ascending */
	bool paced;
	JgWhenSkips skips;
	JgWhenRepeats repeats;
	JgWhenHoliday holiday;
	char text[4000];
} Plain;

static JgWorkdays workdays;
static bool is_working[JG_DAYS];

/* What the C library says of each day. */
typedef struct DayParts
{
	int tm_mday;
	int tm_mon;
	int tm_wday;
	int length; /* of the month */
} DayParts;

static DayParts parts[JG_DAYS + 40];

static void
make_parts(void)
{
	int first = 0;

	for (int day = 0; day < JG_DAYS + 40; day++)
	{
		time_t t = (time_t) day * 86400;
		struct tm all;

		gmtime_r(&t, &all);
		parts[day] = (DayParts){all.tm_mday, all.tm_mon, all.tm_wday, 0};
		if (all.tm_mday == 1)
			first = day;
		for (int earlier = first; earlier <= day; earlier++)
			parts[earlier].length = all.tm_mday;
	}
}

static bool
base_fits(const Plain *plain, int day)
{
	DayParts part = parts[day];
	int first = day - part.tm_mday + 1;
	int length = part.length;
	int count = 0;

	if (!(plain->months >> part.tm_mon & 1))
		return false;
	switch (plain->rule)
	{
		case WEEKDAYS:
			return plain->mask >> part.tm_wday & 1;
		case MONTH_DAYS:
			return plain->mask >> part.tm_mday & 1;
		case EITHER:
			return (plain->mask >> part.tm_mday & 1) || (plain->other >> part.tm_wday & 1);
		case BOTH:
			return (plain->mask >> part.tm_mday & 1) && (plain->other >> part.tm_wday & 1);
		case NTH_WEEKDAY:
			for (int d = first; d <= day; d++)
				count += parts[d].tm_wday == plain->day;
			return part.tm_wday == plain->day && count == plain->n;
		case LAST_WEEKDAY:
			for (int d = day; d < first + length; d++)
				count += parts[d].tm_wday == plain->day;
			return part.tm_wday == plain->day && count == 1;
		case FROM_END:
			return day == first + length - 1 - plain->n;
		case WORKING:
			return is_working[day];
		case DAYS_OFF:
			return !is_working[day];
		case NTH_WORKING:
			for (int d = first; d <= day; d++)
				count += is_working[d];
			return is_working[day] && count == plain->n;
		case LAST_WORKING:
			for (int d = day; d < first + length; d++)
				count += is_working[d];
			return is_working[day] && count == plain->n + 1;
		case NEAREST:
		{
			int wanted = first + plain->n - 1;
			int weekday;

			if (plain->n > length)
				return false;
			weekday = parts[wanted].tm_wday;
			if (weekday == 6)
				wanted += plain->n == 1 ? 2 : -1;
			else if (weekday == 0)
				wanted += plain->n == length ? -2 : 1;
			return day == wanted;
		}
		case QUARTER_END:
			return day == first + length - 1 && part.tm_mon % 3 == 2;
		case DAY_RULES:
			break;
	}
	return false;
}

/* Where a day's fires go: itself, another day, or nowhere (-1). */
static int
moved_to(const Plain *plain, int day)
{
	int step = plain->holiday == JG_HOLIDAY_RUN_BEFORE ? -1 : 1;

	if (plain->holiday == JG_HOLIDAY_RUN_ANYWAY || is_working[day])
		return day;
	if (plain->holiday == JG_HOLIDAY_SKIP)
		return plain->rule == DAYS_OFF ? day : -1;
	while (day >= 0 && day < JG_DAYS && !is_working[day])
		day += step;
	return day < JG_DAYS ? day : -1;
}

static bool
plain_fits(const Plain *plain, int day)
{
	int reach = plain->holiday == JG_HOLIDAY_RUN_BEFORE || plain->holiday == JG_HOLIDAY_RUN_AFTER ? 12 : 0;

	if (day < 0 || day >= JG_DAYS)
		return false;
	for (int from = day - reach; from <= day + reach; from++)
		if (from >= 0 && from < JG_DAYS && base_fits(plain, from) && moved_to(plain, from) == day)
			return true;
	return false;
}

/* Local minutes since 1970 of each UTC minute of the window and its margins, by the C library. */
static int64_t window_start; /* UTC minutes */
static int local_minutes[MINUTES + 2 * MARGIN];

static void
set_window(const char *zone, int64_t start)
{
	zones_set(zone);
	window_start = start;
	for (int i = 0; i < MINUTES + 2 * MARGIN; i++)
	{
		time_t t = (time_t) (start - MARGIN + i) * 60;
		struct tm local;

		localtime_r(&t, &local);
		local_minutes[i] = (int) (start - MARGIN + i + local.tm_gmtoff / 60);
	}
}

static int
compare_times(const void *a, const void *b)
{
	int64_t x = *(const int64_t *) a;
	int64_t y = *(const int64_t *) b;

	return (x > y) - (x < y);
}

/* Sorts, and takes out what is there twice. */
static int
sorted_once(int64_t *fires, int n)
{
	int kept = 0;

	qsort(fires, (size_t) n, sizeof(fires[0]), compare_times);
	for (int i = 0; i < n; i++)
		if (i == 0 || fires[i] != fires[i - 1])
			fires[kept++] = fires[i];
	return kept;
}

/* Seconds of the schedule within that minute of the day; how many. */
static int
seconds_in(const Plain *plain, int minute, int *seconds)
{
	int n = 0;
	int low = 0;
	int high = plain->ntimes;

	while (low < high)
	{
		int middle = (low + high) / 2;

		if (plain->times[middle] < minute * 60)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < plain->ntimes && plain->times[low] < (minute + 1) * 60; low++)
		seconds[n++] = plain->times[low] % 60;
	return n;
}

static int
plain_fires(const Plain *plain, int64_t *fires)
{
	bool run_after = plain->skips == JG_SKIPS_RUN_AFTER || (plain->skips == JG_SKIPS_DEFAULT && !plain->paced);
	bool autosys = plain->skips == JG_SKIPS_AUTOSYS && !plain->paced;
	JgWhenRepeats repeats = plain->repeats;
	int fitting_day = -1;
	bool fits = false;
	int gap_day = -1;
	bool gap_fits = false;
	int n = 0;
	int seconds[60];

	if (repeats == JG_REPEATS_DEFAULT)
		repeats = plain->paced ? JG_REPEATS_BOTH : JG_REPEATS_FIRST;
	if (repeats == JG_REPEATS_AUTOSYS)
		repeats = plain->paced ? JG_REPEATS_BOTH : JG_REPEATS_SECOND;
	for (int i = MARGIN; i < MARGIN + MINUTES; i++)
	{
		int64_t at = (window_start - MARGIN + i) * 60;
		int local = local_minutes[i];
		bool told = false;
		int found;

		/* Local minutes that the clock leapt over to come here. */
		for (int gap = local_minutes[i - 1] + 1; gap < local && (run_after || autosys); gap++)
		{
			if (gap / 1440 != gap_day)
			{
				gap_day = gap / 1440;
				gap_fits = plain_fits(plain, gap_day);
			}
			if (!told && gap_fits && seconds_in(plain, gap % 1440, seconds) > 0)
			{
				fires[n++] = at + (autosys ? gap - local_minutes[i - 1] - 1 : 0);
				told = true;
			}
		}
		if (local / 1440 != fitting_day)
		{
			fitting_day = local / 1440;
			fits = plain_fits(plain, fitting_day);
		}
		found = fits ? seconds_in(plain, local % 1440, seconds) : 0;
		if (found == 0)
			continue;
		if (repeats == JG_REPEATS_FIRST || repeats == JG_REPEATS_SECOND)
		{
			int step = repeats == JG_REPEATS_FIRST ? -1 : 1;
			bool other = false;

			for (int k = i + step; k >= 0 && k < MINUTES + 2 * MARGIN && abs(k - i) < MARGIN && !other; k += step)
				other = local_minutes[k] == local;
			if (other)
				continue;
		}
		for (int k = 0; k < found; k++)
			fires[n++] = at + seconds[k];
	}
	return sorted_once(fires, n);
}

/* --- random schedules --- */

static void __attribute__((format(printf, 2, 3))) say(Plain *plain, const char *format, ...)
{
	size_t length = strlen(plain->text);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(plain->text + length, sizeof(plain->text) - length, format, arguments);
	va_end(arguments);
}

static void
say_mask(Plain *plain, unsigned mask, int high, const char *between)
{
	const char *join = "";

	for (int i = 0; i <= high; i++)
		if (mask >> i & 1)
		{
			say(plain, "%s%d", join, i);
			join = between;
		}
}

static const char *const weekday_names[] = {"sunday", "mon", "tuesday", "wed", "thursday", "fri", "saturday"};

static unsigned
some_bits(int low, int high)
{
	unsigned mask = 0;

	for (int n = 1 + any(3); n > 0; n--)
		mask |= 1u << (low + any(high - low + 1));
	return mask;
}

/* Cron's days can say these, and its fields say the times: the whole text is made here. */
static void
say_cron(Plain *plain)
{
	unsigned hours = some_bits(0, 23);
	unsigned minutes_low = some_bits(0, 29);
	bool star = any(4) == 0;

	plain->paced = star;
	say_mask(plain, minutes_low, 29, ",");
	say(plain, " ");
	if (star)
		say(plain, "*");
	else
		say_mask(plain, hours, 23, ",");
	for (int hour = 0; hour < 24; hour++)
		for (int minute = 0; minute < 30; minute++)
			if ((star || (hours >> hour & 1)) && (minutes_low >> minute & 1))
				plain->times[plain->ntimes++] = (hour * 60 + minute) * 60;
	if (plain->rule == WEEKDAYS)
		say(plain, " *");
	else if (plain->rule == BOTH)
		say(plain, " */2");
	else
	{
		say(plain, " ");
		say_mask(plain, plain->mask, 31, ",");
	}
	say(plain, " *");
	if (plain->rule == MONTH_DAYS)
		say(plain, " *");
	else
	{
		say(plain, " ");
		say_mask(plain, plain->rule == WEEKDAYS ? plain->mask : plain->other, 6, ",");
	}
}

static void
say_days(Plain *plain)
{
	switch (plain->rule)
	{
		case NTH_WEEKDAY:
			say(plain, "%d%s %s of month", plain->n,
				plain->n == 1   ? "st"
				: plain->n == 2 ? "nd"
				: plain->n == 3 ? "rd"
								: "th",
				weekday_names[plain->day]);
			break;
		case LAST_WEEKDAY:
			say(plain, "last %s", weekday_names[plain->day]);
			break;
		case FROM_END:
			say(plain, plain->n == 0 ? "last day of month" : "%d days before month end", plain->n);
			break;
		case WORKING:
			say(plain, "every working day");
			break;
		case DAYS_OFF:
			say(plain, "every non-working day");
			break;
		case NTH_WORKING:
			say(plain, "%dth working day of the month", plain->n);
			break;
		case LAST_WORKING:
			say(plain, plain->n == 0 ? "last business day" : "%d working days before month end", plain->n);
			break;
		case NEAREST:
			say(plain, "weekday nearest the %dth", plain->n);
			break;
		default:
			say(plain, "last day of quarter");
	}
}

static void
say_words(Plain *plain)
{
	static const char *const months[] = {"jan", "feb", "mar", "apr", "may", "jun",
										 "jul", "aug", "sep", "oct", "nov", "dec"};

	say_days(plain);
	if (any(3) == 0)
	{
		int step = 7 + any(120);
		int first = any(700);
		int last = first + any(1439 - first);

		plain->paced = first + step <= last;
		say(plain, " every %d minutes between %02d:%02d and %02d:%02d", step, first / 60, first % 60, last / 60,
			last % 60);
		for (int at = first; at <= last; at += step)
			plain->times[plain->ntimes++] = at * 60;
	}
	else
	{
		int at = any(3) == 0 ? any(86400) : any(5 * 3600);

		for (int n = 1 + any(4); n > 0 && at < 86400; n--, at += 1 + any(5400))
		{
			say(plain, "%s%02d:%02d:%02d", plain->ntimes == 0 ? " at " : ", ", at / 3600, at / 60 % 60, at % 60);
			plain->times[plain->ntimes++] = at;
		}
	}
	if (any(4) == 0)
	{
		int month = any(12);

		plain->months = 1u << month | 1u << (month + 5) % 12;
		say(plain, " in %s and %s", months[month], months[(month + 5) % 12]);
	}
}

static void
make_plain(Plain *plain)
{
	memset(plain, 0, sizeof(*plain));
	plain->rule = (DayRule) any(DAY_RULES);
	plain->months = 0xfff;
	plain->n = plain->rule == NTH_WEEKDAY    ? 1 + any(5)
			   : plain->rule == FROM_END     ? any(28)
			   : plain->rule == LAST_WORKING ? any(8)
			   : plain->rule == NTH_WORKING  ? 1 + any(15)
											 : 1 + any(31);
	plain->day = any(7);
	plain->mask = plain->rule == WEEKDAYS ? some_bits(0, 6) : plain->rule == BOTH ? 0xaaaaaaaau : some_bits(1, 31);
	plain->other = some_bits(0, 6);
	plain->skips = (JgWhenSkips) any(4);
	plain->repeats = (JgWhenRepeats) any(5);
	plain->holiday = (JgWhenHoliday) any(4);
	if (plain->rule <= BOTH)
		say_cron(plain);
	else
		say_words(plain);
}

static void
make_holidays(void)
{
	jg_workdays_init(&workdays, JG_MONDAY_TO_FRIDAY);
	for (int day = 0; day < JG_DAYS; day++)
	{
		int weekday = parts[day].tm_wday;
		bool odd = any(12) == 0;

		is_working[day] = (weekday >= 1 && weekday <= 5) != odd;
		if (odd)
			jg_workdays_set(&workdays, day, is_working[day]);
	}
}

/* A moment, more often than not near one at which the zone's clock leaps. */
static int64_t
some_start(int zone)
{
	int64_t moment = (int64_t) any(47000) * 86400 + 5 * 86400;

	if (any(3) > 0)
	{
		JgSpan span = jg_zone_span(zones[zone], moment);

		if (span.until < 4102444800LL)
			moment = span.until - (int64_t) any(WINDOW_DAYS) * 86400;
	}
	return moment < 5 * 86400 ? 5 * 86400 : moment;
}

static int
compare(const Plain *plain, int zone)
{
	static int64_t expected[MOST_FIRES];
	JgSchedule schedule;
	JgScheduleError error;
	JgFireRule rule = {.schedule = &schedule,
					   .zone = zones[zone],
					   .workdays = &workdays,
					   .when_holiday = plain->holiday,
					   .when_clock_skips = plain->skips,
					   .when_clock_repeats = plain->repeats};
	JgFire fire = {.at = window_start * 60 - 1};
	int n;

	if (!jg_schedule_parse(plain->text, &schedule, &error))
	{
		if (strncmp(error.message, "it never fires", 14) == 0 && plain_fires(plain, expected) == 0)
			return 0;
		printf("# \"%s\": %s\n", plain->text, error.message);
		return 1;
	}
	n = plain_fires(plain, expected);
	for (int i = 0; i <= n; i++)
	{
		bool more = jg_fire_next(&rule, fire.at, &fire) && fire.at < (window_start + MINUTES) * 60;

		if (more == (i < n) && (!more || fire.at == expected[i]))
			continue;
		/* One second of autosys may reach beyond the window's end. */
		if (!more && i < n && expected[i] >= (window_start + MINUTES) * 60)
			return 0;
		printf("# \"%s\" in %s, skips %d repeats %d holiday %d, window %lld: %lld instead of %lld\n", plain->text,
			   zone_names[zone], plain->skips, plain->repeats, plain->holiday, (long long) window_start * 60,
			   more ? (long long) fire.at : -1, i < n ? (long long) expected[i] : -1);
		return 1;
	}
	return 0;
}

static void
check_twins(int cases)
{
	static Plain plain;
	int wrong = 0;

	for (int i = 0; i < cases && wrong < 5; i += RULES_A_WINDOW)
	{
		int zone = any(NZONES);

		set_window(zone_names[zone], some_start(zone) / 60);
		for (int k = 0; k < RULES_A_WINDOW; k++)
		{
			make_plain(&plain);
			wrong += compare(&plain, zone);
		}
	}
	ok(wrong == 0, "%d random schedules fire as the plain implementation says", cases);
}

int
main(void)
{
	const char *size = getenv("JOBGRID_TEST_SIZE");

	state = tap_seed();
	printf("# seed %u\n", tap_seed());
	for (int i = 0; i < NZONES; i++)
		zones[i] = zones_named(zone_names[i]);
	make_parts();
	make_holidays();
	check_twins(size != NULL && strcmp(size, "long") == 0 ? 1000000 : 4000);
	return done_testing();
}
