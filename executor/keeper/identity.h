/*
 * identity.h - as whom a job runs.  The node decides, the database only asks.
 */
#ifndef JOBGRID_KEEPER_IDENTITY_H
#define JOBGRID_KEEPER_IDENTITY_H

#include <stdbool.h>
#include <sys/types.h>

#include "err.h"
#include "nodemap.h"

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
	TrustClass trust;
	char *profile; /* a shell reads it before the program; NULL: none */
} Identity;

/* A user by name, strict; as root never uid 0, else only the keeper's own user. */
int identity_lookup(Identity *identity, const char *user, Err *e);

/* The keeper's own user, when it is not root. */
int identity_self(Identity *identity, Err *e);

/* Where its processes start, and HOME, instead of the user's home directory. */
void identity_set_home(Identity *identity, const char *home);

/* Both live as long as the process. The job user's home is what it is here, also where a map lets jobs be that user. */
void identity_init(const Identity *job_user, const Identity *agent_user);

/* Warns where the node map lets no job start that names no user; a map that is changed is looked at by its first job. */
void identity_review(void);

/* As whom a job of this tenant and database role runs that asks for run_as. A copy, the caller frees it. */
int identity_resolve(Identity *identity, const char *run_as, const char *tenant, const char *role, Err *e);
void identity_free(Identity *identity);

#define cleanup_identity __attribute__((cleanup(identity_free)))

#endif
