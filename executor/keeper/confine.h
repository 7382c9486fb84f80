/*
 * confine.h - the limits that a job's process takes on itself between fork and exec, while it has the keeper's rights.
 */
#ifndef JOBGRID_KEEPER_CONFINE_H
#define JOBGRID_KEEPER_CONFINE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/resource.h>

#include "buf.h"
#include "err.h"
#include "identity.h"
#include "specblock.h"
#include "state.h"

#define CONFINE_MAX_LIMITS 4
#define CONFINE_TEXT 64

typedef struct ConfineLimit
{
	int resource;
	rlim_t value;
	rlim_t ceiling; /* for whom may not go higher */
} ConfineLimit;

typedef struct Confine
{
	bool no_network;
	bool user_namespace;
	char uid_map[CONFINE_TEXT];
	char gid_map[CONFINE_TEXT];
	ConfineLimit limits[CONFINE_MAX_LIMITS];
	size_t count;
} Confine;

/* Can jobs run without a network here? */
bool confine_can_unplug(void);

/*
 * What the keeper takes for itself, and jobs do not inherit: as many descriptors as it may have, since every job takes
 * some of it and of the agent; and, as root, to be the last that the kernel ends for want of memory.
 */
void confine_keeper(void);

/* What jobs get instead, for the program that takes this one's place. */
void confine_save(Buf *out);
void confine_resume(State state);

/* enforced: what others hold the job to (enforce.h). */
int confine_prepare(Confine *confine, const SpecNumbers *numbers, const Identity *identity, unsigned enforced, Err *e);

/* In the child; < 0 with errno set. Async-signal-safe. */
int confine_unplug(const Confine *confine);
int confine_limit(const Confine *confine);

#endif
