/* Work in batches, where one bad row must not stop the rest. */
#ifndef JG_WORKER_BATCH_H
#define JG_WORKER_BATCH_H

#include "worker.h"

#define JG_BATCH_ROWS 1000
#define JG_ASIDE_ROWS 256

/* A run that is passed over for a while: locked by somebody, or its processing failed. */
typedef struct JgAside
{
	int64 run_id;
	int times;
	TimestampTz until;
} JgAside;

/*
 * A kind of batch. take() locks at most JG_BATCH_ROWS rows that are not set aside (or only->that one), without waiting,
 * and puts their ids into run_ids; process() does the work on them in the same transaction.
 */
typedef struct JgBatch
{
	JgUnit unit; /* body: jg_batch_body */
	void (*take)(struct JgBatch *batch);
	void (*process)(struct JgBatch *batch);
	int64 only; /* 0 = any */
	int n;
	int64 run_ids[JG_BATCH_ROWS];
	int naside;
	JgAside aside[JG_ASIDE_ROWS];
} JgBatch;

extern void jg_batch_body(void *batch);

/* Processes what there is, as many batches as a round allows, and asks for another round where some is left. */
extern void jg_batch_drain(JgBatch *batch);

/* Passes over a run for some time that doubles from 200 ms to 1 minute. */
extern void jg_batch_set_aside(JgBatch *batch, int64 run_id);

/* Ids to be passed over now, as bigint[]. */
extern Datum jg_batch_aside_ids(const JgBatch *batch);

/* Fills run_ids with the candidates that are in `locked`; the others are set aside. Both sorted. */
extern void jg_batch_keep_locked(JgBatch *batch, const int64 *candidates, int ncandidates, const int64 *locked,
								 int nlocked);

#endif
