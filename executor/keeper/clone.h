/*
 * clone.h - fork, into a control group where there is one.
 */
#ifndef JOBGRID_KEEPER_CLONE_H
#define JOBGRID_KEEPER_CLONE_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * As fork(). *inside says, in the child, whether it is in the group already (group: an open directory of version 2, or
 * -1). The parent gets a descriptor of the child, or -1 there.
 */
pid_t clone_into(int group, bool *inside, int *pidfd);

#endif
