/*
 * identity.h - as whom a job runs.  The node decides, the database only asks.
 */
#ifndef JOBGRID_KEEPER_IDENTITY_H
#define JOBGRID_KEEPER_IDENTITY_H

#include <stdbool.h>
#include <sys/types.h>

#include "err.h"

typedef struct Identity
{
	bool change; /* become this user; only as root */
	uid_t uid;
	gid_t gid;
	char *name;
	char *home;
	char *shell;
	gid_t *groups; /* with change: supplementary groups */
	int group_count;
} Identity;

/* A user by name; as root never uid 0, else only the keeper's own user. */
int identity_lookup(Identity *identity, const char *user, Err *e);

/* The keeper's own user, when it is not root. */
int identity_self(Identity *identity, Err *e);

/* Where its processes start, and HOME, instead of the user's home directory. */
void identity_set_home(Identity *identity, const char *home);

/* May a job that asks for run_as run as this identity? */
int identity_permits(const Identity *identity, const char *run_as, Err *e);

/* In the child: become it for good. Returns < 0 with errno set. Async-signal-safe. */
int identity_assume(const Identity *identity);
void identity_free(Identity *identity);

#endif
