/*
 * hierarchy.c - a group of our own in every control group hierarchy that lets us have one.
 *
 * In version 2 a group either has processes or hands controllers on to its children.  So the keeper's own group can
 * give our group controllers only when the keeper has left it for a leaf, and that only when nobody else is in there:
 * other people's processes are not moved.  Guard.c says what follows from that.
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
	bool below;    /* the keeper is in a leaf below it */
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

/*
 * It has no process, or is the root, which may have both. With processes in it, the kernel would not refuse the first
 * controller but make a group of threads of it, below which no process can be moved.
 */
static bool
can_hand_on(int base)
{
	CgroupfsCrew crew;

	if (!cgroupfs_exists(base, ".", "cgroup.type"))
		return true;
	crew = cgroupfs_crew(base, ".");
	if (crew.self || crew.others)
		log_info("control group \"%s\" has %sprocesses, so that it hands no controllers on", groups.base,
				 crew.others ? "other " : "");
	return !crew.self && !crew.others;
}

static bool
switch_controller(int dir, CgroupController controller, bool on)
{
	cleanup_free char *word = mem_printf("%s%s", on ? "+" : "-", cgroup_controller_name(controller, true));

	return cgroupfs_write(dir, ".", "cgroup.subtree_control", word) == 0;
}

/* Enables in the base what is missing there. */
static void
enable_in_base(int base, unsigned missing)
{
	if (missing == 0 || !can_hand_on(base))
		return;
	for (int c = 0; c < CGROUP_CONTROLLERS; c++)
	{
		if ((missing & CGROUP_BIT(c)) != 0 && switch_controller(base, (CgroupController) c, true))
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
	/* A keeper before this one may have enabled some. */
	if (groups.below)
		groups.gave = cgroupfs_controllers(base, ".", "cgroup.subtree_control");
	enable_in_base(base, cgroupfs_controllers(base, ".", "cgroup.controllers") &
							 ~cgroupfs_controllers(base, ".", "cgroup.subtree_control"));
	for (int c = 0; c < CGROUP_CONTROLLERS; c++)
	{
		if ((cgroupfs_controllers(h->dir, ".", "cgroup.controllers") & CGROUP_BIT(c)) != 0)
			switch_controller(h->dir, (CgroupController) c, true);
	}
	return cgroupfs_controllers(h->dir, ".", "cgroup.subtree_control");
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

/* A group of threads is above, and takes and gives no processes. */
static bool
is_invalid(int dir)
{
	cleanup_buf Buf type = {0};

	return cgroupfs_read(dir, ".", "cgroup.type", &type) >= 0 && strncmp(buf_text(&type), "domain invalid", 14) == 0;
}

/*
 * Locked by this process since an earlier program.  It is not locked anew, because a child that was forked just before may
 * have the descriptor, and with it the lock, until its exec.
 */
static bool
was_locked_before(Hierarchy *h, const State *before)
{
	State rest = before != NULL ? *before : (State){.len = 0};
	uint32_t tag = 0;
	struct stat ours;
	struct stat st;
	State field;
	Err e;

	while (fstat(h->dir, &ours) == 0 && state_next(&rest, &tag, &field, &e) > 0)
	{
		int fd = tag == STATE_GROUP_FD ? (int) state_value(field) : -1;

		if (fd < 0 || fstat(fd, &st) < 0 || st.st_dev != ours.st_dev || st.st_ino != ours.st_ino)
			continue;
		close(h->dir);
		h->dir = fd;
		fcntl(fd, F_SETFD, FD_CLOEXEC);
		return true;
	}
	return false;
}

/* 1: made; 0: this hierarchy lets us have none. */
static int
open_one(Hierarchy *h, const State *before, Err *e)
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
	if (h->unified && is_invalid(h->dir))
	{
		log_info("could not use control group \"%s\": one above it is for threads", h->path);
		cleanup_close_fd(&h->dir);
		rmdir(h->path);
		return 0;
	}
	if (was_locked_before(h, before) || flock(h->dir, LOCK_EX | LOCK_NB) == 0)
		return 1;
	close(h->dir);
	return err_set(e, 0,
				   "another executor uses control group \"%s\"; give this one a name of its own (setting \"name\")",
				   h->path);
}

static int
open_place(const CgroupPlace *place, const char *group, const State *before, CgroupPlace *got, Err *e)
{
	cleanup_free char *base = cgroup_base(place->path, group);
	Hierarchy h = {.path = mem_printf("%s/%s", base, group), .dir = -1, .unified = place->unified};
	int opened = open_one(&h, before, e);

	if (opened <= 0)
	{
		free(h.path);
		return opened;
	}
	got[groups.count] = *place;
	if (h.unified)
	{
		groups.below = strcmp(base, place->path) != 0;
		groups.base = base;
		base = NULL;
		got[groups.count].controllers = enable_controllers(&h);
	}
	groups.all[groups.count++] = h;
	return 1;
}

static bool
is_of_use(const CgroupChoice *choice, size_t place)
{
	bool uses = choice->contain == (int) place;

	for (int c = 0; c < CGROUP_CONTROLLERS; c++)
		uses = uses || choice->home[c] == (int) place;
	return uses;
}

/* Each job would have to be put into one that serves nothing: that of cpuacct, where version 2 counts. */
static void
choose(CgroupPlace *got)
{
	groups.choice = cgroup_choose(got, groups.count);
	for (size_t i = groups.count; i-- > 0;)
	{
		if (is_of_use(&groups.choice, i))
			continue;
		close(groups.all[i].dir);
		rmdir(groups.all[i].path);
		free(groups.all[i].path);
		groups.count--;
		memmove(&groups.all[i], &groups.all[i + 1], (groups.count - i) * sizeof(groups.all[0]));
		memmove(&got[i], &got[i + 1], (groups.count - i) * sizeof(got[0]));
	}
	groups.choice = cgroup_choose(got, groups.count);
}

/* Of a hierarchy that this program has no use for. It was kept open for this exec, and would be for those of jobs. */
static void
close_unused(const State *before)
{
	State rest = *before;
	uint32_t tag = 0;
	State field;
	Err e;

	while (state_next(&rest, &tag, &field, &e) > 0)
	{
		int fd = tag == STATE_GROUP_FD ? (int) state_value(field) : -1;
		bool used = fd < 0;

		for (size_t i = 0; i < groups.count; i++)
			used = used || groups.all[i].dir == fd;
		if (!used)
			close(fd);
	}
}

int
hierarchy_open(const char *name, const State *before, Err *e)
{
	cleanup_free char *group = mem_printf("jobgrid-%s", name);
	CgroupPlace got[CGROUP_MAX_HIERARCHIES];
	CgroupMap map = {.count = 0};
	int result = 0;

	if (cgroupfs_map(&map, e) < 0)
		return -1;
	for (size_t i = 0; i < map.count && result >= 0; i++)
		result = open_place(&map.places[i], group, before, got, e);
	choose(got);
	if (before != NULL)
		close_unused(before);
	cgroup_map_free(&map);
	if (result < 0)
	{
		hierarchy_close();
		return -1;
	}
	for (size_t i = 0; i < groups.count && before == NULL; i++)
		cgroupfs_children(groups.all[i].dir, ".", remove_empty, &groups.all[i]);
	return 0;
}

void
hierarchy_save(Buf *out)
{
	for (size_t i = 0; i < groups.count; i++)
		state_put_int(out, STATE_GROUP_FD, groups.all[i].dir);
}

void
hierarchy_keep_open(bool keep)
{
	for (size_t i = 0; i < groups.count; i++)
		fcntl(groups.all[i].dir, F_SETFD, keep ? 0 : FD_CLOEXEC);
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

/* With nothing left below, the controllers are not needed any more. */
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
