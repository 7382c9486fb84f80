/* Who may still write about an attempt: output, progress, checkpoints. */
#ifndef JG_WRITTEN_H
#define JG_WRITTEN_H

#include "postgres.h"

#include "datatype/timestamp.h"
#include "lease.h"

typedef struct JgWritten
{
	bool taken;             /* false: it has been given to somebody else, or decided about */
	bool leased;            /* false: its run is parked as unknown, or is no run here */
	int64 run_id;           /* where it goes; 0 = nowhere */
	TimestampTz claimed_at; /* or a moment before that */
} JgWritten;

/* Judges what an executor writes about attempts, of which some may be named as a ghost's. SPI must be connected. */
extern void jg_written(int32 executor_id, const JgAttemptKey *keys, int n, JgWritten *written);

#endif
