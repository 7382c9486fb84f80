/* What stands in the way of a fire: runs of its job that are not finished. */
#ifndef JG_FIRE_OVERLAP_H
#define JG_FIRE_OVERLAP_H

#include "postgres.h"

#include "utils/timestamp.h"

typedef struct JgOverlap
{
	int32 job_id;
	int live;    /* not finished, without those that wait for it */
	int waiting; /* for the others to end */
} JgOverlap;

/* Sorted by job, one for each of the jobs; fires' runs that are queued count up to `depth` a schedule. */
extern int jg_overlaps(const int32 *job_ids, int n, int depth, JgOverlap *overlaps);

/* Asks the job's unfinished runs to end. Those that somebody has locked are left alone: the new run waits for them. */
extern void jg_overlap_replace(int32 job_id);

/* Ends have come: runs that waited for them go on, in their order. With n = 0 all that wait are looked at. */
extern void jg_overlap_release(const int32 *job_ids, int n);

#endif
