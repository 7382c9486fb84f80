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
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "buf.h"
#include "clock.h"
#include "log.h"
#include "mem.h"

/* Process start times are in clock ticks. */
#define START_SLACK_US INT64_C(20000)
#define MAX_ENVIRON (4 * 1024 * 1024)

static TAILQ_HEAD(ContainQueue, Contain) contained = TAILQ_HEAD_INITIALIZER(contained);
static pid_t exempt = 0;

static char *
children_path(void)
{
	return mem_printf("/proc/self/task/%d/children", (int) getpid());
}

int
contain_init(Err *e)
{
	cleanup_free char *path = children_path();

	if (access(path, R_OK) < 0)
		return err_set(e, errno, "could not read \"%s\", and without it nothing a job leaves can be found", path);
	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
		return err_set(e, errno, "could not become a subreaper");
	return 0;
}

void
contain_exempt(pid_t pid)
{
	exempt = pid;
}

void
contain_begin(Contain *contain, const AttemptKey *key, pid_t leader)
{
	contain->key = *key;
	contain->leader = leader;
	contain->started_at = clock_now_us();
	TAILQ_INSERT_TAIL(&contained, contain, link);
}

void
contain_end(Contain *contain)
{
	TAILQ_REMOVE(&contained, contain, link);
}

void
contain_signal(const Contain *contain, int signo)
{
	/* Before its setsid() the child has no group of its own yet. */
	if (kill(-contain->leader, signo) < 0)
		kill(contain->leader, signo);
}

static int
read_proc(const char *path, size_t max, Buf *out)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	char piece[4096];
	ssize_t n;

	if (fd < 0)
		return -1;
	while ((n = read(fd, piece, sizeof(piece))) > 0 && out->len < max)
		buf_append(out, piece, (size_t) n);
	return n < 0 ? -1 : 0;
}

static bool
is_known(pid_t pid)
{
	const Contain *c = NULL;

	if (pid == exempt)
		return true;
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

typedef void (*OrphanVisitor)(pid_t pid, void *arg);

/* Visits the living children that are neither a main process nor exempt. */
static void
visit_orphans(OrphanVisitor visit, void *arg)
{
	cleanup_buf Buf children = {0};
	cleanup_free char *path = children_path();
	char *p;
	char *end;

	if (read_proc(path, MAX_ENVIRON, &children) < 0 || children.len == 0)
		return;
	for (p = children.data;; p = end)
	{
		pid_t pid = (pid_t) strtol(p, &end, 10);

		if (end == p)
			return;
		if (!is_known(pid) && child_is_alive(pid))
			visit(pid, arg);
	}
}

typedef struct ProcessFacts
{
	pid_t session;
	int64_t started_at;
} ProcessFacts;

static int
read_facts(pid_t pid, ProcessFacts *facts)
{
	cleanup_free char *path = mem_printf("/proc/%d/stat", (int) pid);
	cleanup_buf Buf stat = {0};
	const char *after;
	int session;
	unsigned long long ticks;

	if (read_proc(path, 4096, &stat) < 0 || stat.len == 0)
		return -1;
	/* The name may hold anything, parentheses too: fields count from the last one. */
	after = strrchr(stat.data, ')');
	if (after == NULL ||
		sscanf(after + 1, " %*c %*d %*d %d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu", &session,
			   &ticks) != 2)
		return -1;
	facts->session = session;
	facts->started_at = (int64_t) (ticks * 1000000ULL / (unsigned long long) sysconf(_SC_CLK_TCK));
	return 0;
}

static bool
environ_has(const Buf *environ_bytes, const char *entry)
{
	size_t len = strlen(entry) + 1;

	for (size_t pos = 0; pos + len <= environ_bytes->len;)
	{
		if (memcmp(environ_bytes->data + pos, entry, len) == 0)
			return true;
		pos += strnlen(environ_bytes->data + pos, environ_bytes->len - pos) + 1;
	}
	return false;
}

static const Contain *
owner_by_environ(pid_t pid)
{
	cleanup_free char *path = mem_printf("/proc/%d/environ", (int) pid);
	cleanup_buf Buf bytes = {0};
	const Contain *c = NULL;

	if (read_proc(path, MAX_ENVIRON, &bytes) < 0)
		return NULL;
	TAILQ_FOREACH (c, &contained, link)
	{
		cleanup_free char *run = mem_printf("JOBGRID_RUN_ID=%" PRId64, c->key.run_id);
		cleanup_free char *fence = mem_printf("JOBGRID_FENCE=%" PRId64, c->key.fence);

		if (environ_has(&bytes, run) && environ_has(&bytes, fence))
			return c;
	}
	return NULL;
}

static bool
could_own(const Contain *c, const ProcessFacts *facts)
{
	return c->started_at <= facts->started_at + START_SLACK_US;
}

/* May this contain kill that orphan? When its owner cannot be told, nobody else may be possible. */
static bool
belongs_to(const Contain *contain, pid_t pid)
{
	ProcessFacts facts;
	const Contain *c = NULL;

	if (read_facts(pid, &facts) < 0)
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
		if (c != contain && could_own(c, &facts))
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

	if (!belongs_to(sweep->contain, pid))
		return;
	kill(pid, SIGKILL);
	if (child_is_alive(pid))
		sweep->left++;
}

size_t
contain_sweep(Contain *contain)
{
	Sweep sweep = {.contain = contain};

	kill(-contain->leader, SIGKILL);
	visit_orphans(sweep_one, &sweep);
	return sweep.left;
}

static void
ignore_orphan(pid_t pid, void *arg)
{
	(void) pid;
	(void) arg;
}

void
contain_reap(void)
{
	visit_orphans(ignore_orphan, NULL);
}
