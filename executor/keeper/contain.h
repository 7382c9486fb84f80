/*
 * contain.h - every process of a job, however far it went.
 *
 * The interface that a control group will implement as well.  The main process
 * must stay uncollected between begin and end: as long as it is a zombie, its id,
 * group and session cannot be a stranger's.  That is not so for an adopted job,
 * whose processes somebody else collects.
 */
#ifndef JOBGRID_KEEPER_CONTAIN_H
#define JOBGRID_KEEPER_CONTAIN_H

#include <stdbool.h>
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
	int64_t start_ticks; /* of the leader */
	int leader_fd;       /* of an adopted one, the owner's */
	bool adopted;
} Contain;

/* Once a process: orphans of jobs come to the keeper. */
int contain_init(Err *e);

/* Children of the keeper that are no job's. */
void contain_exempt(pid_t pid);
void contain_include(pid_t pid);

void contain_begin(Contain *contain, const AttemptKey *key, pid_t leader);

/* Where its processes are kept, for the journal; "" where there is no such place. */
const char *contain_place(const Contain *contain);

/* A job that was begun before this program took its predecessor's place in the same process. */
void contain_resume(Contain *contain, const AttemptKey *key, pid_t leader, const char *place);

/*
 * A job of a keeper that died: nothing of it is a child of ours. pidfd is its main process, -1 when that has ended; the
 * rest is known by its place, or by its environment.
 */
void contain_adopt(Contain *contain, const AttemptKey *key, pid_t leader, int64_t start_ticks, int pidfd,
				   const char *place);

void contain_signal(const Contain *contain, int signo); /* the main process' group */

/* Kills all of it but the ended main process; returns how many are not gone yet. */
size_t contain_sweep(Contain *contain);
void contain_end(Contain *contain);

/* Collects orphans that have ended. */
void contain_reap(void);

#endif
