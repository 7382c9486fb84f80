/* Skips runs that have not started. */
#ifndef JG_SKIP_H
#define JG_SKIP_H

#include "postgres.h"

#include "lease.h"
#include "state.h"

/*
 * Those of run_ids (an array) that nobody works on and that are not unknown; the message may be NULL. What somebody else has
 * locked is waited for or passed over. Returns how many were skipped. SPI must be connected.
 */
extern int jg_skip_runs(Datum run_ids, const char *reason, const char *message, JgWait wait, JgActor actor);

#endif
