/*
 * What the text of a schedule says: on which days, at what times of day, in which zone. Pure: no server inside.
 *
 * There is one form for each meaning: texts that mean the same make structs that are equal byte for byte. What a day
 * is (a working day, a quarter) comes from the calendar, and what a moment is from the zone: not here.
 */
#ifndef JG_SCHEDULE_H
#define JG_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JG_SCHEDULE_TEXT 1000 /* longest text, in bytes */
#define JG_SCHEDULE_TIMES 48
#define JG_DAY_END 86400 /* the second behind the last of a day */
#define JG_SCHEDULE_DATES 24
#define JG_ZONE_NAME 64 /* with its end */

#define JG_ALL_WEEKDAYS 0x7f /* bit 0 is Sunday */
#define JG_MONDAY_TO_FRIDAY 0x3e
#define JG_ALL_MONTHS 0x0fff /* bit 0 is January */

/* A value that a number made from the job's name decides: low … high, and every step-th from there on if step > 0. */
typedef struct JgHash
{
	bool on;
	uint8_t low;
	uint8_t high;
	uint8_t step;
} JgHash;

/* Values of one unit of time: bits, or a hash. */
typedef struct JgField
{
	uint64_t bits;
	JgHash hash;
} JgField;

/* Ordinals: bit n - 1 of first is the nth, of last the nth from the end; 31 at most. */
typedef struct JgNth
{
	uint32_t first;
	uint32_t last;
} JgNth;

typedef enum JgPeriod
{
	JG_MONTH,
	JG_QUARTER,
	JG_YEAR,
	JG_FISCAL_PERIOD,
	JG_FISCAL_QUARTER,
	JG_FISCAL_YEAR
} JgPeriod;

/* Kinds of days that ordinals count. */
typedef enum JgDayKind
{
	JG_SUNDAY, /* to JG_SUNDAY + 6, Saturday */
	JG_ANY_DAY = 7,
	JG_WEEKDAY, /* Monday to Friday */
	JG_WORKING_DAY,
	JG_DAY_KINDS
} JgDayKind;

typedef enum JgTimesKind
{
	JG_TIMES_LIST,  /* fixed: list */
	JG_TIMES_STEP,  /* a pace: first, first + step … last */
	JG_TIMES_FIELDS /* second, minute, hour */
} JgTimesKind;

typedef struct JgSchedule
{
	/* A day fits if any of these says so … */
	uint8_t weekdays;        /* each of these */
	bool working;            /* each working day */
	bool nonworking;         /* each other day */
	JgNth nth[JG_DAY_KINDS]; /* in each period */
	uint32_t nearest;        /* bit d - 1: the Monday to Friday nearest to day d of the month */
	JgHash hash_day;         /* of the month */
	JgHash hash_weekday;
	int32_t dates[JG_SCHEDULE_DATES]; /* sorted; see civil.h */
	uint8_t ndates;
	/* … and all of these do. */
	uint16_t months;     /* JG_ALL_MONTHS if any */
	uint8_t if_weekdays; /* JG_ALL_WEEKDAYS if any */
	bool if_working;
	bool if_nonworking;
	uint16_t every_days;  /* so many days after starting, and again; 0 = not so */
	uint16_t every_weeks; /* in every so manieth week, starting's the first; 0 = not so */
	int32_t starting;

	JgPeriod period; /* of the ordinals */

	JgTimesKind times;
	bool paced; /* repeats within the day: elapsed time counts, not the clock on the wall */
	uint8_t nlist;
	int32_t list[JG_SCHEDULE_TIMES]; /* seconds of the day, sorted */
	int32_t first;
	int32_t last;
	int32_t step;
	JgField second;
	JgField minute;
	JgField hour;

	char zone[JG_ZONE_NAME]; /* as it was written; empty if not at all */
} JgSchedule;

typedef struct JgScheduleError
{
	int position;      /* of the character that is wrong, from 1; 0 = the text as a whole */
	char message[256]; /* without the position's words where there is no word to blame */
	char hint[JG_SCHEDULE_TEXT + 64];
} JgScheduleError;

/*
 * Reads cron or words. False: *error says what is wrong, in the words "weekdy" at position 7 is not a day, and the hint,
 * where there is one, Did you mean: every weekday at 02:30, with the whole text mended; one that would be refused as
 * well is not given. The text is valid UTF-8.
 */
extern bool jg_schedule_parse(const char *text, JgSchedule *schedule, JgScheduleError *error);

/* Writes the schedule in words that jg_schedule_parse() reads as the same; true if they fit. 4000 bytes always do. */
extern bool jg_schedule_words(const JgSchedule *schedule, char *words, size_t size);

/* Gives hashed fields the values that the seed decides. The result is not canonical: it is for firing. */
extern void jg_schedule_bind(JgSchedule *schedule, uint64_t seed);

#endif
