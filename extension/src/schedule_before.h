/* What schedules said until they were edited, and their fires in the order of time whatever they said when. */
#ifndef JG_SCHEDULE_BEFORE_H
#define JG_SCHEDULE_BEFORE_H

#include "postgres.h"

#include "schedule_rule.h"

/* What counts for fires later than from_at, up to until_at. */
typedef struct JgBefore
{
	int32 schedule_id;
	TimestampTz from_at;
	TimestampTz until_at;
	JgRule rule;
} JgBefore;

/* Of these schedules, whose cursors the caller has locked: sorted by schedule and time. Returns how many. */
extern int jg_before_read(Datum schedule_ids, JgBefore **before);

/* They have been decided. */
extern void jg_before_forget(Datum schedule_ids);

/* One schedule in time: what it said before, each where the other ends, and what it says since from_at. */
typedef struct JgFires
{
	const JgBefore *before;
	int nbefore;
	TimestampTz from_at;
	const JgRule *rule; /* NULL = nothing fires since */
} JgFires;

/* As JgNextFire of time/catchup.h. */
extern bool jg_fires_next(const void *fires, int64_t after, int64_t *at);

#endif
