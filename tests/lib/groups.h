/*
 * groups.h - control groups as they are, for tests that look at what the keeper makes of them.
 */
#ifndef JOBGRID_TEST_GROUPS_H
#define JOBGRID_TEST_GROUPS_H

#include <stddef.h>

/* The group of the keeper of node_keeper.h, or one below it; valid for a few calls. */
const char *groups_ours(const char *below);

/* Versions, as bits. */
#define GROUPS_V1 1u
#define GROUPS_V2 2u

/*
 * Calls play in turn for each kind of node that this one can show: as it is, and with some or all versions hidden from the
 * keepers that it starts.
 */
typedef void (*GroupsPlay)(const char *scene, unsigned hidden);
void groups_play(GroupsPlay play);

/*
 * What the keeper should be able to enforce with these versions (enforce.h), but for I/O; -1: not to be told.
 */
long groups_words(unsigned versions);

/* Calls it with the path of every group of that name, in every hierarchy; gives their number. */
typedef void (*GroupsVisitor)(const char *path, void *arg);
size_t groups_find(const char *name, GroupsVisitor visit, void *arg);

/* The number in a file of the group name (below ours) in whichever hierarchy has it; -1: none has. "max" is -2. */
long groups_number(const char *name, const char *file);

/* All groups beside ours, as one text. */
char *groups_neighbours(void);

/* Processes in the group name below ours. */
long groups_members(const char *name);

#endif
