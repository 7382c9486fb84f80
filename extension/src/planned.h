/* Runs that a schedule has made: many jobs at once, as submit.h makes many runs of one. */
#ifndef JG_PLANNED_H
#define JG_PLANNED_H

#include "postgres.h"

#include "narrow.h"

/* One run to be written; texts live as long as the call. */
typedef struct JgPlanned
{
	JgTable table;
	JgNarrow narrow; /* with its run_id */
	bool overlap;    /* waits until fewer runs of its job are at work */
	int32 schedule_id;
	TimestampTz scheduled_for;
	const char *queue;
	const char *priority;
	Datum parameters; /* jsonb */
} JgPlanned;

/* Writes the runs; ids ascend, and their partitions exist (jg_submit_ids). SPI must be connected. */
extern void jg_planned_write(const JgPlanned *runs, int n);

#endif
