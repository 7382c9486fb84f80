/* Attempts whose owner is gone, or cannot say what became of them. */
#ifndef JG_LOST_H
#define JG_LOST_H

#include "postgres.h"

#include "definition.h"
#include "lease.h"

/* What is known of the loss: a reason of unknown.h, and words about it, or NULL. */
typedef struct JgLoss
{
	const char *reason;
	const char *message;
	bool hold; /* whatever the job's on_lost says */
} JgLoss;

/*
 * Decides about one attempt by the job's on_lost: hold parks the run as unknown, retry tries again while attempts are
 * left, fail ends it. Its lease, or its row in parked, is gone already. SPI must be connected.
 */
extern void jg_lose_lease(const JgLease *lease, const JgDefinition *definition, const JgLoss *loss);

/*
 * Does so with leases of an executor that will not be heard of again. run_ids NULL: all leases of the executor. Returns
 * how many leases were lost. Also for hello() of a new instance.
 */
extern int jg_lose_leases(int32 executor_id, const int64 *run_ids, int n, JgWait wait);

/* The same for a lease without an executor: a SQL run whose worker died outside of a transaction. */
extern void jg_lose_run(int64 run_id);

#endif
