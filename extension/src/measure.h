/* What an executor's ends say about it, kept in shared memory: how often it succeeds, how soon it starts. */
#ifndef JG_MEASURE_H
#define JG_MEASURE_H

#include "postgres.h"

#include "move.h"
#include "score.h"
#include "shmem.h"

/* Takes in ended attempts of one executor. */
extern void jg_measure_ends(const JgAttempt *attempts, int n);

/* All that is measured of an executor, but its capability. Caller holds the lock. */
extern JgMeasures jg_measures(const JgExecutorSlot *slot);

#endif
