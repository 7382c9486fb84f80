/*
 * Giving up root for good: whatever the keeper was started with (kept capabilities, ambient ones, a session that does not
 * fix up ids), the child is the user and nothing else, and every way back is closed.
 */
#include "keeper/privilege.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tap.h"

#define SOMEBODY 3003
#define GROUP 3100

static gid_t groups[] = {GROUP, 3200};
static const Identity strict =
	{.change = true, .uid = SOMEBODY, .gid = GROUP, .groups = groups, .group_count = 2, .trust = TRUST_STRICT};
static const Identity legacy =
	{.change = true, .uid = SOMEBODY, .gid = GROUP, .groups = groups, .group_count = 2, .trust = TRUST_LEGACY};

/* ---- how a keeper may have been started ---- */

static void
start_plainly(void)
{
}

/* As a service manager or a container may leave it: everything that survives a change of user. */
static void
start_generously(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct caps[_LINUX_CAPABILITY_U32S_3];

	if (syscall(SYS_capget, &header, caps) < 0)
		_exit(100);
	for (int i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
		caps[i].inheritable = caps[i].permitted;
	if (syscall(SYS_capset, &header, caps) < 0 || prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_SETUID, 0, 0) < 0 ||
		prctl(PR_SET_SECUREBITS, SECBIT_KEEP_CAPS | SECBIT_NO_SETUID_FIXUP) < 0)
		_exit(100);
}

/* ---- what is left ---- */

static bool
is_somebody(void)
{
	uid_t uid[3];
	gid_t gid[3];
	gid_t have[8];

	return getresuid(&uid[0], &uid[1], &uid[2]) == 0 && getresgid(&gid[0], &gid[1], &gid[2]) == 0 &&
		   uid[0] == SOMEBODY && uid[1] == SOMEBODY && uid[2] == SOMEBODY && gid[0] == GROUP && gid[1] == GROUP &&
		   gid[2] == GROUP && getgroups(8, have) == 2 && have[0] == GROUP && have[1] == 3200;
}

static bool
has_no_capability(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct caps[_LINUX_CAPABILITY_U32S_3];

	if (syscall(SYS_capget, &header, caps) < 0)
		return false;
	for (int i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
	{
		if ((caps[i].effective | caps[i].permitted | caps[i].inheritable) != 0)
			return false;
	}
	return prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_SETUID, 0, 0) == 0;
}

static bool
comes_back(void)
{
	return setuid(0) == 0 || seteuid(0) == 0 || setreuid(0, 0) == 0 || setresuid((uid_t) -1, 0, (uid_t) -1) == 0 ||
		   setresuid((uid_t) -1, (uid_t) -1, 0) == 0 || setgid(0) == 0 || setegid(0) == 0 ||
		   setresgid((gid_t) -1, (gid_t) -1, 0) == 0 || setgroups(0, NULL) == 0;
}

static bool
has_bounding_set(void)
{
	return prctl(PR_CAPBSET_READ, CAP_SETUID, 0, 0, 0) == 1;
}

static bool
may_leave_core(void)
{
	struct rlimit limit;

	return getrlimit(RLIMIT_CORE, &limit) < 0 || limit.rlim_max > 1;
}

/* ---- tests ---- */

/* Runs the check in a child that has become somebody; true when it exits with 0. */
static bool
in_child(void (*start)(void), const Identity *identity, int (*check)(void))
{
	int status = -1;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0)
	{
		start();
		_exit(privilege_drop(identity) < 0 ? 101 : check());
	}
	waitpid(pid, &status, 0);
	if (status != 0)
		printf("# status %d, signal %d\n", WEXITSTATUS(status), WTERMSIG(status));
	return status == 0;
}

static int
check_both(void)
{
	return is_somebody() ? has_no_capability() ? comes_back() ? 3 : 0 : 2 : 1;
}

static int
check_strict(void)
{
	return has_bounding_set() ? 1 : prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1 ? 2 : may_leave_core() ? 3 : 0;
}

static int
check_legacy(void)
{
	return !has_bounding_set() ? 1 : prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 0 ? 2 : 0;
}

static int
check_core(void)
{
	return may_leave_core();
}

/* "Stay what you are", as the system calls read it. */
static bool
is_refused(const Identity *identity)
{
	int status = -1;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0)
		_exit(privilege_drop(identity) < 0 ? 0 : 1);
	waitpid(pid, &status, 0);
	return status == 0;
}

int
main(void)
{
	Identity same_uid = strict;
	Identity same_gid = strict;
	Identity ordinary = {.uid = SOMEBODY, .gid = GROUP};

	if (geteuid() != 0)
	{
		printf("1..0 # skip must be run as root\n");
		return 0;
	}
	ok(in_child(start_plainly, &strict, check_both), "strict: the user, no capability, no way back");
	ok(in_child(start_generously, &strict, check_both), "also where a keeper was started with more than root has");
	ok(in_child(start_plainly, &legacy, check_both), "legacy: the same");
	ok(in_child(start_generously, &legacy, check_both), "from wherever it starts");
	ok(in_child(start_generously, &strict, check_strict), "strict: empty bounding set, no_new_privs, no core file");
	ok(in_child(start_plainly, &legacy, check_legacy), "legacy: neither, so that sudo works");
	same_uid.uid = (uid_t) -1;
	same_gid.gid = (gid_t) -1;
	ok(is_refused(&same_uid) && is_refused(&same_gid), "ids that change nothing are refused");
	/* An ordinary user's keeper changes nobody and cannot raise a limit that is 0. */
	fflush(stdout);
	if (setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0}) < 0 || setgroups(0, NULL) < 0 ||
		setresgid(GROUP, GROUP, GROUP) < 0 || setresuid(SOMEBODY, SOMEBODY, SOMEBODY) < 0)
		return 1;
	ok(in_child(start_plainly, &ordinary, check_core), "without root: what an ordinary user can");
	return done_testing();
}
