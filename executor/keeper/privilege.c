/*
 * privilege.c - how the child gives up what the keeper may do.
 *
 * The order matters: what needs root comes first, user and groups go next, and what is asked last is whether anything
 * of it can be had back.  Nothing is skipped because it "cannot fail": a job that keeps a right it should not have must
 * not start.
 *
 *	isolate   mount namespace, /tmp of its own                            strict
 *	drop      core files                                                  strict
 *	          session keyring                                             both
 *	          bounding set                                                strict
 *	          groups, gid, uid, capabilities                              both
 *	          the way back is tried                                       both
 *	          umask 077, no_new_privs                                     strict
 *
 * legacy keeps the bounding set and lacks no_new_privs so that sudo works.
 */
#include "privilege.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static bool private_tmp = false;

/* ---- a /tmp of its own ---- */

/*
 * Slave, not private: a file system that the node mounts later is seen by the job, what the job's namespace mounts is
 * seen by nobody.  A tmpfs goes away with the last process and leaves nothing for root to remove.
 */
static int
mount_tmp(void)
{
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0)
		return -1;
	return mount("tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777,size=25%");
}

int
privilege_init(Err *e)
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		return err_set(e, errno, "could not fork");
	if (pid == 0)
		_exit(mount_tmp() < 0 ? errno : 0);
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return err_set(e, 0, "could not try a private /tmp");
	private_tmp = WEXITSTATUS(status) == 0;
	return private_tmp ? 0 : err_set(e, WEXITSTATUS(status), "jobs cannot have a /tmp of their own");
}

const char *
privilege_capabilities(void)
{
	return private_tmp ? "isolate.tmp" : "";
}

bool
privilege_hides(const char *path)
{
	char real[PATH_MAX];
	const char *p = realpath(path, real) != NULL ? real : path;

	return private_tmp && strncmp(p, "/tmp", 4) == 0 && (p[4] == '/' || p[4] == '\0');
}

int
privilege_isolate(const Identity *identity)
{
	return identity->change && identity->trust == TRUST_STRICT && private_tmp ? mount_tmp() : 0;
}

/* ---- the drop ---- */

/* Keys of the keeper's session could be used by whoever inherits it. Where keys cannot be had at all there are none. */
static int
leave_keyring(void)
{
	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0 && errno != ENOSYS && errno != EPERM)
		return -1;
	return 0;
}

static int
drop_bounding_set(void)
{
	for (unsigned long cap = 0;; cap++)
	{
		int has = prctl(PR_CAPBSET_READ, cap, 0, 0, 0);

		if (has < 0)
			return errno == EINVAL && cap > 0 ? 0 : -1;
		if (has == 1 && prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0)
			return -1;
	}
}

static int
become(const Identity *identity)
{
	if (setgroups((size_t) identity->group_count, identity->groups) < 0 ||
		setresgid(identity->gid, identity->gid, identity->gid) < 0)
		return -1;
	return setresuid(identity->uid, identity->uid, identity->uid);
}

static int
drop_capabilities(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{.effective = 0}};

	if (syscall(SYS_capset, &header, none) < 0)
		return -1;
	return prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
}

/* Asks the kernel what we are now, and tries to be root again. */
static int
check_no_way_back(const Identity *identity)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct caps[_LINUX_CAPABILITY_U32S_3];
	uid_t uid[3];
	gid_t gid[3];
	bool good = getresuid(&uid[0], &uid[1], &uid[2]) == 0 && getresgid(&gid[0], &gid[1], &gid[2]) == 0 &&
				syscall(SYS_capget, &header, caps) == 0;

	for (int i = 0; good && i < 3; i++)
		good = uid[i] == identity->uid && gid[i] == identity->gid;
	for (int i = 0; good && i < _LINUX_CAPABILITY_U32S_3; i++)
		good = (caps[i].effective | caps[i].permitted | caps[i].inheritable) == 0;
	if (good && setresuid((uid_t) -1, 0, (uid_t) -1) < 0 && setuid(0) < 0 && setgroups(0, NULL) < 0 &&
		(identity->gid == 0 || setresgid((gid_t) -1, 0, (gid_t) -1) < 0))
		return 0;
	errno = EPERM;
	return -1;
}

/*
 * Not 0 but 1: too small for any file, and the one value that also stops a program behind core_pattern from being
 * handed the memory.
 */
int
privilege_forbid_core(void)
{
	struct rlimit limit = {.rlim_cur = 1, .rlim_max = 1};

	if (setrlimit(RLIMIT_CORE, &limit) == 0)
		return 0;
	/* An ordinary user's keeper that has less already. */
	limit = (struct rlimit){.rlim_cur = 0, .rlim_max = 0};
	return setrlimit(RLIMIT_CORE, &limit);
}

static int
drop_user(const Identity *identity)
{
	if (leave_keyring() < 0)
		return -1;
	if (identity->trust == TRUST_STRICT && drop_bounding_set() < 0)
		return -1;
	if (become(identity) < 0 || drop_capabilities() < 0)
		return -1;
	return check_no_way_back(identity);
}

int
privilege_drop(const Identity *identity)
{
	bool strict = identity->trust == TRUST_STRICT;

	if (strict && privilege_forbid_core() < 0)
		return -1;
	if (identity->change ? drop_user(identity) < 0 : drop_capabilities() < 0)
		return -1;
	umask(strict && identity->change ? 077 : 022);
	return strict ? prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) : 0;
}
