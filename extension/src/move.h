/* The state routine: the only code that moves a live run between narrow tables or ends it. */
#ifndef JG_MOVE_H
#define JG_MOVE_H

#include "postgres.h"

#include "state.h"
#include "utils/timestamp.h"

/* How a run ends. The narrow row is gone already or goes with it; texts may be NULL. */
typedef struct JgEnd
{
	int64 run_id;
	int32 job_id;
	int32 business_date; /* DateADT */
	JgState from;
	JgState to;
	const char *reason;
	const char *message;
	Datum result; /* jsonb, where has_result */
	bool has_result;
	bool has_exit;
	int32 exit_code;
	int32 signal;           /* 0 = none */
	int32 attempts;         /* highest attempt number, 0 = never claimed */
	int32 version;          /* 0 = never bound */
	int32 executor_id;      /* 0 = none */
	TimestampTz started_at; /* 0 = never */
	TimestampTz finished_at;
} JgEnd;

/* The end of one try, an append-only row. */
typedef struct JgAttempt
{
	int64 run_id;
	int64 fence;
	int32 attempt;
	int32 version;
	int32 executor_id; /* 0 = none */
	bool has_exit;
	int32 exit_code;
	int32 signal;
	TimestampTz claimed_at;
	TimestampTz started_at;
	TimestampTz finished_at;
	int64 cpu_us; /* 0 = unknown */
	int64 max_rss_kb;
	const char *state; /* succeeded, failed, cancelled, unknown, returned */
	const char *reason;
	const char *decided_by;
	const char *message;
} JgAttempt;

/*
 * Moves the given runs from one narrow table to another state's table, all at once; `to` must not be final.
 * reason (may be NULL) is written to the row. due_at: new moment for due rows, 0 = keep. lanes: new lane ids, one a
 * run, or NULL = keep. Rows that are not in `from` any more are passed over; returns how many moved.
 * Moving to queued rings the dispatcher, to waiting the scheduler. SPI must be connected.
 */
extern int jg_move_batch(JgTable from, JgState from_state, JgTable to, JgState to_state, JgActor actor,
						 const int64 *run_ids, int n, const char *reason, TimestampTz due_at, const int32 *lanes);

/* Writes the ends: run rows, `ended` rows where somebody waits for the job; rings the scheduler for those. */
extern void jg_finish(const JgEnd *ends, int n, JgActor actor);

/*
 * The same in two parts, for the scheduler, which consumes some ends in the transaction that makes them: the run rows, where
 * parents[i] becomes the workflow's run that end i is a step of, 0 = none; and the `ended` rows.
 */
extern void jg_finish_untold(const JgEnd *ends, int n, JgActor actor, int64 *parents);
extern void jg_finish_tell(const JgEnd *ends, int n, const int64 *parents);

extern void jg_write_attempts(const JgAttempt *attempts, int n);

/* One history row, by the actor of this session. xid is this transaction's. */
extern void jg_write_history(int64 run_id, const char *action, const char *from, const char *to, const char *reason,
							 const char *detail);

#endif
