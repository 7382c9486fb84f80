/*
 * mark.h - which processes of the machine are this executor's jobs.
 *
 * Two executors of one node, of two databases for instance, can have attempts with the same numbers.  The work directory
 * is one keeper's alone, so it tells them apart; every job has it in its environment.
 */
#ifndef JOBGRID_KEEPER_MARK_H
#define JOBGRID_KEEPER_MARK_H

#include "err.h"

int mark_init(int work_fd, Err *e);

/* "NAME=value"; "" before mark_init(). */
const char *mark_variable(void);

#endif
