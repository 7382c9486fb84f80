/*
 * limit_v2.c - limits as version 2 of control groups takes them.
 */
#include <inttypes.h>
#include <stdio.h>

#include "limit.h"

#define PERIOD_US 100000
#define WEIGHT_USUAL 100
#define WEIGHT_MAX 10000
#define BFQ_MAX 1000
#define MAX_MILLI INT64_C(100000000)
#define MAX_PIDS INT64_C(4194304) /* no kernel has more */

static void
put_or_max(int64_t value, char text[LIMIT_TEXT])
{
	if (value > 0)
		snprintf(text, LIMIT_TEXT, "%" PRId64, value);
	else
		snprintf(text, LIMIT_TEXT, "max");
}

static void
put_weight(int64_t weight, int64_t max, char text[LIMIT_TEXT])
{
	snprintf(text, LIMIT_TEXT, "%" PRId64, weight <= 0 ? WEIGHT_USUAL : weight < max ? weight : max);
}

static void
cpu_max(const SpecNumbers *numbers, char text[LIMIT_TEXT])
{
	int64_t milli = numbers->cpu_milli < MAX_MILLI ? numbers->cpu_milli : MAX_MILLI;
	int64_t quota = milli * PERIOD_US / 1000;

	/* 1 ms is the least there is. */
	if (milli > 0)
		snprintf(text, LIMIT_TEXT, "%" PRId64 " %d", quota > 1000 ? quota : 1000, PERIOD_US);
	else
		snprintf(text, LIMIT_TEXT, "max %d", PERIOD_US);
}

static void
cpu_weight(const SpecNumbers *numbers, char text[LIMIT_TEXT])
{
	put_weight(numbers->cpu_weight, WEIGHT_MAX, text);
}

static void
memory_max(const SpecNumbers *numbers, char text[LIMIT_TEXT])
{
	put_or_max(numbers->memory, text);
}

/* The limit is one of memory, not of memory and as much swap as there is. */
static void
memory_swap_max(const SpecNumbers *numbers, char text[LIMIT_TEXT])
{
	snprintf(text, LIMIT_TEXT, "%s", numbers->memory > 0 ? "0" : "max");
}

/* Out of memory ends the job, not one process of it. */
static void
memory_oom_group(const SpecNumbers *numbers, char text[LIMIT_TEXT])
{
	(void) numbers;
	snprintf(text, LIMIT_TEXT, "1");
}

static void
pids_max(const SpecNumbers *numbers, char text[LIMIT_TEXT])
{
	put_or_max(numbers->processes < MAX_PIDS ? numbers->processes : MAX_PIDS, text);
}

static void
io_weight(const SpecNumbers *numbers, char text[LIMIT_TEXT])
{
	put_weight(numbers->io_weight, WEIGHT_MAX, text);
}

static void
io_bfq_weight(const SpecNumbers *numbers, char text[LIMIT_TEXT])
{
	put_weight(numbers->io_weight, BFQ_MAX, text);
}

const LimitFile limit_v2_files[] = {
	{ENFORCE_CPU, CGROUP_CPU, LIMIT_NEEDED, "cpu.max", cpu_max, false},
	{ENFORCE_CPU, CGROUP_CPU, LIMIT_NEEDED, "cpu.weight", cpu_weight, false},
	{ENFORCE_MEMORY, CGROUP_MEMORY, LIMIT_NEEDED, "memory.max", memory_max, false},
	{ENFORCE_MEMORY, CGROUP_MEMORY, LIMIT_EXTRA, "memory.swap.max", memory_swap_max, false},
	{ENFORCE_MEMORY, CGROUP_MEMORY, LIMIT_EXTRA, "memory.oom.group", memory_oom_group, false},
	{ENFORCE_PROCESSES, CGROUP_PIDS, LIMIT_NEEDED, "pids.max", pids_max, false},
	{ENFORCE_IO, CGROUP_IO, LIMIT_EITHER, "io.weight", io_weight, false},
	{ENFORCE_IO, CGROUP_IO, LIMIT_EITHER, "io.bfq.weight", io_bfq_weight, false},
	{.file = NULL},
};
