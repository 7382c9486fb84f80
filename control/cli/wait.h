/*
 * Waiting for a run to end.
 */
#ifndef JOBGRID_CLI_WAIT_H
#define JOBGRID_CLI_WAIT_H

#include "cli.h"
#include "failure.h"
#include "output.h"

typedef struct Wait
{
	const char *run;
	long timeout_ms; /* 0: none */
	Output *output;  /* followed meanwhile, or null */
	bool changes;    /* say each change of state, where people look */
} Wait;

typedef struct WaitEnd
{
	bool succeeded;
	int exit_code; /* of the run, or -1 */
	int signal;    /* or 0 */
} WaitEnd;

/* Returns 0 when the run has ended; a timeout and Ctrl-C are failures whose hints say how to come back. */
extern int wait_for_end(Cli *cli, const Wait *wait, WaitEnd *end, Failure *failure);

#endif
