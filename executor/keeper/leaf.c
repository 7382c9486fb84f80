/*
 * leaf.c - the leaf of our group, where a process has to be so that the group above it can hand controllers on.
 */
#include "leaf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cgroup.h"
#include "cgroupfs.h"
#include "log.h"
#include "mem.h"

static struct
{
	char *base;
	char *leaf;
} place;

static int
enter_group(const char *path)
{
	cleanup_close int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -1 : cgroupfs_write(fd, ".", "cgroup.procs", "0");
}

/* This process alone is in it, no leaf yet, and it has controllers that it could hand on. */
static bool
asks_for_leaf(const char *path, const char *group)
{
	cleanup_close int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cleanup_free char *base = cgroup_base(path, group);
	CgroupfsCrew crew;

	if (fd < 0 || strcmp(base, path) != 0 || !cgroupfs_exists(fd, ".", "cgroup.type") ||
		cgroupfs_controllers(fd, ".", "cgroup.controllers") == 0)
		return false;
	crew = cgroupfs_crew(fd, ".");
	return crew.self && !crew.others;
}

static bool
enter(const char *path, const char *group)
{
	cleanup_free char *ours = mem_printf("%s/%s", path, group);

	place.base = mem_strdup(path);
	place.leaf = mem_printf("%s/" CGROUP_LEAF, ours);
	if ((mkdir(ours, 0755) < 0 && errno != EEXIST) || (mkdir(place.leaf, 0755) < 0 && errno != EEXIST) ||
		enter_group(place.leaf) < 0)
	{
		(geteuid() == 0 ? log_warn : log_debug)("could not move into control group \"%s\"", place.leaf);
		free(place.base);
		free(place.leaf);
		return false;
	}
	return true;
}

bool
leaf_enter(const char *name)
{
	cleanup_free char *group = mem_printf("jobgrid-%s", name);
	CgroupMap map = {.count = 0};
	bool done = false;
	Err e;

	if (cgroupfs_map(&map, &e) < 0)
		return false;
	for (size_t i = 0; i < map.count && !done; i++)
		done = map.places[i].unified && asks_for_leaf(map.places[i].path, group) && enter(map.places[i].path, group);
	cgroup_map_free(&map);
	return done;
}

void
leaf_return(void)
{
	cleanup_free char *ours = mem_strndup(place.leaf, strlen(place.leaf) - strlen("/" CGROUP_LEAF));

	if (enter_group(place.base) == 0 && rmdir(place.leaf) == 0)
		rmdir(ours);
	free(place.base);
	free(place.leaf);
}
