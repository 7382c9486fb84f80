/*
 * Where this process stands in control groups, and who does what there, on nodes of all kinds: texts of /proc as such
 * nodes show them.
 */
#include "keeper/cgroup.h"

#include <string.h>

#include "mem.h"
#include "tap.h"

#define CPU CGROUP_BIT(CGROUP_CPU)
#define CPUACCT CGROUP_BIT(CGROUP_CPUACCT)
#define MEMORY CGROUP_BIT(CGROUP_MEMORY)
#define PIDS CGROUP_BIT(CGROUP_PIDS)
#define IO CGROUP_BIT(CGROUP_IO)

typedef struct Node
{
	const char *name;
	const char *mountinfo;
	const char *self;
	unsigned unified_controllers; /* what cgroup.controllers would say */
	CgroupPlace places[CGROUP_MAX_HIERARCHIES + 1];
	CgroupChoice choice;
} Node;

#define BESIDE                                                \
	"21 26 0:20 / /proc rw,nosuid shared:13 - proc proc rw\n" \
	"26 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda1 rw,errors=remount-ro\n"

static const Node nodes[] = {
	{.name = "version 2 alone, a systemd service",
	 .mountinfo = BESIDE "29 21 0:26 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:4 - cgroup2 cgroup2 "
						 "rw,nsdelegate,memory_recursiveprot\n",
	 .self = "0::/system.slice/jobgrid-executor.service\n",
	 .unified_controllers = CPU | MEMORY | PIDS | IO,
	 .places = {{"/sys/fs/cgroup/system.slice/jobgrid-executor.service", true, 0}},
	 .choice = {.contain = 0, .home = {0, 0, 0, 0, 0}}},
	{.name = "version 2 alone, only some controllers delegated",
	 .mountinfo = "29 21 0:26 / /sys/fs/cgroup rw shared:4 - cgroup2 cgroup2 rw\n",
	 .self = "0::/user.slice/user-1000.slice/user@1000.service/app.slice\n",
	 .unified_controllers = MEMORY | PIDS,
	 .places = {{"/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/app.slice", true, 0}},
	 .choice = {.contain = 0, .home = {-1, 0, 0, 0, -1}}},
	{.name = "hybrid: the controllers in version 1, version 2 without any",
	 .mountinfo = "30 22 0:27 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755\n"
				  "31 30 0:28 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu\n"
				  "32 30 0:29 / /sys/fs/cgroup/cpuacct rw,relatime - cgroup cgroup rw,cpuacct\n"
				  "33 30 0:30 / /sys/fs/cgroup/cpuset rw,relatime - cgroup cgroup rw,cpuset\n"
				  "34 30 0:31 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n"
				  "37 30 0:34 / /sys/fs/cgroup/blkio rw,relatime - cgroup cgroup rw,blkio\n"
				  "38 30 0:35 / /sys/fs/cgroup/pids rw,relatime - cgroup cgroup rw,pids\n"
				  "39 30 0:36 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,name=systemd\n"
				  "40 30 0:37 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n",
	 .self =
		 "9:name=systemd:/\n8:pids:/\n7:blkio:/\n5:devices:/\n4:memory:/api/852f\n3:cpuset:/\n2:cpuacct:/\n1:cpu:/\n"
		 "0::/\n",
	 .places = {{"/sys/fs/cgroup/unified", true, 0},
				{"/sys/fs/cgroup/cpu", false, CPU},
				{"/sys/fs/cgroup/cpuacct", false, CPUACCT},
				{"/sys/fs/cgroup/memory/api/852f", false, MEMORY},
				{"/sys/fs/cgroup/blkio", false, IO},
				{"/sys/fs/cgroup/pids", false, PIDS}},
	 .choice = {.contain = 0, .home = {1, 0, 3, 5, 4}}},
	{.name = "RHEL 8: version 1 alone, controllers mounted together",
	 .mountinfo =
		 "25 18 0:21 / /sys/fs/cgroup ro,nosuid,nodev,noexec shared:9 - tmpfs tmpfs ro,mode=755\n"
		 "26 25 0:22 / /sys/fs/cgroup/systemd rw,nosuid,nodev,noexec,relatime shared:10 - cgroup cgroup "
		 "rw,xattr,release_agent=/usr/lib/systemd/systemd-cgroups-agent,name=systemd\n"
		 "29 25 0:25 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid,nodev,noexec,relatime shared:11 - cgroup cgroup rw,cpu,cpuacct\n"
		 "30 25 0:26 / /sys/fs/cgroup/memory rw,nosuid,nodev,noexec,relatime shared:12 - cgroup cgroup rw,memory\n"
		 "31 25 0:27 / /sys/fs/cgroup/net_cls,net_prio rw shared:13 - cgroup cgroup rw,net_cls,net_prio\n"
		 "32 25 0:28 / /sys/fs/cgroup/pids rw,nosuid,nodev,noexec,relatime shared:14 - cgroup cgroup rw,pids\n"
		 "33 25 0:29 / /sys/fs/cgroup/blkio rw,nosuid,nodev,noexec,relatime shared:15 - cgroup cgroup rw,blkio\n",
	 .self =
		 "8:blkio:/system.slice\n7:pids:/system.slice/jobgrid.service\n6:net_cls,net_prio:/\n"
		 "5:memory:/system.slice/jobgrid.service\n4:cpu,cpuacct:/system.slice\n1:name=systemd:/system.slice/jobgrid.service\n",
	 .places = {{"/sys/fs/cgroup/cpu,cpuacct/system.slice", false, CPU | CPUACCT},
				{"/sys/fs/cgroup/memory/system.slice/jobgrid.service", false, MEMORY},
				{"/sys/fs/cgroup/pids/system.slice/jobgrid.service", false, PIDS},
				{"/sys/fs/cgroup/blkio/system.slice", false, IO}},
	 .choice = {.contain = 2, .home = {0, 0, 1, 2, 3}}},
	{.name = "version 1 without pids: something has to hold the jobs together",
	 .mountinfo = "30 25 0:26 / /cg/memory rw - cgroup cgroup rw,memory\n",
	 .self = "5:memory:/\n",
	 .places = {{"/cg/memory", false, MEMORY}},
	 .choice = {.contain = 0, .home = {-1, -1, 0, -1, -1}}},
	{.name = "a container that sees its own part, mounted at its group",
	 .mountinfo = "1050 1049 0:26 /docker/f00d /sys/fs/cgroup rw,nosuid - cgroup2 cgroup rw,nsdelegate\n",
	 .self = "0::/docker/f00d/init\n",
	 .unified_controllers = PIDS,
	 .places = {{"/sys/fs/cgroup/init", true, 0}},
	 .choice = {.contain = 0, .home = {-1, 0, -1, 0, -1}}},
	{.name = "a container in the mount's very root",
	 .mountinfo = "1050 1049 0:26 /docker/f00d /sys/fs/cgroup rw - cgroup2 cgroup rw\n",
	 .self = "0::/docker/f00d\n",
	 .places = {{"/sys/fs/cgroup", true, 0}},
	 .choice = {.contain = 0, .home = {-1, 0, -1, -1, -1}}},
	{.name = "a container that is shown another one's part",
	 .mountinfo = "1050 1049 0:26 /docker/f00 /sys/fs/cgroup rw - cgroup2 cgroup rw\n",
	 .self = "0::/docker/f00d\n",
	 .choice = {.contain = -1, .home = {-1, -1, -1, -1, -1}}},
	{.name = "a group above this namespace's root",
	 .mountinfo = "1050 1049 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup rw\n"
				  "1051 1049 0:27 /../.. /cg/pids rw - cgroup cgroup rw,pids\n",
	 .self = "0::/../../system.slice\n8:pids:/\n",
	 .choice = {.contain = -1, .home = {-1, -1, -1, -1, -1}}},
	{.name = "read-only, as containers usually have it",
	 .mountinfo = "1050 1049 0:26 / /sys/fs/cgroup ro,nosuid - cgroup2 cgroup rw\n",
	 .self = "0::/\n",
	 .choice = {.contain = -1, .home = {-1, -1, -1, -1, -1}}},
	{.name = "the same, and a second time to be written",
	 .mountinfo = "1050 1049 0:26 / /sys/fs/cgroup ro,nosuid - cgroup2 cgroup rw\n"
				  "1051 1049 0:26 / /rw/with\\040space rw - cgroup2 cgroup rw\n"
				  "1052 1049 0:26 / /again rw - cgroup2 cgroup rw\n",
	 .self = "0::/x\n",
	 .places = {{"/rw/with space/x", true, 0}},
	 .choice = {.contain = 0, .home = {-1, 0, -1, -1, -1}}},
	{.name = "nothing mounted",
	 .mountinfo = BESIDE,
	 .self = "0::/\n",
	 .choice = {.contain = -1, .home = {-1, -1, -1, -1, -1}}},
	{.name = "a kernel without control groups",
	 .mountinfo = BESIDE,
	 .self = "",
	 .choice = {.contain = -1, .home = {-1, -1, -1, -1, -1}}},
	{.name = "texts that are cut",
	 .mountinfo = "30 25 0:26 / /cg/memory rw - cgroup\n30 25 0:26 / /cg\n\n30 25 0:26 / /cg/memory rw shared:1 -\n"
				  "31 25 0:26 / /cg/pids rw - cgroup cgroup rw,pids\n32 25 0:26 / /cg/cpu rw - cgroup cgroup rw,cpu",
	 .self = "nothing\n5:memory\n8:pids:/a",
	 .places = {{"/cg/pids/a", false, PIDS}},
	 .choice = {.contain = 0, .home = {-1, -1, -1, 0, -1}}},
};

