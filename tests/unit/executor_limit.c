/*
 * Limits as the files of control groups take them, for both versions, and what lifts them.
 */
#include "keeper/limit.h"

#include <string.h>

#include "tap.h"

typedef struct Case
{
	const char *what;
	SpecNumbers numbers;
	const char *v1; /* "file text;..." in the order of the table */
	const char *v2;
} Case;

static const Case cases[] = {
	{"no limits",
	 {0},
	 "cpu.cfs_quota_us -1;cpu.shares 1024;memory.limit_in_bytes -1;memory.memsw.limit_in_bytes -1;pids.max max;"
	 "blkio.weight 100;blkio.bfq.weight 100;",
	 "cpu.max max 100000;cpu.weight 100;memory.max max;memory.swap.max max;memory.oom.group 1;pids.max max;io.weight 100;"
	 "io.bfq.weight 100;"},
	{"limits as people set them",
	 {.cpu_milli = 1500, .cpu_weight = 50, .io_weight = 200, .memory = 4294967296, .processes = 100},
	 "cpu.cfs_quota_us 150000;cpu.shares 512;memory.limit_in_bytes 4294967296;memory.memsw.limit_in_bytes 4294967296;"
	 "pids.max 100;blkio.weight 200;blkio.bfq.weight 200;",
	 "cpu.max 150000 100000;cpu.weight 50;memory.max 4294967296;memory.swap.max 0;memory.oom.group 1;pids.max 100;"
	 "io.weight 200;io.bfq.weight 200;"},
	{"the least there is",
	 {.cpu_milli = 1, .cpu_weight = 1, .io_weight = 1, .memory = 1, .processes = 1},
	 "cpu.cfs_quota_us 1000;cpu.shares 10;memory.limit_in_bytes 1;memory.memsw.limit_in_bytes 1;pids.max 1;blkio.weight 10;"
	 "blkio.bfq.weight 10;",
	 "cpu.max 1000 100000;cpu.weight 1;memory.max 1;memory.swap.max 0;memory.oom.group 1;pids.max 1;io.weight 1;"
	 "io.bfq.weight 1;"},
	{"more than a kernel takes",
	 {.cpu_milli = INT64_C(1) << 60,
	  .cpu_weight = INT64_C(1) << 60,
	  .io_weight = INT64_C(1) << 60,
	  .memory = INT64_C(1) << 60,
	  .processes = INT64_C(1) << 60},
	 "cpu.cfs_quota_us 10000000000;cpu.shares 262144;memory.limit_in_bytes 1152921504606846976;"
	 "memory.memsw.limit_in_bytes 1152921504606846976;pids.max 4194304;blkio.weight 1000;blkio.bfq.weight 1000;",
	 "cpu.max 10000000000 100000;cpu.weight 10000;memory.max 1152921504606846976;memory.swap.max 0;memory.oom.group 1;"
	 "pids.max 4194304;io.weight 10000;io.bfq.weight 1000;"},
};

static void
check(const LimitFile *files, const SpecNumbers *numbers, const char *expected, const char *version, const char *what)
{
	char all[4096] = "";
	size_t len = 0;

	for (; files->file != NULL; files++)
	{
		char text[LIMIT_TEXT];

		files->format(numbers, text);
		len += (size_t) snprintf(all + len, sizeof(all) - len, "%s %s;", files->file, text);
	}
	if (!ok(strcmp(all, expected) == 0, "%s: %s", version, what))
		printf("# %s\n", all);
}

int
main(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		check(limit_v1_files, &cases[i].numbers, cases[i].v1, "version 1", cases[i].what);
		check(limit_v2_files, &cases[i].numbers, cases[i].v2, "version 2", cases[i].what);
	}
	return done_testing();
}
