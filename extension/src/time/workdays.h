/* Working days of a calendar, one bit a day, and its fiscal years. Pure: no server inside. */
#ifndef JG_WORKDAYS_H
#define JG_WORKDAYS_H

#include <stdbool.h>
#include <stdint.h>

#include "civil.h"
#include "schedule.h"

#define JG_FISCAL_STARTS 128

typedef struct JgWorkdays
{
	uint64_t bits[(JG_DAYS + 63) / 64];
	/* First days of fiscal years, ascending; the last one only ends the year before it. */
	int nstarts;
	int32_t starts[JG_FISCAL_STARTS];
	uint8_t weeks[3]; /* of the periods of each quarter, such as 4, 4, 5; a 53rd week is the last period's */
} JgWorkdays;

/* Days from first to last, both included. */
typedef struct JgDays
{
	int32_t first;
	int32_t last;
} JgDays;

/* By the week alone: bit 0 is Sunday. No fiscal years. */
extern void jg_workdays_init(JgWorkdays *workdays, uint8_t weekdays);

extern void jg_workdays_set(JgWorkdays *workdays, int32_t day, bool working);

/* Working days of both, or of either, into the first; its fiscal years stay. */
extern void jg_workdays_both(JgWorkdays *workdays, const JgWorkdays *other);
extern void jg_workdays_either(JgWorkdays *workdays, const JgWorkdays *other);

extern bool jg_workdays_equal(const JgWorkdays *a, const JgWorkdays *b);

/* Days outside the years of civil.h are not working days. */
extern bool jg_workdays_on(const JgWorkdays *workdays, int32_t day);
extern int jg_workdays_count(const JgWorkdays *workdays, JgDays days);

/* The working day before (step -1) or after (step 1) the day; -1: there is none. */
extern int32_t jg_workdays_near(const JgWorkdays *workdays, int32_t day, int step);

/* The period that contains the day; false: the calendar does not know that fiscal year. */
extern bool jg_period_of(const JgWorkdays *workdays, JgPeriod period, int32_t day, JgDays *days);

#endif
