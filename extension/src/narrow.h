/* Rows of the narrow tables: what a live run carries with it from table to table. */
#ifndef JG_NARROW_H
#define JG_NARROW_H

#include "postgres.h"

#include "state.h"
#include "utils/date.h"
#include "utils/timestamp.h"

typedef struct JgNarrow
{
	int64 run_id;
	int64 rank;
	TimestampTz due_at; /* 0 = none */
	TimestampTz since;
	int32 job_id;
	int32 tenant_id;
	int32 lane_id; /* 0 = not known yet */
	int32 attempt; /* claims so far; names the last attempt */
	int32 tries;   /* those of them that count against the job's attempts */
	int32 unmet;   /* conditions not met; -1 = not looked at (null in the table) */
	DateADT business_date;
	JgState state;
	const char *reason;
} JgNarrow;

/* Inserts rows into one of due, pending, ready, parked. Rings whom it concerns. */
extern void jg_narrow_insert(JgTable table, const JgNarrow *rows, int n);

/* Locks the row of a live run and says where it is; false: there is none. */
extern bool jg_narrow_lock(int64 run_id, JgTable *table, JgNarrow *row);

/* Deletes the row of a live run that this transaction has locked, and what a pending one waits for. */
extern void jg_narrow_delete(JgTable table, int64 run_id);

#endif
