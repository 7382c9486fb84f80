/* Leases whose owner is gone. */
#ifndef JG_LOST_H
#define JG_LOST_H

#include "postgres.h"

/*
 * Decides about leases of an executor that will not be heard of again, by the jobs' on_lost: hold parks the run as
 * unknown, retry tries again while attempts are left, fail ends it. run_ids NULL: all leases of the executor.
 * Returns how many leases were lost. SPI must be connected. Also for hello() of a new instance.
 */
extern int jg_lose_leases(int32 executor_id, const int64 *run_ids, int n);

/* The same for leases without an executor: SQL runs whose worker died outside of a transaction. */
extern int jg_lose_runs(const int64 *run_ids, int n);

#endif
