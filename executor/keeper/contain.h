/*
 * contain.h - every process of a job, however far it went, and the limits they share.
 *
 * The interface over what a node has: control groups, or as the last resort the tree of
 * processes.  The main process must stay uncollected between begin and end: as long as it
 * is a zombie, its id, group and session cannot be a stranger's.  That is not so for an
 * adopted job, whose processes somebody else collects.
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
#include "state.h"

typedef struct Contain
{
	TAILQ_ENTRY(Contain) link; /* not of an adopted one */
	AttemptKey key;
	pid_t leader;
	int64_t start_ticks; /* of the leader */
	int leader_fd;       /* of an adopted one, the owner's */
	bool adopted;
	bool left;    /* ended, and what is left of it lives on */
	Group *group; /* NULL: the tree of processes */
} Contain;

/*
 * Once a process, for the executor of that name: finds out what the node has and says in the log what it lacks.
 * Orphans of jobs come to the keeper from then on. before: the state of the program that was in this process, or NULL.
 */
int contain_init(const char *name, const State *before, Err *e);
void contain_close(void);

/* The set of what is enforced here (enforce.h). */
unsigned contain_enforced(void);

/* Children of the keeper that are no job's. */
void contain_exempt(pid_t pid);
void contain_include(pid_t pid);

/* Before the fork: a place for the job, with its limits, and the door to it. */
int contain_take(Contain *contain, const AttemptKey *key, const SpecNumbers *numbers, GroupDoor *door, Err *e);
void contain_begin(Contain *contain, pid_t leader); /* after it */

/* Where its processes are kept, for the journal; "" where there is no such place. The caller frees it. */
char *contain_place(const Contain *contain);

/* A job that was begun before this program took its predecessor's place in the same process. */
void contain_resume(Contain *contain, const AttemptKey *key, pid_t leader, const char *place);

/*
 * A job of a keeper that died: nothing of it is a child of ours. pidfd is its main process, -1 when that has ended; the
 * rest is known by its place, or by its environment.
 */
void contain_adopt(Contain *contain, const AttemptKey *key, pid_t leader, int64_t start_ticks, int pidfd,
				   const char *place);

void contain_signal(const Contain *contain, int signo); /* the main process' group */
void contain_kill(Contain *contain);                    /* all of it, if the node can */

/* Kills all of it but the ended main process; returns how many are not gone yet. */
size_t contain_sweep(Contain *contain);

/* Lets what it has left live on. Returns how many processes; where says the rest of "left N processes". */
size_t contain_leave(Contain *contain, Buf *where);
Account contain_account(const Contain *contain);

/* The same when its main process has ended: what the resources used by that, which its parent is told, do not say. */
Account contain_last_account(const Contain *contain);

/* Gives the place back; also one that nobody began in. */
void contain_end(Contain *contain);

/* Collects orphans that have ended. */
void contain_reap(void);

#endif
