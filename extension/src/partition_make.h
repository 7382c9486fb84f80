/* Makes partitions: only the janitor does. */
#ifndef JG_PARTITION_MAKE_H
#define JG_PARTITION_MAKE_H

#include "postgres.h"

/*
 * Makes the next range, in all families: a plain table with its indexes, then attached. SPI connected. Only where
 * `wanted` is covered by no partition, or the one that covers it is the last. Returns whether one was made.
 */
extern bool jg_partition_make(int64 wanted);

/* Drops the range that begins at `since`, in all families. */
extern void jg_partition_drop(int64 since);

/* The run id that was given last; 0 = none yet. */
extern int64 jg_partition_last_id(void);

/* When the first run of a partition of family run was submitted; 0 = it has none. */
extern int64 jg_partition_first_submitted(Oid partition);

/* Statements of this transaction wait at most that long for a lock. */
extern void jg_partition_lock_timeout(int ms);

#endif
