/*
 * limit_v1.c - limits as version 1 of control groups takes them.
 */
#include <inttypes.h>
#include <stdio.h>

#include "limit.h"

#define PERIOD_US 100000 /* cpu.cfs_period_us, as every group is born with it */
#define SHARES_USUAL 1024
#define SHARES_MAX 262144
#define WEIGHT_USUAL 100
#define WEIGHT_MIN 10
#define WEIGHT_MAX 1000
#define MAX_MILLI INT64_C(100000000)
#define MAX_PIDS INT64_C(4194304) /* no kernel has more */

static int64_t
clamp(int64_t value, int64_t low, int64_t high)
{
	return value < low ? low : value > high ? high : value;
}

static void
cpu_quota(const SpecNumbers *numbers, char text[LIMIT_TEXT])
{
	int64_t quota = clamp(numbers->cpu_milli, 0, MAX_MILLI) * PERIOD_US / 1000;

	snprintf(text, LIMIT_TEXT, "%" PRId64, numbers->cpu_milli <= 0 ? -1 : quota > 1000 ? quota : 1000);
}

static void
cpu_shares(const SpecNumbers *numbers, char text[LIMIT_TEXT])
{
	int64_t weight = numbers->cpu_weight > 0 ? clamp(numbers->cpu_weight, 1, SHARES_MAX) : WEIGHT_USUAL;

	snprintf(text, LIMIT_TEXT, "%" PRId64, clamp(weight * SHARES_USUAL / WEIGHT_USUAL, 2, SHARES_MAX));
}

static void
memory_limit(const SpecNumbers *numbers, char text[LIMIT_TEXT])
{
	snprintf(text, LIMIT_TEXT, "%" PRId64, numbers->memory > 0 ? numbers->memory : -1);
}

static void
pids_max(const SpecNumbers *numbers, char text[LIMIT_TEXT])
{
	if (numbers->processes > 0)
		snprintf(text, LIMIT_TEXT, "%" PRId64, clamp(numbers->processes, 1, MAX_PIDS));
	else
		snprintf(text, LIMIT_TEXT, "max");
}

static void
blkio_weight(const SpecNumbers *numbers, char text[LIMIT_TEXT])
{
	int64_t weight = numbers->io_weight > 0 ? numbers->io_weight : WEIGHT_USUAL;

	snprintf(text, LIMIT_TEXT, "%" PRId64, clamp(weight, WEIGHT_MIN, WEIGHT_MAX));
}

/* Memory with swap cannot be limited lower than memory alone, so it comes second. */
const LimitFile limit_v1_files[] = {
	{ENFORCE_CPU, CGROUP_CPU, LIMIT_NEEDED, "cpu.cfs_quota_us", cpu_quota, true},
	{ENFORCE_CPU, CGROUP_CPU, LIMIT_NEEDED, "cpu.shares", cpu_shares, false},
	{ENFORCE_MEMORY, CGROUP_MEMORY, LIMIT_NEEDED, "memory.limit_in_bytes", memory_limit, false},
	{ENFORCE_MEMORY, CGROUP_MEMORY, LIMIT_EXTRA, "memory.memsw.limit_in_bytes", memory_limit, false},
	{ENFORCE_PROCESSES, CGROUP_PIDS, LIMIT_NEEDED, "pids.max", pids_max, false},
	{ENFORCE_IO, CGROUP_IO, LIMIT_EITHER, "blkio.weight", blkio_weight, false},
	{ENFORCE_IO, CGROUP_IO, LIMIT_EITHER, "blkio.bfq.weight", blkio_weight, false},
	{.file = NULL},
};
