/*
 * clone.c - fork, into a control group where there is one.
 *
 * Born there, the child never was anywhere else: nothing to move, and no moment in which a kill of the group would miss
 * it.  glibc has no name for this call, and fork() does more, for children that go on to use glibc: locks to be taken and
 * given back, pages to be copied for that.  The child must keep to what is async-signal-safe, as after any fork.
 */
#include "clone.h"

#include <errno.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/pidfd.h>
#include <sys/syscall.h>
#include <unistd.h>

pid_t
clone_into(int group, bool *inside, int *pidfd)
{
	struct clone_args args = {
		.flags = CLONE_PIDFD | (group >= 0 ? CLONE_INTO_CGROUP : 0),
		.pidfd = (uintptr_t) pidfd,
		.exit_signal = SIGCHLD,
		.cgroup = group >= 0 ? (uint64_t) group : 0,
	};
	pid_t pid;

	*pidfd = -1;
	*inside = group >= 0;
	pid = (pid_t) syscall(SYS_clone3, &args, sizeof(args));
	/* Too old a kernel, or a sandbox that does not know the call: any error but those of every fork. */
	if (pid < 0 && errno != EAGAIN && errno != ENOMEM)
	{
		*inside = false;
		pid = fork();
		if (pid > 0)
			*pidfd = pidfd_open(pid, 0); /* not collected yet, so the id is still this child's */
	}
	return pid;
}
