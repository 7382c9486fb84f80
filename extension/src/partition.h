/* From a run id to the partition that holds it: where a run lives. */
#ifndef JG_PARTITION_H
#define JG_PARTITION_H

#include "postgres.h"

#include "storage/lockdefs.h"

typedef enum JgFamily
{
	JG_FAMILY_RUN,
	JG_FAMILY_ATTEMPT,
	JG_FAMILY_HISTORY,
	JG_FAMILY_OUTPUT,
	JG_NFAMILIES
} JgFamily;

extern const char *jg_family_name(JgFamily family);

/*
 * Where rows of `family` of a run are, for whoever is to read (AccessShareLock) or write them (RowExclusiveLock): its
 * range, or the twin that keeps it. Locked until the transaction ends; all ids of [*since, *until) are there. InvalidOid:
 * there is no such run, or no longer.
 */
extern Oid jg_partition_find(JgFamily family, int64 run_id, LOCKMODE mode, int64 *since, int64 *until);

/* The same to write a new id, but asks the janitor for its range and waits for it. Never returns InvalidOid. */
extern Oid jg_partition_await(JgFamily family, int64 run_id, int64 *since, int64 *until);

/* There will be runs: what the first one needs is made, and this database becomes one that works (cluster.h). */
extern void jg_partition_want_first(void);

/* For the janitor: the range of `family` that covers run_id and its bounds [*since, *until); InvalidOid for none. */
extern Oid jg_partition_range(JgFamily family, int64 run_id, int64 *since, int64 *until);

/* Upper bound of the last partition of `family`, 0 where there is none. */
extern int64 jg_partition_last(JgFamily family);

#endif
