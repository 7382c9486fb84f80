/*
 * The verbs that act on runs or a job: one shape, several functions.
 */
#ifndef JOBGRID_CLI_ACT_H
#define JOBGRID_CLI_ACT_H

#include <limits.h>

#include "args.h"
#include "query.h"

#define ACT_USAGE "RUN... [-r REASON] | --job JOB [-r REASON]"

#define ACT_OPTIONS                                                                                         \
	{"job", 'j', "JOB", "the job instead of single runs"}, {"reason", 'r', "TEXT", "why, for the history"}, \
	{                                                                                                       \
		"tenant", 0, "NAME", "tenant of the job"                                                            \
	}

#define ACT_COLUMNS "run_id, job, state, reason, note"

/* Statement of one of them. */
#define ACT_QUERY(verb)                                                        \
	{                                                                          \
		.sql = "select " ACT_COLUMNS " from jobgrid." verb                     \
			   "(run_id => $1::bigint, job => $2, reason => $3, tenant => $4)" \
	}

/* Either runs or a job. */
extern int act_check(const Cli *cli, const Args *args, Failure *failure);

/*
 * Each run in a transaction of its own, so that one that refuses does not keep the others; then the exit code says that
 * it was done in part.
 */
extern int act_on(Cli *cli, const Query *query, const Args *args, Failure *failure);

/*
 * The same, where an operand that is no number is a job: the first `count` of $1 run, $2 job, $3 reason, $4 tenant, $5 until,
 * $6 the user's zone.
 */
extern int act_on_named(Cli *cli, const Query *query, int count, const Args *args, Failure *failure);

#endif
