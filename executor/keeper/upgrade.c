/*
 * upgrade.c - how this program gives its place to a new one, in the same process.
 *
 * The new file is first executed beside this process, to see that it runs at all here
 * and can read what it will be given: after the real exec there is no way back.  The
 * agent is gone at that moment, so that nothing is on its way between the two.
 */
#include "upgrade.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent_process.h"
#include "contain.h"
#include "fence.h"
#include "job.h"
#include "log.h"
#include "mem.h"

#define STATE_VARIABLE "JOBGRID_KEEPER_STATE"
#define TRIAL_VARIABLE "JOBGRID_KEEPER_TRIAL"
#define TRIAL_PATIENCE_US INT64_C(10000000)
#define AGENT_PATIENCE_US INT64_C(5000000)
#define MAX_STATE ((off_t) 1 << 30)

/* So long a new program may look at its node before it looks at its jobs. */
#define BLIND_US INT64_C(6000000)

typedef enum UpgradeState
{
	UPGRADE_IDLE,
	UPGRADE_TRYING,
	UPGRADE_RETIRING,
	UPGRADE_READY
} UpgradeState;

static struct
{
	UpgradeContext context;
	UpgradeState state;
	char *program;
	bool wanted; /* since the last trial began */
	bool trial;  /* this process is one */
	pid_t pid;   /* of the trial */
	int pidfd;
	LoopWatch *watch;
	Timer patience;
	void (*instead)(void);
} upgrade = {.pidfd = -1};

/* ---- what is handed over ---- */

/* As it was called, so that a link may lead to another file by then. */
void
upgrade_init(void)
{
	const char *called = (const char *) getauxval(AT_EXECFN);
	char self[4096];
	ssize_t len;

	if (called != NULL && called[0] == '/')
	{
		upgrade.program = mem_strdup(called);
		return;
	}
	len = readlink("/proc/self/exe", self, sizeof(self));
	upgrade.program = mem_strndup(self, len > 0 ? (size_t) len : 0);
}

const char *
upgrade_program(void)
{
	return upgrade.program;
}

static int
read_all(int fd, Buf *state, Err *e)
{
	struct stat st;

	if (fstat(fd, &st) < 0 || st.st_size > MAX_STATE)
		return err_set(e, errno, "could not look at the state of the program before");
	buf_reserve(state, (size_t) st.st_size);
	for (off_t at = 0; at < st.st_size;)
	{
		ssize_t n = pread(fd, state->data + at, (size_t) (st.st_size - at), at);

		if (n <= 0)
			return err_set(e, n < 0 ? errno : EIO, "could not read the state of the program before");
		at += n;
	}
	state->len = (size_t) st.st_size;
	return 0;
}

int
upgrade_inherit(Buf *state, Err *e)
{
	const char *number = getenv(STATE_VARIABLE);
	int fd = number != NULL ? atoi(number) : -1;
	int result;

	upgrade.trial = getenv(TRIAL_VARIABLE) != NULL;
	unsetenv(STATE_VARIABLE);
	unsetenv(TRIAL_VARIABLE);
	if (fd < 3)
		return 0;
	result = read_all(fd, state, e);
	close(fd);
	return result < 0 || state_check((State){.bytes = buf_text(state), .len = state->len}, e) < 0 ? -1 : 1;
}

bool
upgrade_is_trial(void)
{
	return upgrade.trial;
}

static int
write_state(Err *e)
{
	cleanup_buf Buf state = {0};
	cleanup_close int fd = memfd_create("jobgrid-keeper-state", MFD_CLOEXEC);
	int result;

	if (fd < 0)
		return err_set(e, errno, "could not create a memory file");
	upgrade.context.save(&state);
	for (size_t done = 0; done < state.len;)
	{
		ssize_t n = write(fd, state.data + done, state.len - done);

		if (n < 0)
			return err_set(e, errno, "could not write a memory file");
		done += (size_t) n;
	}
	result = fd;
	fd = -1;
	return result;
}

static void
set_variables(int fd, bool trial)
{
	cleanup_free char *number = mem_printf("%d", fd);

	setenv(STATE_VARIABLE, number, 1);
	if (trial)
		setenv(TRIAL_VARIABLE, "1", 1);
}

static void
unset_variables(void)
{
	unsetenv(STATE_VARIABLE);
	unsetenv(TRIAL_VARIABLE);
}

/* ---- its steps ---- */

static void
give_up(const char *why)
{
	log_warnx("this program stays: %s", why);
	upgrade.state = UPGRADE_IDLE;
}

static void
agent_has_left(void *arg)
{
	(void) arg;
	upgrade.state = UPGRADE_READY;
}

