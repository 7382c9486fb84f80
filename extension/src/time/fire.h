/* When a schedule fires: days and times made moments by a zone, a calendar and policies. Pure: no server inside. */
#ifndef JG_FIRE_H
#define JG_FIRE_H

#include "schedule.h"
#include "workdays.h"
#include "zone.h"

typedef enum JgWhenSkips
{
	JG_SKIPS_DEFAULT, /* run_after; of a pace: skip */
	JG_SKIPS_RUN_AFTER,
	JG_SKIPS_SKIP,
	JG_SKIPS_AUTOSYS
} JgWhenSkips;

typedef enum JgWhenRepeats
{
	JG_REPEATS_DEFAULT, /* first; of a pace: both */
	JG_REPEATS_FIRST,
	JG_REPEATS_SECOND,
	JG_REPEATS_BOTH,
	JG_REPEATS_AUTOSYS
} JgWhenRepeats;

typedef enum JgWhenHoliday
{
	JG_HOLIDAY_RUN_ANYWAY,
	JG_HOLIDAY_SKIP,
	JG_HOLIDAY_RUN_BEFORE,
	JG_HOLIDAY_RUN_AFTER
} JgWhenHoliday;

typedef struct JgFireRule
{
	const JgSchedule *schedule; /* bound */
	const JgZone *zone;
	const JgWorkdays *workdays;
	JgWhenHoliday when_holiday;
	JgWhenSkips when_clock_skips;
	JgWhenRepeats when_clock_repeats;
} JgFireRule;

typedef struct JgFire
{
	int64_t at;         /* seconds since 1970 UTC */
	int32_t day;        /* the local day it was meant for */
	int32_t time;       /* the second of that day it was meant for, which the clock may have skipped */
	int32_t offset;     /* of the zone at the moment */
	bool clock_skips;   /* the time it was meant for does not exist */
	bool clock_repeats; /* the time comes twice */
} JgFire;

/* The first fire later than the moment; false: there is none before the year 2200. */
extern bool jg_fire_next(const JgFireRule *rule, int64_t after, JgFire *fire);

#endif
