/*
 * contain.h - every process of a job, however far it went.
 *
 * The interface that a control group will implement as well.  The main process
 * must stay uncollected between begin and end: as long as it is a zombie, its id,
 * group and session cannot be a stranger's.
 */
#ifndef JOBGRID_KEEPER_CONTAIN_H
#define JOBGRID_KEEPER_CONTAIN_H

#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/types.h>

#include "err.h"
#include "message.h"

typedef struct Contain
{
	TAILQ_ENTRY(Contain) link;
	AttemptKey key;
	pid_t leader;
	int64_t started_at;
} Contain;

/* Once a process: orphans of jobs come to the keeper. */
int contain_init(Err *e);

/* A child of the keeper that is no job's. */
void contain_exempt(pid_t pid);

void contain_begin(Contain *contain, const AttemptKey *key, pid_t leader);
void contain_signal(const Contain *contain, int signo); /* the main process' group */

/* Kills all of it but the ended main process; returns how many are not gone yet. */
size_t contain_sweep(Contain *contain);
void contain_end(Contain *contain);

/* Collects orphans that have ended. */
void contain_reap(void);

#endif
