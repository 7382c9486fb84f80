/*
 * group_kill.c - kills everything in a control group.
 *
 * Where cgroup.kill is missing or did not do it, the members are killed one by one, after they were kept from having
 * children: frozen in version 2, without room for another process in version 1.  A process id is only a number: what
 * gets the signal was opened as a member, and was still listed as one after that.
 */
#include <signal.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "cgroupfs.h"
#include "group.h"
#include "hierarchy.h"
#include "mem.h"

typedef struct Member
{
	pid_t pid;
	int pidfd;
	bool seen_again;
} Member;

typedef struct Members
{
	Member *list;
	size_t count;
	size_t room;
} Members;

static void
open_member(pid_t pid, void *arg)
{
	Members *members = arg;
	int pidfd = pidfd_open(pid, 0);

	if (pidfd < 0)
		return;
	if (members->count == members->room)
	{
		members->room = members->room * 2 + 16;
		members->list = mem_resize(members->list, members->room, sizeof(Member));
	}
	members->list[members->count++] = (Member){.pid = pid, .pidfd = pidfd};
}

static int
compare(const void *a, const void *b)
{
	const Member *left = a;
	const Member *right = b;

	return left->pid < right->pid ? -1 : left->pid > right->pid;
}

static void
see_member(pid_t pid, void *arg)
{
	const Members *members = arg;
	const Member key = {.pid = pid};
	Member *member = members->count > 0 ? bsearch(&key, members->list, members->count, sizeof(Member), compare) : NULL;

	if (member != NULL)
		member->seen_again = true;
}

static void
kill_members(const Hierarchy *h, const Group *group)
{
	Members members = {0};

	cgroupfs_members(h->dir, group->name, open_member, &members);
	if (members.count > 0)
		qsort(members.list, members.count, sizeof(Member), compare);
	cgroupfs_members(h->dir, group->name, see_member, &members);
	for (size_t i = 0; i < members.count; i++)
	{
		if (members.list[i].seen_again)
			pidfd_send_signal(members.list[i].pidfd, SIGKILL, NULL, 0);
		close(members.list[i].pidfd);
	}
	free(members.list);
}

void
group_kill(Group *group)
{
	const Hierarchy *h = hierarchy_containing();

	if (h->unified && !group->killed && cgroupfs_write(h->dir, group->name, "cgroup.kill", "1") == 0)
	{
		group->killed = group->worn = true;
		return;
	}
	if (h->unified)
		group->frozen = cgroupfs_write(h->dir, group->name, "cgroup.freeze", "1") == 0;
	else if (hierarchy_of(CGROUP_PIDS) == h)
	{
		cgroupfs_write(h->dir, group->name, "pids.max", "0");
		group->limited = true;
	}
	kill_members(h, group);
	group->killed = false;
}
