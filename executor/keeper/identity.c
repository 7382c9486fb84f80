/*
 * identity.c - as whom a job runs.
 *
 * There is one user for jobs until the node has a map of its own: nothing that
 * comes from the database can name another, and nothing can name root.
 */
#include "identity.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mem.h"

static void
fill(Identity *identity, const struct passwd *pw)
{
	memset(identity, 0, sizeof(*identity));
	identity->uid = pw->pw_uid;
	identity->gid = pw->pw_gid;
	identity->name = mem_strdup(pw->pw_name);
	identity->home = mem_strdup(pw->pw_dir != NULL && pw->pw_dir[0] == '/' ? pw->pw_dir : "/");
	identity->shell = mem_strdup(pw->pw_shell != NULL && pw->pw_shell[0] == '/' ? pw->pw_shell : "/bin/sh");
}

static void
load_groups(Identity *identity)
{
	int count = 16;

	for (;;)
	{
		int have = count;

		identity->groups = mem_resize(identity->groups, (size_t) have, sizeof(gid_t));
		if (getgrouplist(identity->name, identity->gid, identity->groups, &count) >= 0)
			break;
		count = count > have ? count : have * 2;
	}
	identity->group_count = count;
}

int
identity_lookup(Identity *identity, const char *user, Err *e)
{
	const struct passwd *pw;

	errno = 0;
	pw = getpwnam(user);
	if (pw == NULL)
		return err_set(e, errno, "user \"%s\" does not exist", user);
	if (geteuid() != 0 && pw->pw_uid != geteuid())
		return err_set(e, 0, "user \"%s\" is not the executor's user, and the executor is not root", user);
	if (pw->pw_uid == 0)
		return err_set(e, 0, "user \"%s\" is root, and nothing of ours runs as root", user);
	fill(identity, pw);
	identity->change = geteuid() == 0;
	if (identity->change)
		load_groups(identity);
	return 0;
}

int
identity_self(Identity *identity, Err *e)
{
	const struct passwd *pw;
	struct passwd nameless = {.pw_uid = geteuid(), .pw_gid = getegid(), .pw_dir = "/", .pw_shell = "/bin/sh"};
	cleanup_free char *number = mem_printf("%ld", (long) geteuid());

	errno = 0;
	pw = getpwuid(geteuid());
	if (pw == NULL && errno != 0)
		return err_set(e, errno, "could not look up the executor's user");
	nameless.pw_name = number;
	fill(identity, pw != NULL ? pw : &nameless);
	return 0;
}

void
identity_set_home(Identity *identity, const char *home)
{
	free(identity->home);
	identity->home = mem_strdup(home);
}

int
identity_permits(const Identity *identity, const char *run_as, Err *e)
{
	if (run_as[0] == '\0' || strcmp(run_as, identity->name) == 0)
		return 0;
	return err_set(e, 0, "this node runs jobs as \"%s\" only, not as \"%s\"", identity->name, run_as);
}

int
identity_assume(const Identity *identity)
{
	if (!identity->change)
		return 0;
	if (setgroups((size_t) identity->group_count, identity->groups) < 0 ||
		setresgid(identity->gid, identity->gid, identity->gid) < 0 ||
		setresuid(identity->uid, identity->uid, identity->uid) < 0)
		return -1;
	/* There must be no way back. */
	if (setuid(0) == 0 || getuid() != identity->uid || geteuid() != identity->uid)
	{
		errno = EPERM;
		return -1;
	}
	return 0;
}

void
identity_free(Identity *identity)
{
	free(identity->name);
	free(identity->home);
	free(identity->shell);
	free(identity->groups);
	memset(identity, 0, sizeof(*identity));
}
