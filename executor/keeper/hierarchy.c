/*
 * hierarchy.c - a group of our own in every control group hierarchy that lets us have one.
 *
 * In version 2 a group either has processes or hands controllers on to its children.  So the keeper's own group can
 * give our group controllers only when the keeper has left it for a leaf, and that only when nobody else is in there:
 * other people's processes are not moved.
 */
#include "hierarchy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cgroupfs.h"
#include "log.h"
#include "mem.h"

#define SHARES_OF_ONE 1024
#define SHARES_MAX 262144
#define WEIGHT_OF_ONE 100
#define WEIGHT_MAX 10000

static struct
{
	Hierarchy all[CGROUP_MAX_HIERARCHIES];
	size_t count;
	CgroupChoice choice;
	char *base;    /* version 2: the group that ours is in */
	bool moved;    /* the keeper has left it for a leaf */
	unsigned gave; /* controllers that we enabled in it */
} groups;

size_t
hierarchy_count(void)
{
	return groups.count;
}

const Hierarchy *
hierarchy_at(size_t i)
{
	return &groups.all[i];
}

static const Hierarchy *
chosen(int i)
{
	return i >= 0 ? &groups.all[i] : NULL;
}

const Hierarchy *
hierarchy_containing(void)
{
	return groups.count > 0 ? chosen(groups.choice.contain) : NULL;
}

const Hierarchy *
hierarchy_of(CgroupController controller)
{
	return groups.count > 0 ? chosen(groups.choice.home[controller]) : NULL;
}

/* ---- the controllers of version 2 ---- */

static void
see_stranger(pid_t pid, void *arg)
{
	*(bool *) arg = *(bool *) arg || pid != getpid();
}

/* Into a leaf, if the keeper is alone in its group. */
static bool
move_to_leaf(int base, const Hierarchy *h)
{
	bool strangers = false;

	cgroupfs_members(base, ".", see_stranger, &strangers);
	if (strangers)
	{
		log_info("control group \"%s\" has other processes, so that it hands no controllers on", groups.base);
		return false;
	}
	if ((mkdirat(h->dir, CGROUP_LEAF, 0755) < 0 && errno != EEXIST) ||
		cgroupfs_write(h->dir, CGROUP_LEAF, "cgroup.procs", "0") < 0)
	{
		log_warn("could not move into control group \"%s/" CGROUP_LEAF "\"", h->path);
		return false;
	}
	groups.moved = true;
	return true;
}

static bool
switch_controller(int dir, CgroupController controller, bool on)
{
	cleanup_free char *word = mem_printf("%s%s", on ? "+" : "-", cgroup_controller_name(controller, true));

	return cgroupfs_write(dir, ".", "cgroup.subtree_control", word) == 0;
}

static unsigned
read_controllers(int dir, const char *file)
{
	cleanup_buf Buf text = {0};

	return cgroupfs_read(dir, ".", file, &text) < 0 ? 0 : cgroup_controllers(buf_text(&text));
}

/* Enables in the base what is missing there. */
static void
enable_in_base(int base, const Hierarchy *h, unsigned missing)
{
	bool tried = false;

	for (int c = 0; c < CGROUP_CONTROLLERS; c++)
	{
		if ((missing & CGROUP_BIT(c)) == 0)
			continue;
		if (!switch_controller(base, (CgroupController) c, true))
		{
			if (errno != EBUSY || tried || !move_to_leaf(base, h))
			{
				tried = true;
				continue;
			}
			tried = true;
			if (!switch_controller(base, (CgroupController) c, true))
				continue;
		}
		groups.gave |= CGROUP_BIT(c);
	}
}

