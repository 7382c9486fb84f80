/*
 * leaf.h - the leaf of our group, where a process has to be so that the group above it can hand controllers on.
 */
#ifndef JOBGRID_KEEPER_LEAF_H
#define JOBGRID_KEEPER_LEAF_H

#include <stdbool.h>

/*
 * Where version 2 has controllers for this process' group, and nobody else is in it: it goes into the leaf of group
 * jobgrid-<name>, and gives true. Back again with the other, when it is the last one there.
 */
bool leaf_enter(const char *name);
void leaf_return(void);

#endif
