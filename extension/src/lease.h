/* Leases: rows of live runs that somebody works on. */
#ifndef JG_LEASE_H
#define JG_LEASE_H

#include "postgres.h"

#include "definition.h"
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
	int32 executor_id;      /* 0 = none: sql, external */
	TimestampTz claimed_at; /* 0 = not known: a ghost's */
	TimestampTz started_at; /* 0 = not started */
	TimestampTz cancel_at;  /* a cancel was ordered, 0 = not */
	const char *cancel_by;  /* NULL: by the drain of its executor */
	const char *cancel_reason;
} JgLease;

/* Somebody wants the run to end. */
extern bool jg_lease_cancelled(const JgLease *lease);

/* Its executor is to be empty: the attempt was asked to end, the run may go on elsewhere. */
extern bool jg_lease_drained(const JgLease *lease);

/* Names as three parallel arrays, parameters of a statement: run_id, attempt, fence. */
extern void jg_attempt_keys(const JgAttemptKey *keys, int n, Datum *values);

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

/* Epoch and attempt number of a fence. */
extern uint32 jg_fence_epoch(int64 fence);
extern int32 jg_fence_attempt(int64 fence);

/* Inserts leases of runs just taken out of ready; state starting or running. */
extern void jg_lease_insert(const JgLease *leases, int n);

/*
 * What becomes of a row that somebody's open transaction has locked. Whoever works for everybody passes it over and comes
 * back; only a session that does nothing else may wait.
 */
typedef enum JgWait
{
	JG_WAIT,
	JG_PASS_OVER
} JgWait;

/*
 * Deletes the leases that match one of the n keys and executor_id (0: no executor, -1: any) and returns them; index[i]
 * says which key leases[i] is of. Those not returned are stale, or passed over.
 */
extern int jg_lease_delete(int32 executor_id, const JgAttemptKey *keys, int n, JgWait wait, JgLease *leases,
						   int *index);

/* Locks a run's lease where nobody else has; true: somebody has. Without a lease there is nothing to lock. */
extern bool jg_lease_is_busy(int64 run_id);

/* For those who read attempts in the same shape: columns 2 to 20 of row i of the last result are those of a lease. */
#define JG_LEASE_COLUMNS(t)                                                                                            \
	t ".run_id, " t ".rank, " t ".since, " t ".job_id, " t ".tenant_id, " t ".lane_id, " t ".attempt, " t ".tries, " t \
	  ".business_date, " t ".state, " t ".reason, " t ".fence, " t ".version, " t ".executor_id, " t ".claimed_at, " t \
	  ".started_at, " t ".cancel_at, " t ".cancel_by, " t ".cancel_reason"
extern void jg_lease_read(uint64 i, JgLease *lease);

/* The definitions of their jobs, at the versions they are bound to. */
extern JgDefinitions jg_lease_definitions(const JgLease *leases, int n);

/* Gives back runs whose attempts were never started: that was no try. Their leases are gone already. */
extern void jg_lease_give_back(const JgLease *leases, int n);

#endif
