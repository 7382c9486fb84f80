/* Runs that a job's fires are expected to make: when each starts and ends, if it takes as long as usual. Pure: no server inside. */
#ifndef JG_EXPECT_H
#define JG_EXPECT_H

#include <stdbool.h>
#include <stdint.h>

/* What a fire does while a run of the job is not finished. */
typedef enum JgOnOverlap
{
	JG_OVERLAP_WAIT,
	JG_OVERLAP_SKIP,
	JG_OVERLAP_REPLACE,
	JG_OVERLAP_PARALLEL
} JgOnOverlap;

typedef struct JgExpectedFire
{
	int64_t at;
	int64_t earliest; /* not before this: its jitter, and what it waits for */
	JgOnOverlap on_overlap;
	int most;       /* runs side by side, 0 = any number */
	bool all_count; /* more than one may wait */
} JgExpectedFire;

/* One that is replaced before its start, or skipped, ends where it starts. */
typedef struct JgExpectedRun
{
	int64_t start;
	int64_t end;
	bool skipped;
} JgExpectedRun;

/* A job on its way through its fires; zeroed but for what the caller gives. */
typedef struct JgExpect
{
	int64_t duration;
	JgExpectedRun *runs; /* the caller's, with room for each fire */
	int64_t *ends; /* the caller's, with as much room: the unfinished runs' are from `ended` to `nends`, ascending */
	int nruns;
	int ended;
	int nends;
	int64_t waits_until; /* when the last one that waits for others of its job starts */
} JgExpect;

/* Adds the run of a fire; fires come in their order. */
extern void jg_expect(JgExpect *expect, const JgExpectedFire *fire);

#endif
