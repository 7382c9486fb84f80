/*
 * contain_group.c - jobs in control groups.
 *
 * A job that may leave something has a group of its own from its begin: memory stays charged to the group that asked
 * for it, so that what moves out later would burden the slot's next job.
 */
#include <inttypes.h>

#include "contain_way.h"
#include "mem.h"
#include "process.h"

static int
take(Contain *contain, const SpecNumbers *numbers, GroupDoor *door, Err *e)
{
	cleanup_free char *own = NULL;

	if ((numbers->flags & SPEC_LEAVE_RUNNING) != 0)
		own = mem_printf("left-%" PRId64 ".%" PRId32, contain->key.run_id, contain->key.attempt);
	contain->group = group_take(own, numbers, e);
	if (contain->group == NULL)
		return -1;
	if (group_door(contain->group, door, e) == 0)
		return 0;
	group_give(contain->group);
	contain->group = NULL;
	return -1;
}

static void
kill_all(Contain *contain)
{
	group_kill(contain->group);
}

static size_t
sweep(Contain *contain)
{
	if (!group_populated(contain->group))
		return 0;
	group_kill(contain->group);
	return 1;
}

static size_t
leave(Contain *contain, Buf *where)
{
	cleanup_free char *path = group_path(contain->group);

	buf_printf(where, " in control group \"%s\"", path);
	return group_members(contain->group, NULL, NULL);
}

/* Without the controllers, what the members have now. */
static void
add_member(pid_t pid, void *arg)
{
	Account *sum = arg;
	ProcessFacts facts;

	if (process_facts(pid, &facts) < 0)
		return;
	sum->cpu_us += facts.cpu_us;
	sum->rss_kb += facts.rss_kb;
}

static Account
account(const Contain *contain)
{
	Account result = account_read(contain->group);
	Account sum = {0};

	if (result.cpu_us >= 0 && result.rss_kb >= 0)
		return result;
	group_members(contain->group, add_member, &sum);
	if (result.cpu_us < 0)
		result.cpu_us = sum.cpu_us;
	if (result.rss_kb < 0)
		result.rss_kb = sum.rss_kb;
	return result;
}

static void
end(Contain *contain)
{
	if (contain->group != NULL)
		group_give(contain->group);
	contain->group = NULL;
}

static void
reaped(void)
{
}

const ContainWay contain_group_way =
	{.take = take, .kill = kill_all, .sweep = sweep, .leave = leave, .account = account, .end = end, .reaped = reaped};
