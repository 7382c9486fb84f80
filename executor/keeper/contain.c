/*
 * contain.c - which way of containing jobs the node allows, and what all ways need.
 *
 * The keeper is a subreaper: when a parent dies, its children become the keeper's, which
 * collects them when they end.
 */
#include "contain.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "confine.h"
#include "contain_way.h"
#include "enforce.h"
#include "hierarchy.h"
#include "log.h"
#include "mem.h"
#include "process.h"

struct ContainQueue contain_all = TAILQ_HEAD_INITIALIZER(contain_all);
static unsigned enforced;

/* Children that are no orphans, in order: main processes of jobs, and what contain_exempt() was told of. */
static struct
{
	pid_t *pids;
	size_t count;
	size_t room;
} known;

/* Where it is, or belongs. */
static size_t
known_place(pid_t pid)
{
	size_t low = 0;
	size_t high = known.count;

	while (low < high)
	{
		size_t middle = low + (high - low) / 2;

		if (known.pids[middle] < pid)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool
is_known(pid_t pid)
{
	size_t place = known_place(pid);

	return place < known.count && known.pids[place] == pid;
}

void
contain_exempt(pid_t pid)
{
	size_t place = known_place(pid);

	if (known.count == known.room)
	{
		known.room = known.room * 2 + 16;
		known.pids = mem_resize(known.pids, known.room, sizeof(pid_t));
	}
	memmove(known.pids + place + 1, known.pids + place, (known.count - place) * sizeof(pid_t));
	known.pids[place] = pid;
	known.count++;
}

void
contain_include(pid_t pid)
{
	size_t place = known_place(pid);

	if (!is_known(pid))
		return;
	known.count--;
	memmove(known.pids + place, known.pids + place + 1, (known.count - place) * sizeof(pid_t));
}

/* ---- what the node has ---- */

static void
see_nothing(pid_t pid, void *arg)
{
	(void) pid;
	(void) arg;
}

static int
become_subreaper(Err *e)
{
	if (process_children(getpid(), see_nothing, NULL) < 0)
		return err_set(e, errno,
					   "could not list this process's children, and without that nothing a job leaves can be found");
	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
		return err_set(e, errno, "could not become a subreaper");
	return 0;
}

static void
say_what_is_enforced(void)
{
	cleanup_buf Buf words = {0};

	for (size_t i = 0; i < hierarchy_count(); i++)
		log_info("control group \"%s\"%s", hierarchy_at(i)->path,
				 hierarchy_at(i) == hierarchy_containing() ? " holds the jobs together" : "");
	if (hierarchy_count() == 0)
		log_info("no control group is to be had here: jobs are held together by the tree of processes");
	enforce_put(&words, ~enforced);
	if (words.len > 0)
		log_warnx("this node cannot enforce %s", buf_text(&words));
}

int
contain_init(const char *name, const State *before, Err *e)
{
	if (become_subreaper(e) < 0 || hierarchy_open(name, before, e) < 0)
		return -1;
	if (hierarchy_count() > 0)
	{
		const Hierarchy *h = hierarchy_containing();

		enforced = group_init();
		/* In other hierarchies a job could have children faster than they are killed. */
		if (h->unified || h == hierarchy_of(CGROUP_PIDS))
			enforced |= ENFORCE_BIT(ENFORCE_CONTAIN);
	}
	if (confine_can_unplug())
		enforced |= ENFORCE_BIT(ENFORCE_NETWORK);
	say_what_is_enforced();
	return 0;
}

void
contain_close(void)
{
	hierarchy_close();
}

unsigned
contain_enforced(void)
{
	return enforced;
}

/* ---- a job's begin ---- */

int
contain_take(Contain *contain, const AttemptKey *key, const SpecNumbers *numbers, GroupDoor *door, Err *e)
{
	cleanup_free char *own = NULL;

	*contain = (Contain){.key = *key, .leader_fd = -1};
	*door = (GroupDoor){.unified = -1};
	if (hierarchy_count() == 0)
		return 0;
	/* Memory stays charged to the group that asked for it: what is left would burden the slot's next job. */
	if ((numbers->flags & SPEC_LEAVE_RUNNING) != 0)
		own = mem_printf("left-%" PRId64 ".%" PRId32, key->run_id, key->attempt);
	contain->group = group_take(own, numbers, e);
	if (contain->group == NULL)
		return -1;
	if (group_door(contain->group, door, e) == 0)
		return 0;
	/* The next job is not to meet it again. */
	group_drop(contain->group);
	contain->group = NULL;
	return -1;
}

static void
begin(Contain *contain)
{
	TAILQ_INSERT_TAIL(&contain_all, contain, link);
	contain_exempt(contain->leader);
}

void
contain_begin(Contain *contain, pid_t leader)
{
	ProcessFacts facts = {.start_ticks = 0};

	/* It is our child and not collected, so it is there. */
	process_facts(leader, &facts);
	contain->leader = leader;
	contain->start_ticks = facts.start_ticks;
	begin(contain);
}

char *
contain_place(const Contain *contain)
{
	return contain->group != NULL ? group_place(contain->group) : mem_strdup("");
}

void
contain_resume(Contain *contain, const AttemptKey *key, pid_t leader, const char *place)
{
	*contain = (Contain){.key = *key, .leader_fd = -1, .group = group_resume(place)};
	contain_begin(contain, leader);
}

void
contain_adopt(Contain *contain, const AttemptKey *key, pid_t leader, int64_t start_ticks, int pidfd, const char *place)
{
	*contain = (Contain){.key = *key,
						 .leader = leader,
						 .start_ticks = start_ticks,
						 .leader_fd = pidfd,
						 .adopted = true,
						 .group = group_resume(place)};
}

void
contain_end(Contain *contain)
{
	if (contain->leader != 0 && !contain->adopted)
	{
		TAILQ_REMOVE(&contain_all, contain, link);
		contain_include(contain->leader);
	}
	if (contain->group != NULL)
		group_give(contain->group);
	contain->group = NULL;
}

/* ---- and what is done with it ---- */

static const ContainWay *
way_of(const Contain *contain)
{
	if (contain->group != NULL)
		return &contain_group_way;
	return contain->adopted ? &contain_adopted_way : &contain_tree_way;
}

void
contain_signal(const Contain *contain, int signo)
{
	/* 0 would be the keeper's own group. */
	if (contain->leader == 0)
		return;
	if (contain->adopted)
		contain_adopted_signal(contain, signo);
	/* Before its setsid() the child has no group of its own yet. */
	else if (kill(-contain->leader, signo) < 0)
		kill(contain->leader, signo);
}

void
contain_kill(Contain *contain)
{
	contain_signal(contain, SIGKILL);
	way_of(contain)->kill(contain);
}

size_t
contain_sweep(Contain *contain)
{
	return way_of(contain)->sweep(contain);
}

size_t
contain_leave(Contain *contain, Buf *where)
{
	return way_of(contain)->leave(contain, where);
}

Account
contain_account(const Contain *contain)
{
	return way_of(contain)->account(contain);
}

Account
contain_last_account(const Contain *contain)
{
	return contain->group != NULL ? account_end(contain->group) : (Account){.cpu_us = -1, .rss_kb = -1};
}

/* ---- orphans ---- */

/* True when the child is still there; an ended one is collected on the way. */
static bool
child_is_alive(pid_t pid)
{
	siginfo_t info = {.si_pid = 0};

	return waitid(P_PID, (id_t) pid, &info, WEXITED | WNOHANG) == 0 && info.si_pid == 0;
}

typedef struct Visit
{
	OrphanVisitor visit;
	void *arg;
} Visit;

static void
visit_child(pid_t pid, void *arg)
{
	const Visit *visit = arg;

	if (!is_known(pid) && child_is_alive(pid))
		visit->visit(pid, visit->arg);
}

void
contain_orphans(OrphanVisitor visit, void *arg)
{
	Visit what = {.visit = visit, .arg = arg};

	process_children(getpid(), visit_child, &what);
}

void
contain_reap(void)
{
	contain_orphans(see_nothing, NULL);
	contain_tree_reaped();
}
