/* What an executor says it has when it says hello. */
#ifndef JG_KNOWN_H
#define JG_KNOWN_H

#include "postgres.h"

#include "lease.h"
#include "utils/array.h"

typedef struct JgKnown
{
	JgAttemptKey key;
	bool ended;         /* and its end is not reported; else it runs */
	const char *tenant; /* NULL = not known any more */
	const char *job;    /* full name, NULL likewise */
} JgKnown;

typedef struct JgKnownList
{
	int n;
	JgKnown *items;
} JgKnownList;

/* Who says so. */
typedef struct JgSayer
{
	int32 executor_id;
	const char *name;
	bool same_instance; /* as at its last hello */
	bool same_journal;  /* as then, and it names one */
} JgSayer;

/* The attempts that are to be stopped and forgotten, side by side. */
typedef struct JgStale
{
	int n;
	int64 *run_ids;
	int64 *fences;
} JgStale;

/* Reads hello()'s argument. */
extern JgKnownList jg_known_read(ArrayType *array);

/* Raises where an attempt was handed out in a later epoch than this database is in. Changes no row. */
extern void jg_known_require_epoch(const char *name, const JgKnownList *known);

/* Whether jg_known_settle() would change anything; says nothing for sure while others are at it. */
extern bool jg_known_unsettled(const JgSayer *sayer, const JgKnownList *known);

/*
 * Decides about everything that the executor has and about everything it was believed to have. The executor's row and
 * its request are locked. SPI must be connected.
 */
extern JgStale jg_known_settle(const JgSayer *sayer, const JgKnownList *known);

#endif
