/* Runs parked as unknown, with the attempt that nobody can tell about. */
#ifndef JG_UNKNOWN_H
#define JG_UNKNOWN_H

#include "postgres.h"

#include "lease.h"

/* Why a run is unknown; jobgrid.run shows them. */
#define JG_REASON_LOST "executor_lost"
#define JG_REASON_NO_OUTCOME "no_outcome"
#define JG_REASON_UNKILLABLE "unkillable"
#define JG_REASON_GHOST "ghost"

typedef enum JgFound
{
	JG_FOUND_NOT,  /* not the last attempt of an unknown run */
	JG_FOUND_KEPT, /* it is, and stays unknown until its end is told */
	JG_FOUND_BACK  /* it has its lease back */
} JgFound;

/* Parks runs whose row says unknown and why. Their leases, or other narrow rows, are gone already. */
extern void jg_unknown_park(const JgLease *leases, int n);

/*
 * Takes out of `parked` the unknown runs whose last attempt is one of the n named and this executor's, as
 * jg_lease_delete() does with leases.
 */
extern int jg_unknown_take(int32 executor_id, const JgAttemptKey *keys, int n, JgWait wait, JgLease *leases,
						   int *index);

/* Whether that is the last attempt of an unknown run, and this executor's. Locks nothing. */
extern bool jg_unknown_is(int32 executor_id, const JgAttemptKey *key);

/* The executor has these attempts and they run: those it may go on with get their leases back; found[i] says which. */
extern void jg_unknown_found(int32 executor_id, const JgAttemptKey *keys, int n, JgWait wait, JgFound *found);

/* The last attempt of an unknown run whose row this transaction has locked; false: not known, a restored row. */
extern bool jg_unknown_last(int64 run_id, JgLease *lease);

/* Whether the run is parked for that reason. */
extern bool jg_unknown_because(const JgLease *lease, const char *reason);

/* Before the row of an unknown run goes because somebody has decided about it: its attempt is over, as unknown. */
extern void jg_unknown_close(int64 run_id);

/* Writes the row of an attempt of which the end was not seen. */
extern void jg_unknown_attempt(const JgLease *lease, const char *reason, const char *decided_by, const char *message,
							   TimestampTz finished_at);

#endif
