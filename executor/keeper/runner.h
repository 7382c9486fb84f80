/*
 * runner.h - kinds of jobs as programs in a folder of the node.
 */
#ifndef JOBGRID_KEEPER_RUNNER_H
#define JOBGRID_KEEPER_RUNNER_H

#include "identity.h"

/*
 * Finds the runners of the folder (NULL: the one beside this program, or of its installation) that work for the job
 * user, and says in the log which and why not others.  Takes 5 s at most.
 */
void runner_init(const char *directory, const Identity *job_user);

/* "shell,noop" and the runners that work. */
const char *runner_kinds(void);

/* The program of a kind that works here; the caller frees. */
int runner_find(const char *kind, char **path, Err *e);

#endif
