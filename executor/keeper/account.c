/*
 * account.c - what a job has used, by the counters of its control group.
 *
 * Counters go on from one job of a group to the next, so each job's begin is subtracted.
 */
#include "account.h"

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

void
account_begin(Group *group)
{
	group->cpu_base = read_cpu(group);
	group->oom_base = read_oom(group);
}

static int64_t
read_rss(const Hierarchy *h, const Group *group)
{
	int64_t anonymous = cgroupfs_number(h->dir, group->name, "memory.stat", h->unified ? "anon" : "total_rss", -1);
	int64_t mapped =
		cgroupfs_number(h->dir, group->name, "memory.stat", h->unified ? "file_mapped" : "total_mapped_file", 0);

	return anonymous >= 0 ? (anonymous + mapped) / 1024 : -1;
}

Account
account_read(const Group *group)
{
	const Hierarchy *h = hierarchy_of(CGROUP_MEMORY);
	int64_t cpu = read_cpu(group);
	Account account = {.cpu_us = -1, .rss_kb = -1};

	if (cpu >= 0 && group->cpu_base >= 0)
		account.cpu_us = cpu - group->cpu_base;
	account.oom_killed = read_oom(group) > group->oom_base;
	if (h != NULL)
		account.rss_kb = read_rss(h, group);
	return account;
}
