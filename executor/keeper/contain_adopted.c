/*
 * contain_adopted.c - the processes of a job whose keeper has died, where they have no control group.
 *
 * They are not our children: somebody else collects them, and their numbers can
 * become a stranger's at any moment.  So nothing here goes to a number or a group.
 * The main process is held by its descriptor, and every other one is opened first,
 * then recognised, then signalled through what was opened.
 */
#include "contain_way.h"

#include <signal.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "mem.h"
#include "process.h"

typedef struct Round
{
	const Contain *contain;
	int signo;
	bool group_only;
	size_t alive;
} Round;

static bool
is_leader(const Contain *contain, pid_t pid)
{
	return pid == contain->leader && contain->leader_fd >= 0 && !process_has_ended(contain->leader_fd);
}

static void
visit(pid_t pid, void *arg)
{
	Round *round = arg;
	cleanup_buf Buf bytes = {0};
	cleanup_close int fd = -1;
	ProcessFacts facts;

	if (pid == getpid() || is_leader(round->contain, pid))
		return;
	fd = pidfd_open(pid, 0);
	if (fd < 0 || process_environ(pid, &bytes) < 0 || !process_environ_is_of(&bytes, &round->contain->key) ||
		process_facts(pid, &facts) < 0 || facts.start_ticks < round->contain->start_ticks || facts.parent == getpid())
		return;
	if (round->group_only && facts.group != round->contain->leader)
		return;
	pidfd_send_signal(fd, round->signo, NULL, 0);
	round->alive += !process_has_ended(fd);
}

void
contain_adopted_signal(const Contain *contain, int signo)
{
	Round round = {.contain = contain, .signo = signo, .group_only = true};

	process_all(visit, &round);
	if (contain->leader_fd >= 0)
		pidfd_send_signal(contain->leader_fd, signo, NULL, 0);
}

/* The main process' group has had it; the rest is looked for when that has ended. */
static void
kill_all(Contain *contain)
{
	(void) contain;
}

static size_t
sweep(Contain *contain)
{
	Round round = {.contain = contain, .signo = SIGKILL};

	process_all(visit, &round);
	return round.alive;
}

/* It is nobody's child here, so nobody will take it for his. */
static size_t
leave(Contain *contain, Buf *where)
{
	(void) contain;
	(void) where;
	return 0;
}

static Account
account(const Contain *contain)
{
	ProcessFacts facts = {0};

	/* Of the main process alone; the number may be a stranger's where it has ended. */
	if (contain->leader_fd < 0 || process_facts(contain->leader, &facts) < 0 ||
		facts.start_ticks != contain->start_ticks)
		return (Account){.cpu_us = -1, .rss_kb = -1};
	return (Account){.cpu_us = facts.cpu_us, .rss_kb = facts.rss_kb};
}

const ContainWay contain_adopted_way = {.kill = kill_all, .sweep = sweep, .leave = leave, .account = account};
