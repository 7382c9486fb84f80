/*
 * contain_adopted.c - the processes of a job whose keeper has died.
 *
 * They are not our children: somebody else collects them, and their numbers can
 * become a stranger's at any moment.  So nothing here goes to a number or a group.
 * The main process is held by its descriptor, and every other one is opened first,
 * then recognised, then signalled through what was opened.
 */
#include "contain_adopted.h"

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

size_t
contain_adopted_sweep(const Contain *contain)
{
	Round round = {.contain = contain, .signo = SIGKILL};

	process_all(visit, &round);
	return round.alive;
}
