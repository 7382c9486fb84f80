/*
 * hierarchy.h - a group of our own in every control group hierarchy that lets us have one.
 *
 * README.md draws what is below.  Nothing outside of it is written, but for the controllers that version 2 has to enable
 * for it in the keeper's own group.
 */
#ifndef JOBGRID_KEEPER_HIERARCHY_H
#define JOBGRID_KEEPER_HIERARCHY_H

#include <stdbool.h>
#include <stddef.h>

#include "cgroup.h"
#include "err.h"
#include "state.h"

typedef struct Hierarchy
{
	char *path; /* of our group */
	int dir;    /* it, open and locked */
	bool unified;
} Hierarchy;

/*
 * Makes or takes over our group, jobgrid-<name>, wherever it can.  Groups in it that are empty are removed, unless another
 * program has had them in this process: then before is its state, else NULL.  No hierarchy is no error; another keeper with
 * the same group is one.
 */
int hierarchy_open(const char *name, const State *before, Err *e);
void hierarchy_close(void); /* removes what is empty */

/* For the next program in this process: the locks are its own from the beginning. */
void hierarchy_save(Buf *out);
void hierarchy_keep_open(bool keep);

/*
 * A group counts as much as one process beside it, whatever is in it. With so many jobs in it, ours is to count as much
 * as so many processes.
 */
void hierarchy_weigh(size_t jobs);

size_t hierarchy_count(void);
const Hierarchy *hierarchy_at(size_t i);

/* The one that tells a job's processes, and the one with a controller for the groups in ours; NULL: none. */
const Hierarchy *hierarchy_containing(void);
const Hierarchy *hierarchy_of(CgroupController controller);

#endif
