/*
 * Extended calendars of AutoSys: the days that a rule gives. Pure: no server inside.
 *
 * Conditions (their words: autocal_keyword.h) give candidates. A candidate that is a holiday is settled by the holiday
 * action; without one a holiday is a day that is not worked on. Any other candidate that is not worked on is settled by
 * the non-workday action. At last every day moves by adjust, wherever that leads to. As there, [A] marks what the manual
 * leaves open: that what an action gives is final, not looked at again by the other one, and that adjust moves it too.
 */
#ifndef JG_AUTOCAL_H
#define JG_AUTOCAL_H

#include "autocal_keyword.h"

#define JG_AUTOCAL_NODES 256
#define JG_AUTOCAL_DEPTH 32     /* of parentheses */
#define JG_AUTOCAL_TEXT 4000    /* longest text, in bytes */
#define JG_AUTOCAL_FARTHEST 366 /* days to the workday that an action looks for */
#define JG_AUTOCAL_LONGEST 366  /* days of a period */

typedef enum JgAutocalAction
{
	JG_AUTOCAL_NONE,
	JG_AUTOCAL_ONLY,     /* O: other candidates are dropped */
	JG_AUTOCAL_SCHEDULE, /* S: stays */
	JG_AUTOCAL_NEXT,     /* N: the next day, whatever that is */
	JG_AUTOCAL_WORKDAY,  /* W: the next workday */
	JG_AUTOCAL_PREVIOUS  /* P: the workday before */
} JgAutocalAction;

/*
 * Readings that the manual does not decide between. Zero is the default: & binds stronger than |, a day fits if any
 * condition says so, and N is the next day for non-workdays as it is (by the manual) for holidays, though the manual's
 * words there are "the next workday".
 */
typedef struct JgAutocalReading
{
	bool left_to_right;   /* & and | bind alike */
	bool all_conditions;  /* a day fits if all of the conditions say so */
	bool nonwork_to_work; /* non_workday N is the next workday */
} JgAutocalReading;

/* A rule as it is written. NULL and blank texts are defaults: Monday to Friday, [A] S, none, 0, and no condition. */
typedef struct JgAutocalSource
{
	const char *workday;     /* mo,tu,we,th,fr or all or XXXXX.. (Monday first) */
	const char *non_workday; /* O, S, N, W or P */
	const char *holiday;     /* the same, or nothing */
	const char *adjust;      /* -9 to +9 */
	const char *const *conditions;
	int nconditions; /* a comma in one of them parts it into two */
	JgAutocalReading reading;
} JgAutocalSource;

typedef struct JgAutocal
{
	uint8_t workdays; /* bit 0 is Sunday */
	JgAutocalAction non_workday;
	JgAutocalAction holiday;
	int adjust;
	bool nonwork_to_work;
	bool needs_cycle;
	int nnodes;
	JgAutocalNode nodes[JG_AUTOCAL_NODES]; /* operators follow what they apply to; none = no condition */
} JgAutocal;

typedef struct JgAutocalError
{
	const char *field; /* "condition", say */
	int condition;     /* which one, from 1; 0 for other fields */
	int position;      /* of the character that is wrong, from 1 */
	char message[200];
} JgAutocalError;

typedef struct JgAutocalPeriod
{
	int32_t start;
	int32_t end; /* included */
} JgAutocalPeriod;

/* What a rule refers to. Days are those of civil.h. */
typedef struct JgAutocalDates
{
	const int32_t *holidays; /* sorted */
	int nholidays;
	const JgAutocalPeriod *periods; /* sorted, apart from each other, at most JG_AUTOCAL_LONGEST days each */
	int nperiods;
} JgAutocalDates;

/* Words of 64 bits that the days of [since, until] need. */
#define JG_AUTOCAL_ROOM(since, until) (((until) - (since)) / 64 + 1)

extern bool jg_autocal_parse(const JgAutocalSource *source, JgAutocal *rule, JgAutocalError *error);

/*
 * Sets bit day - since for each day that the rule gives, and clears the others; 0 <= since <= until < JG_DAYS. Without a
 * condition the candidates are [A] the days of the cycle, if there is one, else all. False: *why says what is wrong with
 * the dates, and the bits mean nothing.
 */
extern bool jg_autocal_days(const JgAutocal *rule, const JgAutocalDates *dates, int32_t since, int32_t until,
							uint64_t *days, const char **why);

#endif
