/* Which cluster this is, which epoch, and whether it must stay held. */
#ifndef JG_CLUSTER_H
#define JG_CLUSTER_H

#include "postgres.h"

/*
 * Compares the row in jobgrid_engine.cluster with this server (system identifier, database, token file, timeline) and
 * sets jg_shared->held and epoch at commit. No row: not held, epoch 0, and nothing is written or started. Called by the
 * scheduler at start and on a bell, inside a transaction with SPI connected.
 */
extern void jg_cluster_check(void);

/* Writes the row where there is none yet: the first submitted or restored run makes the database somebody's. */
extern void jg_cluster_adopt_first(void);

/* Whether runs may be started: not held, and past the first run. */
extern bool jg_cluster_works(void);

/* An executor has shown a fence of an epoch beyond ours: the next epoch will be later than that one. Needs no commit. */
extern void jg_cluster_later(uint32 epoch);

/* NULL while the database works, else why nothing is handed out (palloc'd). */
extern char *jg_cluster_held_reason(void);

#endif
