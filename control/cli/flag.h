/*
 * The verbs about flags of jobs: hold, take-out, bypass, release. One shape, for jobs that are named or that a filter means.
 */
#ifndef JOBGRID_CLI_FLAG_H
#define JOBGRID_CLI_FLAG_H

#include "act.h"
#include "bulk.h"

extern const char *const flag_explained[];

/* Runs, jobs, or a filter. */
extern int flag_check(const Cli *cli, const Args *args, Failure *failure);

/* Jobs or a filter. */
extern int flag_check_jobs(const Cli *cli, const Args *args, Failure *failure);

/* verb in SQL's words; query and the number of its values are those of act_on_named(). */
extern int flag_act(Cli *cli, const char *verb, const Query *query, int count, const Args *args, Failure *failure);

#endif