static bool
same_places(const CgroupMap *map, const CgroupPlace *expected)
{
	size_t i;

	for (i = 0; i < map->count; i++)
	{
		const CgroupPlace *place = &map->places[i];

		if (expected[i].path == NULL || strcmp(place->path, expected[i].path) != 0 ||
			place->unified != expected[i].unified || place->controllers != expected[i].controllers)
		{
			printf("# %zu: %s, %d, %x\n", i, place->path, place->unified, place->controllers);
			return false;
		}
	}
	return expected[i].path == NULL;
}

static void
check_node(const Node *node)
{
	CgroupMap map;
	CgroupChoice choice;
	bool same;

	cgroup_map_read(&map, node->mountinfo, node->self);
	ok(same_places(&map, node->places), "%s: places", node->name);
	if (map.count > 0 && map.places[0].unified)
		map.places[0].controllers = node->unified_controllers;
	choice = cgroup_choose(map.places, map.count);
	same = choice.contain == node->choice.contain;
	for (int c = 0; c < CGROUP_CONTROLLERS; c++)
		same = same && choice.home[c] == node->choice.home[c];
	ok(same, "%s: choice", node->name);
	cgroup_map_free(&map);
}

static void
check_base(const char *path, const char *expected, const char *what)
{
	cleanup_free char *base = cgroup_base(path, "jobgrid-n1");

	ok(strcmp(base, expected) == 0, "base: %s (%s)", what, base);
}

