/*
 * contain_tree.c - jobs by session, group and adoption, where there are no control groups.
 *
 * Once a job's main process has ended, whatever is left of the job is an unknown child of the keeper or below one, and
 * killing the children brings up the next generation.  A child's id cannot be reused before the keeper collects it, so
 * a plain kill() hits no stranger.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "contain_way.h"
#include "mem.h"
#include "process.h"

#define MAX_WALK 10000

/* The process group has had it already, and who is a job's beyond that shows only when its parent has ended. */
static void
kill_all(Contain *contain)
{
	(void) contain;
}

static const Contain *
owner_by_environ(pid_t pid)
{
	cleanup_buf Buf bytes = {0};
	const Contain *c = NULL;

	if (process_environ(pid, &bytes) < 0)
		return NULL;
	TAILQ_FOREACH (c, &contain_all, link)
	{
		if (process_environ_is_of(&bytes, &c->key))
			return c;
	}
	return NULL;
}

/* A session's number is not given to another process while it has members: the younger job is right. */
static const Contain *
owner_by_session(pid_t session)
{
	const Contain *c = NULL;

	TAILQ_FOREACH_REVERSE(c, &contain_all, ContainQueue, link)
	{
		if (c->leader == session)
			return c;
	}
	return NULL;
}

/* May this contain kill that orphan? When its owner cannot be told, nobody else may be possible. */
static bool
belongs_to(const Contain *contain, pid_t pid)
{
	ProcessFacts facts;
	const Contain *c;

	if (process_facts(pid, &facts) < 0)
		return false;
	c = owner_by_session(facts.session);
	if (c == NULL)
		c = owner_by_environ(pid);
	if (c != NULL)
		return c == contain;
	TAILQ_FOREACH (c, &contain_all, link)
	{
		if (c != contain && c->start_ticks <= facts.start_ticks)
			return false;
	}
	return true;
}

typedef struct Sweep
{
	const Contain *contain;
	bool kill;
	Buf *names; /* or NULL */
	size_t left;
} Sweep;

static void
sweep_one(pid_t pid, void *arg)
{
	Sweep *sweep = arg;

	if (!belongs_to(sweep->contain, pid))
		return;
	sweep->left++;
	if (sweep->kill)
		kill(pid, SIGKILL);
	if (sweep->names != NULL)
		buf_printf(sweep->names, "%s %d", sweep->left > 1 ? "," : ":", (int) pid);
}

static size_t
sweep(Contain *contain)
{
	Sweep sweep = {.contain = contain, .kill = true};

	kill(-contain->leader, SIGKILL);
	contain_orphans(sweep_one, &sweep);
	return sweep.left;
}

/* ---- what has been left ---- */

/* What is left goes on to be somebody's, so that no other job's sweep takes it for its own. */
static size_t
leave(Contain *contain, Buf *where)
{
	Sweep sweep = {.contain = contain, .names = where};
	Contain *left;

	contain_orphans(sweep_one, &sweep);
	if (sweep.left == 0)
		return 0;
	left = mem_zalloc(sizeof(*left));
	*left = *contain;
	left->left = true;
	TAILQ_INSERT_HEAD(&contain_all, left, link);
	return sweep.left;
}

void
contain_tree_reaped(void)
{
	Contain *next;

	for (Contain *c = TAILQ_FIRST(&contain_all); c != NULL && c->left; c = next)
	{
		Sweep sweep = {.contain = c};

		next = TAILQ_NEXT(c, link);
		contain_orphans(sweep_one, &sweep);
		if (sweep.left > 0)
			continue;
		TAILQ_REMOVE(&contain_all, c, link);
		free(c);
	}
}

/* ---- usage ---- */

typedef struct Walk
{
	const Contain *contain;
	pid_t *pids;
	size_t count;
} Walk;

static void
walk_to(pid_t pid, void *arg)
{
	Walk *walk = arg;

	if (walk->count < MAX_WALK)
		walk->pids[walk->count++] = pid;
}

static void
walk_to_orphan(pid_t pid, void *arg)
{
	const Walk *walk = arg;

	if (belongs_to(walk->contain, pid))
		walk_to(pid, arg);
}

/* Those that are there now, with what each has collected of its own children. */
static Account
account(const Contain *contain)
{
	cleanup_free pid_t *pids = mem_alloc(MAX_WALK * sizeof(pid_t));
	Walk walk = {.contain = contain, .pids = pids};
	Account result = {0};

	walk_to(contain->leader, &walk);
	contain_orphans(walk_to_orphan, &walk);
	for (size_t i = 0; i < walk.count; i++)
	{
		ProcessFacts facts;

		if (process_facts(walk.pids[i], &facts) < 0)
			continue;
		result.cpu_us += facts.cpu_us;
		result.rss_kb += facts.rss_kb;
		process_children(walk.pids[i], walk_to, &walk);
	}
	return result;
}

const ContainWay contain_tree_way = {.kill = kill_all, .sweep = sweep, .leave = leave, .account = account};
