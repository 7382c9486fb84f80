/*
 * guard.c - starts the keeper again where a service manager could not.
 *
 * While a group of version 2 hands controllers on, no process can be put into it.  A keeper that dies leaves jobs below its
 * service's group, and with them the controllers: systemd before 254, which puts a service's main process nowhere else, could
 * not start it again before the last of these jobs has ended, and runs given up by the database would meet their own
 * repetition.  So there the service's main process is one that does nothing which could kill it: it starts the keeper in the
 * leaf beside itself, and passes signals on.
 */
#include "guard.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "leaf.h"
#include "log.h"

#define PAUSE_S 1 /* before the next keeper */

static sigset_t signals; /* that are waited for */

static void __attribute__((noreturn)) become_keeper(const char *program, char **argv, pid_t parent)
{
	sigprocmask(SIG_UNBLOCK, &signals, NULL);
	signal(SIGHUP, SIG_IGN); /* until the keeper takes it */
	/* Without its guard it would be in nobody's care. */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() == parent)
		execv(program, argv);
	log_warn("could not start \"%s\"", program);
	_exit(EXIT_FAILURE);
}

/* Collects whoever has ended: as process 1 of a container it also gets orphans of a keeper that died. */
static bool
has_ended(pid_t pid, int *status)
{
	pid_t ended;

	do
		ended = waitpid(-1, status, WNOHANG);
	while (ended > 0 && ended != pid);
	return ended == pid;
}

/* Until it has ended; gives its wait status. */
static int
watch_over(pid_t pid)
{
	int status;

	for (;;)
	{
		int signo = sigwaitinfo(&signals, NULL);

		if (signo == SIGCHLD && has_ended(pid, &status))
			return status;
		if (signo > 0 && signo != SIGCHLD)
			kill(pid, signo);
	}
}

/* False: it is to end instead. */
static bool
pause_before_next(void)
{
	const struct timespec pause = {.tv_sec = PAUSE_S};
	sigset_t ends;

	sigemptyset(&ends);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGINT);
	return sigtimedwait(&ends, NULL, &pause) < 0;
}

static int
keep_one_running(const char *program, char **argv)
{
	const pid_t self = getpid();

	for (;;)
	{
		pid_t pid = fork();
		int status;

		if (pid == 0)
			become_keeper(program, argv, self);
		if (pid < 0)
			log_warn("could not start the keeper");
		else
		{
			status = watch_over(pid);
			if (WIFEXITED(status))
				return WEXITSTATUS(status);
			log_warnx("the keeper was ended by signal %d (%s), and is started again", WTERMSIG(status),
					  strsignal(WTERMSIG(status)));
		}
		if (!pause_before_next())
			return EXIT_FAILURE;
	}
}

int
guard(const char *name, const char *program, char **argv)
{
	int status;

	if (!leaf_enter(name))
		return -1;
	prctl(PR_SET_NAME, "jobgrid-guard");
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	sigaddset(&signals, SIGCHLD);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	status = keep_one_running(program, argv);
	leaf_return();
	return status;
}
