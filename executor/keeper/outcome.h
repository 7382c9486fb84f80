/*
 * outcome.h - how a job ended: from what the kernel and the job's group say to what the agent is told.
 */
#ifndef JOBGRID_KEEPER_OUTCOME_H
#define JOBGRID_KEEPER_OUTCOME_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/resource.h>

#include "account.h"
#include "message.h"

typedef struct Outcome
{
	MsgEvent cause; /* ours, when we ended it; 0: its own */
	bool seen;      /* by its parent; nobody else is told how a process ends */
	bool lost;      /* by its own word nobody can know what it has done */
	int exit_kind;  /* CLD_* */
	int exit_status;
	struct rusage usage; /* of the main process and the children it has waited for */
	Account account;
} Outcome;

/* Fills what follows from it: event, exit code, signal, resources. */
void outcome_fill(const Outcome *outcome, MsgEnded *ended);

/* What people are told of it; limit: the job's, or 0. The caller frees it. */
char *outcome_describe_oom(int64_t limit);

#endif