static void
trial_ended(uint32_t events, void *arg)
{
	siginfo_t info = {.si_pid = 0};

	(void) events;
	(void) arg;
	if (waitid(P_PIDFD, (id_t) upgrade.pidfd, &info, WEXITED | WNOHANG) < 0 || info.si_pid == 0)
		return;
	loop_timer_cancel(upgrade.context.loop, &upgrade.patience);
	loop_unwatch(upgrade.watch);
	close(upgrade.pidfd);
	upgrade.pidfd = -1;
	contain_include(upgrade.pid);
	if (upgrade.state != UPGRADE_TRYING)
		return;
	if (info.si_code != CLD_EXITED || info.si_status != 0)
	{
		give_up("the new one does not run here, or cannot go on from where this one is");
		return;
	}
	/* The file may be yet another one by now. */
	if (upgrade.wanted)
	{
		upgrade.state = UPGRADE_IDLE;
		return;
	}
	upgrade.state = UPGRADE_RETIRING;
	agent_process_retire(AGENT_PATIENCE_US, agent_has_left);
}

static void
trial_hangs(void *arg)
{
	(void) arg;
	kill(upgrade.pid, SIGKILL);
}

static void __attribute__((noreturn)) run_trial(int fd)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (fcntl(fd, F_SETFD, 0) == 0)
		execv(upgrade.program, upgrade.context.argv);
	_exit(127);
}

static int
start_trial(Err *e)
{
	cleanup_close int fd = write_state(e);

	if (fd < 0)
		return -1;
	set_variables(fd, true);
	upgrade.pid = fork();
	if (upgrade.pid == 0)
		run_trial(fd);
	unset_variables();
	if (upgrade.pid < 0)
		return err_set(e, errno, "could not fork");
	contain_exempt(upgrade.pid);
	upgrade.pidfd = pidfd_open(upgrade.pid, 0);
	upgrade.watch =
		upgrade.pidfd < 0 ? NULL : loop_watch(upgrade.context.loop, upgrade.pidfd, EPOLLIN, trial_ended, NULL, e);
	if (upgrade.watch != NULL)
		return 0;
	kill(upgrade.pid, SIGKILL);
	waitpid(upgrade.pid, NULL, 0);
	contain_include(upgrade.pid);
	return err_set(e, errno, "could not watch a process");
}

void
upgrade_want(const UpgradeContext *context)
{
	upgrade.context = *context;
	upgrade.wanted = true;
}

/* Why it must not happen now, or NULL. */
static const char *
hindrance(void)
{
	if (upgrade.instead != NULL)
		return "it is to end";
	if (!job_can_be_saved())
		return "the journal does not work";
	if (job_fenced_runs() && fence_passes_within(BLIND_US))
		return "the lease of jobs that must not outlive it is nearly over";
	return NULL;
}

static void
try_new_program(void)
{
	const char *why;
	Err e;

	upgrade.wanted = false;
	upgrade.instead = NULL;
	log_info("looking whether \"%s\" can take this program's place", upgrade.program);
	why = hindrance();
	if (why != NULL)
		give_up(why);
	else if (start_trial(&e) < 0)
		give_up(e.message);
	else
	{
		upgrade.state = UPGRADE_TRYING;
		loop_timer_in(upgrade.context.loop, &upgrade.patience, TRIAL_PATIENCE_US, trial_hangs, NULL);
	}
}

static void
execute(void)
{
	Err e;
	int fd = write_state(&e);

	if (fd < 0)
	{
		give_up(e.message);
		return;
	}
	set_variables(fd, false);
	fcntl(fd, F_SETFD, 0);
	upgrade.context.keep_open(true);
	execv(upgrade.program, upgrade.context.argv);
	err_set(&e, errno, "could not execute \"%s\"", upgrade.program);
	upgrade.context.keep_open(false);
	unset_variables();
	close(fd);
	give_up(e.message);
}

void
upgrade_turn(void)
{
	const char *why;

	if (upgrade.wanted && upgrade.state == UPGRADE_IDLE && upgrade.pidfd < 0)
		try_new_program();
	if (upgrade.state != UPGRADE_READY)
		return;
	why = hindrance();
	if (why == NULL)
		execute();
	else
		give_up(why);
	agent_process_again();
	if (upgrade.instead != NULL)
		upgrade.instead();
}

bool
upgrade_abandon(void (*instead)(void))
{
	upgrade.wanted = false;
	if (upgrade.state == UPGRADE_TRYING)
	{
		trial_hangs(NULL);
		give_up("it is to end");
	}
	if (upgrade.state == UPGRADE_IDLE)
		return false;
	upgrade.instead = instead;
	return true;
}
