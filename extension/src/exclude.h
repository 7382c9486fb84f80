/* notrunning(): runs that are not to be on their way at the same time. Only the scheduler calls this. */
#ifndef JG_EXCLUDE_H
#define JG_EXCLUDE_H

#include "postgres.h"

/*
 * Of locked pending runs whose conditions hold: leaves those for which an atom notrunning() does not hold any more, because of
 * one before them or of others, and notes the rest where somebody watches their job. Returns how many are left.
 */
extern int jg_exclude(int64 *run_ids, int n);

/* These have ended: their ids and their jobs', as arrays. */
extern void jg_exclude_forget(Datum run_ids, Datum job_ids);

#endif
