/* The janitor: partitions ahead, retention, expired keys. */
#ifndef JG_JANITOR_H
#define JG_JANITOR_H

#include "partition.h"
#include "utils/array.h"
#include "worker.h"

extern void jg_janitor_round(void);

/* partition_make.c: partitions that are wanted, and one ahead of what is in use. In a held database only the former. */
extern void jg_janitor_make_partitions(void);

/* partition_make.c: ids move on to a fresh partition each day. */
extern void jg_janitor_turn_day(void);

/* partition_make.c: makes partition parent_suffix of a table of that family, its twin included, for the values given. */
extern void jg_partition_make(JgFamily family, const char *parent, const char *suffix, const char *values);

/* partition_make.c: when the first run of a partition of family run was submitted; 0 = it has none. */
extern TimestampTz jg_partition_began(Oid partition);

/* retention.c: what nobody keeps any longer. */
extern void jg_janitor_retention(void);

/* partition_drop.c. `partitions` are the four of one range or of one place in the twins. */

/* Keeps writers out until the transaction ends; false, and waits for nobody, where one is in. */
extern bool jg_partitions_claim(const Oid *partitions);

/* Whether whoever has claimed them should let go: a writer waits for them, or a submission for a new partition. */
extern bool jg_partitions_disputed(const Oid *partitions);

/* Whether they could be dropped at this moment. */
extern bool jg_partitions_free(const Oid *partitions);

/* Runs copy(arg) and drops them. False: copy() said so, or somebody reads them; then nothing has happened. */
extern bool jg_partitions_retire(const Oid *partitions, bool (*copy)(void *arg), void *arg);

/* kept.c: what of a partition of family run has to be kept after `now`, and which partitions of the twins that takes. */
typedef struct JgKeeping
{
	int64 runs;
	int64 kept;
	ArrayType *places; /* date[]; NULL = none */
} JgKeeping;

extern JgKeeping jg_keeping(Oid partition, TimestampTz now);

/* kept.c: copies what has to be kept of the claimed range to the twins; false: gave way to somebody. */
extern bool jg_kept_copy(const Oid *partitions, int64 since, int64 until, const JgKeeping *keeping, TimestampTz now);

/* kept.c: moves runs of one claimed partition of kept_run to where they belong by now; returns how many. */
extern int jg_kept_move(Oid partition, TimestampTz now);

#endif
