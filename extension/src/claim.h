/* Hands runs to an executor. */
#ifndef JG_CLAIM_H
#define JG_CLAIM_H

#include "postgres.h"

#include "lease.h"

typedef struct JgClaimed
{
	JgLease lease;
	const char *kind;
	const char *detail; /* specification for the executor, NULL for a noop */
	bool left_out;      /* its job is taken out or bypassed */
} JgClaimed;

/* Claims at most `want` runs for the executor and leases them. SPI must be connected. */
extern int jg_claim(int32 executor_id, int want, JgClaimed *claimed);

/* The answer to attempts that are leased already, for a repeated request. */
extern int jg_claim_again(int32 executor_id, const int64 *run_ids, int n, JgClaimed *claimed);

#endif
