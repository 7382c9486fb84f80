/*
 * contain.h - every process of a job, however far it went, and the limits they share.
 *
 * The interface over what a node has: control groups, or as the last resort the tree of processes.  The main process
 * must stay uncollected between begin and end: as long as it is a zombie, its id, group and session cannot be a
 * stranger's.
 */
#ifndef JOBGRID_KEEPER_CONTAIN_H
#define JOBGRID_KEEPER_CONTAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/types.h>

#include "account.h"
#include "buf.h"
#include "err.h"
#include "group.h"
#include "message.h"
#include "specblock.h"

typedef struct Contain
{
	TAILQ_ENTRY(Contain) link;
	AttemptKey key;
	pid_t leader;
	int64_t started_at;
	Group *group; /* NULL: the tree of processes */
	bool left;    /* ended, and what is left of it lives on */
} Contain;

/*
 * Once a process, for the executor of that name: finds out what the node has and says in the log what it lacks.
 * Orphans of jobs come to the keeper from then on.
 */
int contain_init(const char *name, Err *e);
void contain_close(void);

/* The set of what is enforced here (enforce.h). */
unsigned contain_enforced(void);

/* A child of the keeper that is no job's. */
void contain_exempt(pid_t pid);

/* Before the fork: a place for the job, with its limits, and the door to it. */
int contain_take(Contain *contain, const AttemptKey *key, const SpecNumbers *numbers, GroupDoor *door, Err *e);
void contain_begin(Contain *contain, pid_t leader); /* after it */

void contain_signal(const Contain *contain, int signo); /* the main process' group */
void contain_kill(Contain *contain);                    /* all of it, if the node can */

/* Kills all of it but the ended main process; returns how many are not gone yet. */
size_t contain_sweep(Contain *contain);

/* Lets what it has left live on. Returns how many processes; where says the rest of "left N processes". */
size_t contain_leave(Contain *contain, Buf *where);
Account contain_account(const Contain *contain);

/* Gives the place back; also one that nobody began in. */
void contain_end(Contain *contain);

/* Collects orphans that have ended. */
void contain_reap(void);

#endif
