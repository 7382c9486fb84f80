/* Ghosts: attempts that executors have and this database has never heard of. */
#ifndef JG_GHOST_H
#define JG_GHOST_H

#include "postgres.h"

#include "known.h"
#include "narrow.h"

#define JG_GHOST_NOWHERE (-1)

/* Where a run is, locked, and to whom its last attempt was given as far as that is still known. */
typedef struct JgGhostPlace
{
	bool live;
	JgTable table;
	JgNarrow row;
	int64 fence;       /* 0 = not known */
	int32 executor_id; /* 0 = not known, or none */
} JgGhostPlace;

/*
 * The runs that stand here for attempts which this executor knows by other names: 0 where an attempt is no such ghost,
 * JG_GHOST_NOWHERE where there could be none.
 */
extern void jg_ghost_runs(int32 executor_id, const JgAttemptKey *keys, int n, int64 *runs);

/* Finds a run and locks it where it lives. */
extern JgGhostPlace jg_ghost_find(int64 run_id);

/* Decides about a known attempt that is not the last one of its run; true: it is stale. */
extern bool jg_ghost_judge(const JgSayer *sayer, const JgKnown *known, const JgGhostPlace *place);

/* Notes how a ghost ended for which there is no run. */
extern void jg_ghost_ended(int32 executor_id, const JgAttemptKey *key, const char *words);

/* Forgets the ghosts of an executor that it does not name any more and that nobody has to look at. */
extern void jg_ghosts_forget(int32 executor_id, const JgKnownList *known);

#endif
