/* Fires whose moment has come: which are run, which are too late, and what becomes of those. Pure: no server inside. */
#ifndef JG_CATCHUP_H
#define JG_CATCHUP_H

#include <stdbool.h>
#include <stdint.h>

#define JG_LATE_SECONDS 60         /* later than that a fire has been missed */
#define JG_COUNT_MOST 1000000      /* of missed fires of one schedule; what lies before is only known to be more */
#define JG_MISSED_LIMIT_MOST 10000 /* of those that are made up */
#define JG_RUNS_MOST (JG_MISSED_LIMIT_MOST + JG_LATE_SECONDS + 2)

typedef enum JgWhenMissed
{
	JG_MISSED_NONE,
	JG_MISSED_LATEST, /* the latest is made up, unless one is on time */
	JG_MISSED_ALL,    /* the latest ones, up to a limit */
	JG_MISSED_ASK     /* one held run stands for all */
} JgWhenMissed;

/* The first fire later than the moment, in seconds since 1970; false: none. */
typedef bool (*JgNextFire)(const void *schedule, int64_t after, int64_t *at);

typedef struct JgCatchup
{
	JgWhenMissed when_missed;
	int limit; /* for JG_MISSED_ALL */
	JgNextFire next_fire;
	const void *schedule;
} JgCatchup;

typedef struct JgCaughtUp
{
	/* Missed fires that are not made up; count is 0 if none. */
	int64_t missed;
	int64_t missed_first;
	int64_t missed_last;
	bool missed_more; /* there were more than could be counted */
	bool held;        /* the first of the runs is the one that stands for missed fires, and is held */
	int nruns;
	int64_t runs[JG_RUNS_MOST]; /* moments of the fires that are run, ascending */
	bool ends;                  /* no later fire */
	int64_t next;               /* the first one later than now */
} JgCaughtUp;

/* The fires from `due`, which is one, up to now. */
extern void jg_catch_up(const JgCatchup *catchup, int64_t due, int64_t now, JgCaughtUp *result);

#endif
