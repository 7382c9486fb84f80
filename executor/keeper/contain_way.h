/*
 * contain_way.h - what a way of containing jobs has to do for contain.c.
 */
#ifndef JOBGRID_KEEPER_CONTAIN_WAY_H
#define JOBGRID_KEEPER_CONTAIN_WAY_H

#include "contain.h"

typedef struct ContainWay
{
	void (*kill)(Contain *contain);
	size_t (*sweep)(Contain *contain);
	size_t (*leave)(Contain *contain, Buf *where);
	Account (*account)(const Contain *contain);
} ContainWay;

extern const ContainWay contain_group_way;
extern const ContainWay contain_tree_way;
extern const ContainWay contain_adopted_way; /* without a group */

/* What a signal for the main process' group is there. */
void contain_adopted_signal(const Contain *contain, int signo);

/* What jobs have left on the tree may have ended. */
void contain_tree_reaped(void);

/* For the tree: the jobs between begin and end, and the living children of the keeper that are nobody's main process. */
TAILQ_HEAD(ContainQueue, Contain);
extern struct ContainQueue contain_all;

typedef void (*OrphanVisitor)(pid_t pid, void *arg);
void contain_orphans(OrphanVisitor visit, void *arg);

#endif
