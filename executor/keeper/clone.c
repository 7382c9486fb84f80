/*
 * clone.c - fork into a control group.
 *
 * Born there, the child never was anywhere else: nothing to move, and no moment in which a kill of the group would miss
 * it.  glibc has no name for this call; the child must keep to what is async-signal-safe, as after any fork.
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
		.flags = CLONE_PIDFD | CLONE_INTO_CGROUP,
		.pidfd = (uintptr_t) pidfd,
		.exit_signal = SIGCHLD,
		.cgroup = (uint64_t) group,
	};
	pid_t pid = -1;

	*pidfd = -1;
	*inside = true;
	if (group >= 0)
		pid = (pid_t) syscall(SYS_clone3, &args, sizeof(args));
	/* Too old a kernel, or a sandbox that does not know the call: any error but those of every fork. */
	if (pid < 0 && (group < 0 || (errno != EAGAIN && errno != ENOMEM)))
	{
		*inside = false;
		pid = fork();
		if (pid > 0)
			*pidfd = pidfd_open(pid, 0); /* not collected yet, so the id is still this child's */
	}
	return pid;
}
