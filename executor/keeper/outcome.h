/*
 * outcome.h - how a job ended: from what the kernel and the job's group say to what the agent is told.
 */
#ifndef JOBGRID_KEEPER_OUTCOME_H
#define JOBGRID_KEEPER_OUTCOME_H

#include <signal.h>
#include <stddef.h>
#include <sys/resource.h>

#include "account.h"
#include "message.h"

typedef struct Outcome
{
	MsgEvent cause; /* ours, when we ended it; 0: its own */
	siginfo_t status;
	struct rusage usage; /* of the main process and the children it has waited for */
	Account account;
} Outcome;

/* Fills what follows from it: event, exit code, signal, resources. */
void outcome_fill(const Outcome *outcome, MsgEnded *ended);

/* What people are told of it; limit: the job's, or 0. */
void outcome_describe_oom(int64_t limit, char *text, size_t size);

#endif
