/* From a run id to the partition that holds it. */
#ifndef JG_PARTITION_H
#define JG_PARTITION_H

#include "postgres.h"

typedef enum JgFamily
{
	JG_FAMILY_RUN,
	JG_FAMILY_ATTEMPT,
	JG_FAMILY_HISTORY,
	JG_FAMILY_OUTPUT,
	JG_NFAMILIES
} JgFamily;

extern const char *jg_family_name(JgFamily family);

/* The partition of `family` that covers run_id and its bounds [*since, *until); InvalidOid where there is none. */
extern Oid jg_partition_find(JgFamily family, int64 run_id, int64 *since, int64 *until);

/* The same, but asks the janitor for it and waits until it is there. For new ids only. Never returns InvalidOid. */
extern Oid jg_partition_await(JgFamily family, int64 run_id, int64 *since, int64 *until);

/* Upper bound of the last partition of `family`, 0 where there is none. */
extern int64 jg_partition_last(JgFamily family);

#endif
