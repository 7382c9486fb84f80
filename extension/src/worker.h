/* The frame of the static workers: registration, the one loop, and a unit of work as one transaction. */
#ifndef JG_WORKER_H
#define JG_WORKER_H

#include "postgres.h"

#include "shmem.h"
#include "utils/timestamp.h"

typedef enum JgUnitResult
{
	JG_UNIT_DONE,    /* committed */
	JG_UNIT_FAILED,  /* aborted, logged and counted */
	JG_UNIT_RESTING, /* not tried: it failed a short while ago */
	JG_UNIT_ABSENT   /* not tried: no extension, or not this library's version */
} JgUnitResult;

/* Work of one kind. Declare it static next to its body; it remembers failures, to back off. */
typedef struct JgUnit
{
	const char *name; /* in pg_stat_activity and in the context of errors */
	void (*body)(void *arg);
	int failures; /* in a row */
	TimestampTz retry_at;
} JgUnit;

extern void jg_workers_register(void); /* from _PG_init */
extern PGDLLEXPORT void jg_worker_main(Datum arg);

/*
 * Runs the body in one transaction of its own, as the owner role, with SPI connected. What the body is to leave behind
 * goes into memory of the caller or into jg_worker_scratch.
 */
extern JgUnitResult jg_unit_run(JgUnit *unit, void *arg);

/* The same without a memory of failures; quietly: for the single rows of a batch that failed, the error is not logged. */
extern JgUnitResult jg_unit_try(const char *name, void (*body)(void *arg), void *arg);
extern JgUnitResult jg_unit_try_quietly(const char *name, void (*body)(void *arg), void *arg);

/* The message of the last error of a unit. */
extern const char *jg_unit_last_error(void);

/* Whether something that is to be done at a moment, and every so often, is to be done now; a clock that went back cannot defer it. */
extern bool jg_worker_is_due(TimestampTz moment, int every_ms);

/* This round is followed by another at that moment, or earlier. */
extern void jg_worker_wake_at(TimestampTz moment);

extern const char *jg_worker_name(JgWorker worker);

/* Is this process one of the three, and not a session or a SQL worker? */
extern bool jg_in_worker(void);

/* Reset after each round. */
extern MemoryContext jg_worker_scratch;

#endif
