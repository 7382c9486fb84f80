/* A schedule that can be asked when it fires: its text, zone, calendar and policies brought together. */
#ifndef JG_SCHEDULE_RULE_H
#define JG_SCHEDULE_RULE_H

#include "postgres.h"

#include "time/fire.h"
#include "utils/date.h"
#include "utils/timestamp.h"

/* As rows and arguments say it; texts may be NULL. */
typedef struct JgRuleText
{
	const char *schedule;
	const char *time_zone; /* of the column, or whichever comes next; the schedule's own comes first */
	const char *when_holiday;
	const char *when_clock_skips;
	const char *when_clock_repeats;
	const JgWorkdays *workdays;
	bool has_calendar;
	uint64 seed;         /* of the job's name, for H */
	DateADT valid_from;  /* DATEVAL_NOBEGIN … */
	DateADT valid_until; /* … to DATEVAL_NOEND */
} JgRuleText;

/* The columns of a query that say it, in this order from the first one on. */
enum
{
	JG_RULE_SCHEDULE,
	JG_RULE_TIME_ZONE,
	JG_RULE_CALENDAR,
	JG_RULE_WHEN_HOLIDAY,
	JG_RULE_WHEN_CLOCK_SKIPS,
	JG_RULE_WHEN_CLOCK_REPEATS,
	JG_RULE_SEED,
	JG_RULE_VALID_FROM,
	JG_RULE_VALID_UNTIL,
	JG_RULE_COLUMNS
};

typedef struct JgRule
{
	JgSchedule schedule; /* as it was read */
	JgSchedule bound;
	JgFireRule fire;
	char zone[JG_ZONE_NAME];
	int64 zone_stamp;
	int32 first_day; /* as days of civil.h */
	int32 last_day;
} JgRule;

/* Without the workdays. */
extern JgRuleText jg_rule_text(uint64 row, int first);

/* False: *error and *hint (which may become NULL) say what is wrong. The workdays must outlive the rule. */
extern bool jg_rule_make(JgRule *rule, const JgRuleText *text, char **error, char **hint);

/* The first fire later than the moment. */
extern bool jg_rule_next(const JgRule *rule, TimestampTz after, JgFire *fire);

extern TimestampTz jg_fire_moment(const JgFire *fire);

/* The day of the moment in the zone, where days begin so many microseconds after midnight. */
extern DateADT jg_zone_day(const JgZone *zone, TimestampTz moment, int64 roll_us);

#endif
