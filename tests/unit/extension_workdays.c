/*
 * Working days, counted one by one, and periods of years that are no calendar years.
 */
#include <stdlib.h>

#include "../../extension/src/time/civil.h"
#include "../../extension/src/time/workdays.h"
#include "tap.h"

static void
check_counts(void)
{
	static JgWorkdays workdays;
	unsigned random = tap_seed();
	int wrong = 0;

	jg_workdays_init(&workdays, JG_MONDAY_TO_FRIDAY);
	for (int i = 0; i < 5000; i++)
	{
		random = random * 1103515245u + 12345u;
		jg_workdays_set(&workdays, (int32_t) (random >> 8) % JG_DAYS, random >> 7 & 1);
	}
	for (int i = 0; i < 2000; i++)
	{
		int32_t first;
		int32_t last;
		int count = 0;

		random = random * 1103515245u + 12345u;
		first = (int32_t) (random >> 8) % (JG_DAYS - 400);
		last = first + (int32_t) (random >> 4) % 400;
		for (int32_t day = first; day <= last; day++)
			count += jg_workdays_on(&workdays, day);
		wrong += jg_workdays_count(&workdays, (JgDays){first, last}) != count;
	}
	ok(wrong == 0, "working days are counted as one by one");
	ok(jg_workdays_count(&workdays, (JgDays){10, 9}) == 0, "none between a day and the one before");
	ok(jg_workdays_count(&workdays, (JgDays){-50, JG_DAYS + 50}) ==
		   jg_workdays_count(&workdays, (JgDays){0, JG_DAYS - 1}),
	   "none outside of what is known");
	ok(!jg_workdays_on(&workdays, -1) && !jg_workdays_on(&workdays, JG_DAYS), "which are no working days");
}

static void
check_both_and_either(void)
{
	static JgWorkdays a;
	static JgWorkdays b;
	int32_t monday = jg_civil_day(2026, 11, 23);

	jg_workdays_init(&a, 0x3e);
	jg_workdays_init(&b, 0x3e);
	jg_workdays_set(&a, monday, false);
	jg_workdays_both(&b, &a);
	ok(!jg_workdays_on(&b, monday) && jg_workdays_on(&b, monday + 1), "worked in both");
	jg_workdays_init(&b, 0x3e);
	jg_workdays_either(&a, &b);
	ok(jg_workdays_on(&a, monday) && !jg_workdays_on(&a, monday - 1), "worked in either");
	jg_workdays_set(&b, monday, false);
	ok(jg_workdays_near(&b, monday, 1) == monday + 1 && jg_workdays_near(&b, monday, -1) == monday - 3,
	   "the nearest on each side");
	jg_workdays_init(&a, 0);
	ok(jg_workdays_near(&a, monday, 1) == -1 && jg_workdays_near(&a, monday, -1) == -1, "which there need not be");
}

static bool
period_is(const JgWorkdays *workdays, JgPeriod period, int32_t day, int32_t first, int32_t last)
{
	JgDays days;

	return jg_period_of(workdays, period, day, &days) && days.first == first && days.last == last;
}

static void
check_periods(void)
{
	static JgWorkdays workdays;
	JgDays days;
	int32_t start = jg_civil_day(2026, 2, 1);
	int32_t next = jg_civil_day(2027, 1, 31); /* 52 weeks */
	int32_t after = jg_civil_day(2028, 2, 6); /* 53 weeks */
	int32_t day = jg_civil_day(2026, 5, 17);

	jg_workdays_init(&workdays, JG_MONDAY_TO_FRIDAY);
	ok(period_is(&workdays, JG_MONTH, day, jg_civil_day(2026, 5, 1), jg_civil_day(2026, 5, 31)), "a month");
	ok(period_is(&workdays, JG_QUARTER, day, jg_civil_day(2026, 4, 1), jg_civil_day(2026, 6, 30)), "a quarter");
	ok(period_is(&workdays, JG_YEAR, day, jg_civil_day(2026, 1, 1), jg_civil_day(2026, 12, 31)), "a year");
	ok(!jg_period_of(&workdays, JG_FISCAL_YEAR, day, &days), "a fiscal year must be known");
	workdays.nstarts = 3;
	workdays.starts[0] = start;
	workdays.starts[1] = next;
	workdays.starts[2] = after;
	workdays.weeks[0] = 4;
	workdays.weeks[1] = 4;
	workdays.weeks[2] = 5;
	ok(period_is(&workdays, JG_FISCAL_PERIOD, start, start, start + 27), "4 weeks");
	ok(period_is(&workdays, JG_FISCAL_PERIOD, start + 28, start + 28, start + 55), "4 weeks");
	ok(period_is(&workdays, JG_FISCAL_PERIOD, start + 56, start + 56, start + 90), "5 weeks");
	ok(period_is(&workdays, JG_FISCAL_QUARTER, start + 90, start, start + 90), "a fiscal quarter");
	ok(period_is(&workdays, JG_FISCAL_QUARTER, start + 91, start + 91, start + 181), "the next one");
	ok(period_is(&workdays, JG_FISCAL_YEAR, start + 200, start, next - 1), "a fiscal year of 52 weeks");
	ok(period_is(&workdays, JG_FISCAL_YEAR, after - 1, next, after - 1), "and one of 53");
	ok(period_is(&workdays, JG_FISCAL_PERIOD, after - 1, after - 42, after - 1), "whose last period has the 53rd week");
	ok(period_is(&workdays, JG_FISCAL_PERIOD, after - 43, after - 70, after - 43), "and no other");
	ok(!jg_period_of(&workdays, JG_FISCAL_PERIOD, start - 1, &days) &&
		   !jg_period_of(&workdays, JG_FISCAL_PERIOD, after, &days),
	   "what lies before and after is not known");
}

int
main(void)
{
	printf("# seed %u\n", tap_seed());
	check_counts();
	check_both_and_either();
	check_periods();
	return done_testing();
}
