/* Leases: rows of live runs that somebody works on. */
#ifndef JG_LEASE_H
#define JG_LEASE_H

#include "postgres.h"

#include "narrow.h"
#include "nodes/execnodes.h"

/* The name of an attempt. */
typedef struct JgAttemptKey
{
	int64 run_id;
	int64 fence;
	int32 attempt;
} JgAttemptKey;

typedef struct JgLease
{
	JgNarrow row; /* with state and reason of the lease */
	int64 fence;
	int32 version;
	int32 executor_id; /* 0 = none: sql, external */
	TimestampTz claimed_at;
	TimestampTz started_at; /* 0 = not started */
	bool cancel;            /* a cancel was ordered */
} JgLease;

/* The fence of an attempt: epoch of the cluster, number of the attempt. Opaque outside. */
extern int64 jg_fence(uint32 epoch, int32 attempt);

/*
 * Which of the attempts hold their lease at this executor; claimed_at (may be NULL) says since when those do.
 * SPI must be connected.
 */
extern void jg_lease_current(int32 executor_id, const JgAttemptKey *keys, int n, bool *current,
							 TimestampTz *claimed_at);

/* The attempt as a row of a function that returns setof attempt_key. */
extern void jg_lease_put_stale(ReturnSetInfo *result, const JgAttemptKey *key);

/* Inserts leases of runs just taken out of ready; state starting or running. */
extern void jg_lease_insert(const JgLease *leases, int n);

/*
 * Deletes the leases that match (run, attempt, fence) and executor_id (0: no executor, -1: any) and returns them; index[i]
 * says which of the n asked for leases[i] is. Those not returned are stale.
 */
extern int jg_lease_delete(int32 executor_id, const int64 *run_ids, const int32 *attempts, const int64 *fences, int n,
						   JgLease *leases, int *index);

#endif