static void
check_value(const char *text, const char *key, bool found, int64_t expected)
{
	int64_t value = -7;

	ok(cgroup_value(text, key, &value) == found && (!found || value == expected), "value of %s: %lld",
	   key != NULL ? key : "all", (long long) value);
}

int
main(void)
{
	static const char events[] = "low 0\nhigh 1\nmax 12\noom 3\noom_kill 2\noom_group_kill 1\n";

	for (size_t i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++)
		check_node(&nodes[i]);
	ok(cgroup_controllers("cpuset cpu io memory hugetlb pids rdma misc\n") == (CPU | IO | MEMORY | PIDS),
	   "a list of controllers");
	ok(cgroup_controllers("") == 0 && cgroup_controllers("cpuset cpus pid\n") == 0, "only whole words count");

	check_base("/sys/fs/cgroup/a.service", "/sys/fs/cgroup/a.service", "where it is");
	check_base("/sys/fs/cgroup/a.service/jobgrid-n1/keeper", "/sys/fs/cgroup/a.service", "above our own leaf");
	check_base("/sys/fs/cgroup/a.service/keeper", "/sys/fs/cgroup/a.service", "above the manager's leaf");
	check_base("/sys/fs/cgroup/jobgrid-n10/keeper", "/sys/fs/cgroup/jobgrid-n10",
			   "another executor's group is a place");
	check_base("/sys/fs/cgroup/gatekeeper", "/sys/fs/cgroup/gatekeeper", "a name that only ends so");

	check_value(events, "oom_kill", true, 2);
	check_value(events, "max", true, 12);
	check_value(events, "low", true, 0);
	check_value(events, "oom_group_kill", true, 1);
	check_value(events, "oom_kil", false, 0);
	check_value("", "x", false, 0);
	check_value("4096\n", NULL, true, 4096);
	check_value("max\n", NULL, true, INT64_MAX);
	check_value("\n", NULL, false, 0);
	return done_testing();
}
