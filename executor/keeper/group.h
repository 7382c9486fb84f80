/*
 * group.h - the control group of a job: one of its slot, or one of its own.
 *
 * It is a directory of the same name below ours in every hierarchy.
 */
#ifndef JOBGRID_KEEPER_GROUP_H
#define JOBGRID_KEEPER_GROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "cgroup.h"
#include "cgroupfs.h"
#include "err.h"
#include "specblock.h"

typedef struct Group
{
	TAILQ_ENTRY(Group) link; /* of those taken, idle or occupied */
	char *name;
	bool own;   /* of one job: removed when it is empty */
	bool fresh; /* its memory was nobody else's before */
	bool limited;
	bool worn;        /* by cgroup.kill; see group_init() */
	bool frozen;      /* by group_kill() */
	bool killed;      /* by cgroup.kill, the last time */
	int64_t cpu_base; /* what its counters said when it was taken */
	int64_t oom_base;
	bool counted; /* what they said last is known */
	int64_t cpu_last;
	int64_t oom_last;
} Group;

/* What a child needs to get into its group; descriptors that exec closes. */
typedef struct GroupDoor
{
	int unified; /* the group itself; -1: none */
	bool clone;  /* with clone3 */
	int procs[CGROUP_MAX_HIERARCHIES];
	size_t count;
} GroupDoor;

/*
 * Once, when there are hierarchies: gives the set of limits that are enforced.
 *
 * Some kernels (Linux 6.18 is one) kill a child that is born into a group, with clone3, when that group has been killed
 * before more often than its parent's. So a group that was killed is renewed before it is used again; and where the
 * keeper's own group has been killed before the keeper was in it, children are born outside and move in.
 */
unsigned group_init(void);

/* A group with its limits; own: a name for one that is no slot's. */
Group *group_take(const char *own, const SpecNumbers *numbers, Err *e);

/*
 * Where it is and what its counters began with, as text for whoever takes this keeper's place; the caller frees. And
 * back; NULL where there is no such group.
 */
char *group_place(const Group *group);
Group *group_resume(const char *place);

/* At the end of a turn: what need not be done for each job. */
void group_turn(void);

/* Instead of giving it back: no process has been in it, and something is wrong with it. */
void group_drop(Group *group);

/* Back when its processes are gone. One that is not empty is not used again before it is. */
void group_give(Group *group);

int group_door(const Group *group, GroupDoor *door, Err *e);
void group_door_close(const GroupDoor *door);

/* In the child; < 0 with errno set. Async-signal-safe. */
int group_enter(const GroupDoor *door, bool cloned);

bool group_populated(const Group *group);
size_t group_members(const Group *group, CgroupfsVisitor visit, void *arg); /* visit may be NULL */

/* Kills everything in it, if need be in several calls. */
void group_kill(Group *group);

/* Where it is, for people; the caller frees. */
char *group_path(const Group *group);

#endif
