/* Work in batches, where one bad row must not stop the rest. */
#ifndef JG_WORKER_BATCH_H
#define JG_WORKER_BATCH_H

#include "sql.h"
#include "worker.h"

#define JG_BATCH_ROWS 1000

/*
 * A kind of batch, of rows of one table. take() locks rows of jg_batch_candidates() without waiting and puts their ids
 * into run_ids; process() does the work on them in the same transaction.
 */
typedef struct JgBatch
{
	JgUnit unit; /* body: jg_batch_body */
	const char *place;
	JgSql fresh; /* sorted run_id of rows that are not set aside: $1 = now, $2 = at most so many */
	JgSql again; /* of rows that were, until now; a take() of its own may give both another meaning */
	void (*take)(struct JgBatch *batch);
	void (*process)(struct JgBatch *batch);

	/* Of the batch that is going on. */
	bool retry; /* rows that were set aside */
	int64 only; /* the row of that id, 0 = any */
	int seen;   /* candidates */
	int n;
	int64 run_ids[JG_BATCH_ROWS];
	int nlocked;
	int64 locked[JG_BATCH_ROWS]; /* by somebody else: set aside when the batch is done */

	bool none_aside; /* for certain */
	JgUnit aside_unit;
} JgBatch;

extern void jg_batch_body(void *batch);

/*
 * Processes what there is, as many batches as a round allows, and asks for another round where some is left or has
 * been set aside.
 */
extern void jg_batch_drain(JgBatch *batch);

/* Run ids to be tried, for take(): batch->only, or what the statement finds, at most JG_BATCH_ROWS. */
extern int jg_batch_candidates(JgBatch *batch, int64 *ids);

/* Passes over a run for a while, once the batch is done. */
extern void jg_batch_pass_over(JgBatch *batch, int64 run_id);

/* Fills run_ids with the candidates that are in `locked`; the others are passed over. Both sorted. */
extern void jg_batch_keep_locked(JgBatch *batch, const int64 *candidates, int ncandidates, const int64 *locked,
								 int nlocked);

#endif
