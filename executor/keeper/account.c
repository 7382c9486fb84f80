/*
 * account.c - what a job has used, by the counters of its control group.
 *
 * Counters go on from one job of a group to the next, so each job's begin is subtracted.
 */
#include "account.h"

#include "buf.h"
#include "cgroup.h"
#include "cgroupfs.h"
#include "group.h"
#include "hierarchy.h"

static int64_t
read_cpu(const Group *group)
{
	const Hierarchy *h = hierarchy_of(CGROUP_CPUACCT);
	int64_t ns;

	if (h == NULL)
		return -1;
	if (h->unified)
		return cgroupfs_number(h->dir, group->name, "cpu.stat", "usage_usec", -1);
	ns = cgroupfs_number(h->dir, group->name, "cpuacct.usage", NULL, -1);
	return ns >= 0 ? ns / 1000 : -1;
}

static int64_t
read_oom(const Group *group)
{
	const Hierarchy *h = hierarchy_of(CGROUP_MEMORY);

	if (h == NULL)
		return 0;
	return cgroupfs_number(h->dir, group->name, h->unified ? "memory.events" : "memory.oom_control", "oom_kill", 0);
}

/* What an empty group said last it still says. */
void
account_begin(Group *group)
{
	if (!group->counted)
	{
		group->cpu_last = read_cpu(group);
		group->oom_last = read_oom(group);
	}
	group->cpu_base = group->cpu_last;
	group->oom_base = group->oom_last;
}

static int64_t
read_rss(const Group *group)
{
	const Hierarchy *h = hierarchy_of(CGROUP_MEMORY);
	cleanup_buf Buf text = {0};
	int64_t anonymous;
	int64_t mapped;

	if (h == NULL || cgroupfs_read(h->dir, group->name, "memory.stat", &text) < 0 ||
		!cgroup_value(buf_text(&text), h->unified ? "anon" : "total_rss", &anonymous))
		return -1;
	if (!cgroup_value(buf_text(&text), h->unified ? "file_mapped" : "total_mapped_file", &mapped))
		mapped = 0;
	return (anonymous + mapped) / 1024;
}

static Account
counted_since_begin(const Group *group, int64_t cpu, int64_t oom)
{
	return (Account){.cpu_us = cpu >= 0 && group->cpu_base >= 0 ? cpu - group->cpu_base : -1,
					 .rss_kb = -1,
					 .oom_killed = oom > group->oom_base};
}

Account
account_read(const Group *group)
{
	Account account = counted_since_begin(group, read_cpu(group), read_oom(group));

	account.rss_kb = read_rss(group);
	return account;
}

Account
account_end(Group *group)
{
	group->cpu_last = read_cpu(group);
	group->oom_last = read_oom(group);
	group->counted = true;
	return counted_since_begin(group, group->cpu_last, group->oom_last);
}
