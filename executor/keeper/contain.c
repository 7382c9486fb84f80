/*
 * contain.c - every process of a job, by session, group and adoption.
 *
 * The keeper is a subreaper: when a parent dies, its children become the
 * keeper's.  So once a job's main process has ended, whatever is left of the job
 * is an unknown child of the keeper or below one, and killing the children
 * brings up the next generation.  A child's id cannot be reused before the keeper
 * collects it, so a plain kill() hits no stranger.
 */
#include "contain.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "contain_adopted.h"
#include "mem.h"
#include "process.h"

#define MAX_EXEMPT 4

static TAILQ_HEAD(ContainQueue, Contain) contained = TAILQ_HEAD_INITIALIZER(contained);
static pid_t exempt[MAX_EXEMPT];

int
contain_init(Err *e)
{
	if (!process_children_readable())
		return err_set(e, errno,
					   "could not list this process's children, and without that nothing a job leaves can be found");
	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
		return err_set(e, errno, "could not become a subreaper");
	return 0;
}

static void
replace_exempt(pid_t old, pid_t new)
{
	for (int i = 0; i < MAX_EXEMPT; i++)
	{
		if (exempt[i] == old)
		{
			exempt[i] = new;
			return;
		}
	}
}

void
contain_exempt(pid_t pid)
{
	replace_exempt(0, pid);
}

void
contain_include(pid_t pid)
{
	replace_exempt(pid, 0);
}

void
contain_begin(Contain *contain, const AttemptKey *key, pid_t leader)
{
	ProcessFacts facts = {.start_ticks = 0};

	/* It is our child and not collected, so it is there. */
	process_facts(leader, &facts);
	*contain = (Contain){.key = *key, .leader = leader, .start_ticks = facts.start_ticks, .leader_fd = -1};
	TAILQ_INSERT_TAIL(&contained, contain, link);
}

const char *
contain_place(const Contain *contain)
{
	(void) contain;
	return "";
}

void
contain_resume(Contain *contain, const AttemptKey *key, pid_t leader, const char *place)
{
	(void) place;
	contain_begin(contain, key, leader);
}

void
contain_adopt(Contain *contain, const AttemptKey *key, pid_t leader, int64_t start_ticks, int pidfd, const char *place)
{
	(void) place;
	*contain =
		(Contain){.key = *key, .leader = leader, .start_ticks = start_ticks, .leader_fd = pidfd, .adopted = true};
}

void
contain_end(Contain *contain)
{
	if (!contain->adopted)
		TAILQ_REMOVE(&contained, contain, link);
}

void
contain_signal(const Contain *contain, int signo)
{
	if (contain->adopted)
		contain_adopted_signal(contain, signo);
	/* Before its setsid() the child has no group of its own yet. */
	else if (kill(-contain->leader, signo) < 0)
		kill(contain->leader, signo);
}

static bool
is_known(pid_t pid)
{
	const Contain *c = NULL;

	for (int i = 0; i < MAX_EXEMPT; i++)
	{
		if (exempt[i] == pid)
			return true;
	}
	TAILQ_FOREACH (c, &contained, link)
	{
		if (c->leader == pid)
			return true;
	}
	return false;
}

/* True when the child is still there; an ended one is collected on the way. */
static bool
child_is_alive(pid_t pid)
{
	siginfo_t info = {.si_pid = 0};

	return waitid(P_PID, (id_t) pid, &info, WEXITED | WNOHANG) == 0 && info.si_pid == 0;
}

static const Contain *
owner_by_environ(pid_t pid)
{
	cleanup_buf Buf bytes = {0};
	const Contain *c = NULL;

	if (process_environ(pid, &bytes) < 0)
		return NULL;
	TAILQ_FOREACH (c, &contained, link)
	{
		if (process_environ_is_of(&bytes, &c->key))
			return c;
	}
	return NULL;
}

/* May this contain kill that orphan? When its owner cannot be told, nobody else may be possible. */
static bool
belongs_to(const Contain *contain, pid_t pid)
{
	ProcessFacts facts;
	const Contain *c = NULL;

	if (process_facts(pid, &facts) < 0)
		return false;
	TAILQ_FOREACH (c, &contained, link)
	{
		if (c->leader == facts.session)
			return c == contain;
	}
	c = owner_by_environ(pid);
	if (c != NULL)
		return c == contain;
	TAILQ_FOREACH (c, &contained, link)
	{
		if (c != contain && c->start_ticks <= facts.start_ticks)
			return false;
	}
	return true;
}

typedef struct Sweep
{
	const Contain *contain;
	size_t left;
} Sweep;

static void
sweep_one(pid_t pid, void *arg)
{
	Sweep *sweep = arg;

	if (is_known(pid) || !child_is_alive(pid) || !belongs_to(sweep->contain, pid))
		return;
	kill(pid, SIGKILL);
	if (child_is_alive(pid))
		sweep->left++;
}

size_t
contain_sweep(Contain *contain)
{
	Sweep sweep = {.contain = contain};

	if (contain->adopted)
		return contain_adopted_sweep(contain);
	kill(-contain->leader, SIGKILL);
	process_children(sweep_one, &sweep);
	return sweep.left;
}

static void
collect(pid_t pid, void *arg)
{
	(void) arg;
	if (!is_known(pid))
		child_is_alive(pid);
}

void
contain_reap(void)
{
	process_children(collect, NULL);
}