/* The controllers that groups in ours will have. */
static unsigned
enable_controllers(const Hierarchy *h)
{
	cleanup_close int base = open(groups.base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (base < 0)
		return 0;
	if (groups.moved)
		groups.gave = read_controllers(base, "cgroup.subtree_control");
	enable_in_base(base, h,
				   read_controllers(base, "cgroup.controllers") & ~read_controllers(base, "cgroup.subtree_control"));
	for (int c = 0; c < CGROUP_CONTROLLERS; c++)
	{
		if ((read_controllers(h->dir, "cgroup.controllers") & CGROUP_BIT(c)) != 0)
			switch_controller(h->dir, (CgroupController) c, true);
	}
	return read_controllers(h->dir, "cgroup.subtree_control");
}

/* ---- our groups ---- */

/* Empty groups go; what has processes is judged by the journal: an earlier keeper's jobs, or what jobs have left. */
static void
remove_empty(const char *name, void *arg)
{
	const Hierarchy *h = arg;

	if (!cgroupfs_populated(h->dir, name, h->unified))
		cgroupfs_remove(h->dir, name);
	else if (h == hierarchy_containing() && strcmp(name, CGROUP_LEAF) != 0)
		log_info("control group \"%s/%s\" has processes of an earlier executor", h->path, name);
}

/* 1: made; 0: this hierarchy lets us have none. */
static int
open_one(Hierarchy *h, Err *e)
{
	if (mkdir(h->path, 0755) < 0 && errno != EEXIST)
	{
		/* To an ordinary user hardly any is delegated. */
		(geteuid() == 0 ? log_info : log_debug)("could not create control group \"%s\": %s", h->path, strerror(errno));
		return 0;
	}
	h->dir = open(h->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	/* It may be somebody else's. */
	if (h->dir < 0 || faccessat(h->dir, "cgroup.procs", W_OK, AT_EACCESS) < 0)
	{
		log_info("could not use control group \"%s\": %s", h->path, strerror(errno));
		cleanup_close_fd(&h->dir);
		return 0;
	}
	if (flock(h->dir, LOCK_EX | LOCK_NB) == 0)
		return 1;
	close(h->dir);
	return err_set(e, 0,
				   "another executor uses control group \"%s\"; give this one a name of its own (setting \"name\")",
				   h->path);
}

static int
open_place(const CgroupPlace *place, const char *group, CgroupPlace *got, Err *e)
{
	cleanup_free char *base = cgroup_base(place->path, group);
	Hierarchy h = {.path = mem_printf("%s/%s", base, group), .dir = -1, .unified = place->unified};
	int opened = open_one(&h, e);

	if (opened <= 0)
	{
		free(h.path);
		return opened;
	}
	got[groups.count] = *place;
	if (h.unified)
	{
		groups.moved = strcmp(base, place->path) != 0; /* by the program before */
		groups.base = base;
		base = NULL;
		got[groups.count].controllers = enable_controllers(&h);
	}
	groups.all[groups.count++] = h;
	return 1;
}

static int
read_map(CgroupMap *map, Err *e)
{
	cleanup_buf Buf mounts = {0};
	cleanup_buf Buf self = {0};

	if (cgroupfs_read(AT_FDCWD, "/proc/self", "mountinfo", &mounts) < 0)
		return err_set(e, errno, "could not read \"/proc/self/mountinfo\"");
	/* A kernel without control groups has no such file. */
	if (cgroupfs_read(AT_FDCWD, "/proc/self", "cgroup", &self) < 0)
		buf_reset(&self);
	cgroup_map_read(map, buf_text(&mounts), buf_text(&self));
	return 0;
}

int
hierarchy_open(const char *name, bool resumed, Err *e)
{
	cleanup_free char *group = mem_printf("jobgrid-%s", name);
	CgroupPlace got[CGROUP_MAX_HIERARCHIES];
	CgroupMap map = {.count = 0};
	int result = 0;

	if (read_map(&map, e) < 0)
		return -1;
	for (size_t i = 0; i < map.count && result >= 0; i++)
		result = open_place(&map.places[i], group, got, e);
	groups.choice = cgroup_choose(got, groups.count);
	cgroup_map_free(&map);
	if (result < 0)
	{
		hierarchy_close();
		return -1;
	}
	for (size_t i = 0; i < groups.count && !resumed; i++)
		cgroupfs_children(groups.all[i].dir, ".", remove_empty, &groups.all[i]);
	return 0;
}

void
hierarchy_weigh(size_t jobs)
{
	const Hierarchy *h = hierarchy_of(CGROUP_CPU);
	size_t one = h != NULL && h->unified ? WEIGHT_OF_ONE : SHARES_OF_ONE;
	size_t most = one == WEIGHT_OF_ONE ? WEIGHT_MAX : SHARES_MAX;
	char text[32];

	if (h == NULL)
		return;
	snprintf(text, sizeof(text), "%zu", jobs == 0 ? one : jobs < most / one ? jobs * one : most);
	if (cgroupfs_write(h->dir, ".", one == WEIGHT_OF_ONE ? "cpu.weight" : "cpu.shares", text) < 0)
		log_debug("could not weigh control group \"%s\"", h->path);
}

/* ---- the end ---- */

static void
count_group(const char *name, void *arg)
{
	*(size_t *) arg += strcmp(name, CGROUP_LEAF) != 0;
}

/* With nothing left below, the controllers are not needed any more, and the keeper can go back to where it came from. */
static void
give_back(const Hierarchy *h)
{
	cleanup_close int base = open(groups.base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (base < 0)
		return;
	for (int c = 0; c < CGROUP_CONTROLLERS; c++)
	{
		if ((groups.gave & CGROUP_BIT(c)) == 0)
			continue;
		switch_controller(h->dir, (CgroupController) c, false);
		switch_controller(base, (CgroupController) c, false);
	}
	if (groups.moved && cgroupfs_write(base, ".", "cgroup.procs", "0") == 0)
		cgroupfs_remove(h->dir, CGROUP_LEAF);
}

void
hierarchy_close(void)
{
	for (size_t i = 0; i < groups.count; i++)
	{
		Hierarchy *h = &groups.all[i];
		size_t left = 0;

		cgroupfs_children(h->dir, ".", remove_empty, h);
		cgroupfs_children(h->dir, ".", count_group, &left);
		if (left == 0 && h->unified)
			give_back(h);
		close(h->dir);
		if (left == 0)
			rmdir(h->path);
		free(h->path);
	}
	free(groups.base);
	memset(&groups, 0, sizeof(groups));
}
