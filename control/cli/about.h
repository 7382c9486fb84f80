/*
 * Verbs that ask about a run or a job: a number is a run, anything else a job.
 */
#ifndef JOBGRID_CLI_ABOUT_H
#define JOBGRID_CLI_ABOUT_H

#include "args.h"
#include "cli.h"
#include "failure.h"

#define ABOUT_OPTIONS                                    \
	{"job", 'j', "JOB", "a job whose name is a number"}, \
	{                                                    \
		"tenant", 0, "NAME", "tenant of the job"         \
	}

/* For Command.check. */
extern int about_check(const Cli *cli, const Args *args, Failure *failure);

/* Values of $1::bigint, $2, $3: run, job and tenant. */
extern void about_values(const Args *args, const char *values[3]);

#endif
