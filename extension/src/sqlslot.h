/* SQL runs at work: what dispatcher and SQL worker tell each other through shared memory. */
#ifndef JG_SQLSLOT_H
#define JG_SQLSLOT_H

#include "postgres.h"

#include "storage/dsm.h"
#include "storage/latch.h"
#include "utils/timestamp.h"

#define JG_SQL_SLOTS 64
#define JG_SQL_MESSAGE 1024

/*
 * free ─reserve─▶ reserved ─go─▶ going ─(the worker's exit)─▶ done ─free─▶ free
 *                    │ └──(the worker's exit)──────────────────▲
 *                    └─void─▶ free
 * reserved: the worker is registered, its lease not yet committed. All but the worker's exit is the dispatcher's.
 */
typedef enum JgSqlState
{
	JG_SQL_FREE,
	JG_SQL_RESERVED,
	JG_SQL_GOING,
	JG_SQL_DONE
} JgSqlState;

/* What the worker says before it exits. */
typedef enum JgSqlOutcome
{
	JG_SQL_DIED,      /* nothing: it was killed, or never started */
	JG_SQL_REFUSED,   /* the server gave it no session of its role */
	JG_SQL_COMPLETED, /* work and completion are committed: nothing is left to do */
	JG_SQL_SUCCEEDED,
	JG_SQL_FAILED,
	JG_SQL_TIMED_OUT,
	JG_SQL_CANCELLED,
	JG_SQL_STALE /* its lease was gone; all was rolled back */
} JgSqlOutcome;

typedef struct JgSqlSlot
{
	JgSqlState state;
	uint32 generation; /* tells a worker that comes late that the slot is no longer its own */
	int64 run_id;
	int64 fence;
	int32 attempt;
	Oid role;
	Oid database;
	bool one;         /* transaction = one */
	int64 timeout_ms; /* 0 = none */
	int64 grace_ms;
	dsm_handle segment; /* a JgSqlSpec */
	pid_t pid;          /* 0 = not started, or gone */
	Latch *latch;
	bool begun;  /* from here on statements may have run */
	bool cancel; /* it was asked to cancel */
	bool timed_out;
	TimestampTz kill_at; /* 0 = not to be killed */
	JgSqlOutcome outcome;
	char message[JG_SQL_MESSAGE];
	char command_tag[64]; /* empty = none */
	bool has_rows;
	uint64 rows;
} JgSqlSlot;

extern void jg_sqlslot_init(void); /* from _PG_init: asks for shared memory */

/* The dispatcher's side. */
extern int jg_sqlslot_reserve(const JgSqlSlot *run); /* index, -1 = none is free */
extern void jg_sqlslot_go(int index);
extern void jg_sqlslot_void(int index);
extern void jg_sqlslot_free(int index);
extern int jg_sqlslot_in_use(void);
extern void jg_sqlslot_copy(int index, JgSqlSlot *copy);
extern uint32 jg_sqlslot_generation(int index);
extern bool jg_sqlslot_cancel(int index, TimestampTz kill_at); /* false: asked before */
extern void jg_sqlslot_kill(int index);

/* The worker's side. */
extern bool jg_sqlslot_arrive(int index, uint32 generation, JgSqlSlot *copy); /* false: not ours any more */
extern void jg_sqlslot_leave(int index, uint32 generation);
extern JgSqlState jg_sqlslot_state(int index, uint32 generation); /* free where it is not ours any more */
extern void jg_sqlslot_begun(int index);
extern bool jg_sqlslot_cancelled(int index);
extern void jg_sqlslot_timed_out(int index); /* from a signal handler */
extern void jg_sqlslot_report(int index, JgSqlOutcome outcome, const char *message, const char *command_tag,
							  bool has_rows, uint64 rows);

#endif
