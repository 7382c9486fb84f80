/*
 * contain_group.c - jobs in control groups.
 */
#include "contain_way.h"
#include "mem.h"
#include "process.h"

static void
kill_all(Contain *contain)
{
	group_kill(contain->group);
}

/* The ended main process counts in no group; what hides in a group below is not listed here. */
static size_t
sweep(Contain *contain)
{
	size_t listed;

	if (!group_populated(contain->group))
		return 0;
	group_kill(contain->group);
	if (!group_populated(contain->group))
		return 0;
	listed = group_members(contain->group, NULL, NULL);
	return listed > 0 ? listed : 1;
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

const ContainWay contain_group_way = {.kill = kill_all, .sweep = sweep, .leave = leave, .account = account};
