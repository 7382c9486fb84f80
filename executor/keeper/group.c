/*
 * group.c - the control group of a job: one of its slot, or one of its own.
 *
 * A slot's group is reused, because making and removing groups of every hierarchy for every short job costs more than
 * the job and leaves the kernel with their remains.  It is handed out again only when it has no process.
 */
#include "group.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "account.h"
#include "cgroupfs.h"
#include "clone.h"
#include "hierarchy.h"
#include "limit.h"
#include "log.h"
#include "mem.h"

TAILQ_HEAD(GroupQueue, Group);

static struct GroupQueue taken = TAILQ_HEAD_INITIALIZER(taken); /* by jobs */
static struct GroupQueue idle = TAILQ_HEAD_INITIALIZER(idle);
static struct GroupQueue occupied = TAILQ_HEAD_INITIALIZER(occupied); /* given back with processes in them */
static unsigned enforced;
static bool can_clone;
static size_t jobs; /* that have one */
static int next_slot;

bool
group_populated(const Group *group)
{
	const Hierarchy *h = hierarchy_containing();

	return cgroupfs_populated(h->dir, group->name, h->unified);
}

size_t
group_members(const Group *group, CgroupfsVisitor visit, void *arg)
{
	return cgroupfs_members(hierarchy_containing()->dir, group->name, visit, arg);
}

char *
group_path(const Group *group)
{
	return mem_printf("%s/%s", hierarchy_containing()->path, group->name);
}

/* ---- making ---- */

static bool
is_among(const struct GroupQueue *queue, const char *name)
{
	const Group *group;

	TAILQ_FOREACH (group, queue, link)
	{
		if (strcmp(group->name, name) == 0)
			return true;
	}
	return false;
}

/* Is there that group, or are processes in it in any hierarchy? One that is made twice would be given to two jobs. */
static bool
name_is_occupied(const char *name)
{
	if (is_among(&taken, name) || is_among(&idle, name) || is_among(&occupied, name))
		return true;
	for (size_t i = 0; i < hierarchy_count(); i++)
	{
		const Hierarchy *h = hierarchy_at(i);

		if (cgroupfs_populated(h->dir, name, h->unified))
			return true;
	}
	return false;
}

static void
remove_directories(const char *name)
{
	for (size_t i = 0; i < hierarchy_count(); i++)
	{
		if (cgroupfs_remove(hierarchy_at(i)->dir, name) < 0)
			log_warn("could not remove control group \"%s/%s\"", hierarchy_at(i)->path, name);
	}
}

static int
make_directories(const char *name, Err *e)
{
	for (size_t i = 0; i < hierarchy_count(); i++)
	{
		if (mkdirat(hierarchy_at(i)->dir, name, 0755) < 0 && errno != EEXIST)
			return err_set(e, errno, "could not create control group \"%s/%s\"", hierarchy_at(i)->path, name);
	}
	return 0;
}

static Group *
make(char *name, bool own, Err *e)
{
	Group *group;

	/* An earlier one would bring its memory along. */
	remove_directories(name);
	if (make_directories(name, e) < 0)
	{
		free(name);
		return NULL;
	}
	group = mem_zalloc(sizeof(*group));
	group->name = name;
	group->own = own;
	group->fresh = true;
	group->limited = true; /* its files say what new ones say, and not all of that is ours */
	return group;
}

static Group *
make_slot(Err *e)
{
	for (;;)
	{
		char *name = mem_printf("slot-%d", next_slot++);

		if (!name_is_occupied(name))
			return make(name, false, e);
		free(name);
	}
}

static Group *
make_own(const char *name, Err *e)
{
	if (name_is_occupied(name))
	{
		err_set(e, 0, "control group \"%s\" has processes already", name);
		return NULL;
	}
	return make(mem_strdup(name), true, e);
}

static void
destroy(Group *group)
{
	remove_directories(group->name);
	free(group->name);
	free(group);
}

/* Does a child live that is born into the group? */
static bool
child_lives(const Group *group)
{
	GroupDoor door;
	bool inside;
	int pidfd = -1;
	int status = -1;
	pid_t pid;
	Err e;

	if (group_door(group, &door, &e) < 0)
		return false;
	pid = clone_into(door.unified, &inside, &pidfd);
	if (pid == 0)
		_exit(0);
	group_door_close(&door);
	cleanup_close_fd(&pidfd);
	return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

/* In a group for that alone: whose the slots are is not known yet. */
unsigned
group_init(void)
{
	Group *probe;
	Err e;

	probe = make(mem_strdup("probe"), false, &e);
	if (probe == NULL)
	{
		log_warnx("%s", e.message);
		return 0;
	}
	can_clone = hierarchy_containing()->unified && child_lives(probe);
	enforced = limit_probe(probe->name);
	destroy(probe);
	return enforced;
}

/* ---- taking and giving ---- */

/* A new group in the place of the old one, in one hierarchy. */
static int
renew(Group *group, const Hierarchy *h, Err *e)
{
	if (cgroupfs_remove(h->dir, group->name) < 0 || mkdirat(h->dir, group->name, 0755) < 0)
		return err_set(e, errno, "could not renew control group \"%s/%s\"", h->path, group->name);
	group->limited = true;
	group->counted = false;
	if (h == hierarchy_of(CGROUP_MEMORY))
		group->fresh = true;
	if (h->unified)
		group->worn = false;
	return 0;
}

/* Files cached for those who had it before are charged to it, and would count against a limit. */
static int
renew_where_needed(Group *group, const SpecNumbers *numbers, Err *e)
{
	const Hierarchy *memory = hierarchy_of(CGROUP_MEMORY);

	if (group->worn && renew(group, hierarchy_containing(), e) < 0)
		return -1;
	if (memory != NULL && !group->fresh && (numbers->memory > 0 || group->limited))
		return renew(group, memory, e);
	return 0;
}

static int
prepare(Group *group, const SpecNumbers *numbers, Err *e)
{
	if (renew_where_needed(group, numbers, e) < 0)
		return -1;
	if ((limit_wanted(numbers) || group->limited) && limit_apply(group->name, numbers, enforced, e) < 0)
		return -1;
	group->limited = limit_wanted(numbers);
	account_begin(group);
	return 0;
}

/* What was occupied may have become empty. */
static void
look_at_occupied(void)
{
	Group *next;

	for (Group *group = TAILQ_FIRST(&occupied); group != NULL; group = next)
	{
		next = TAILQ_NEXT(group, link);
		if (group_populated(group))
			continue;
		TAILQ_REMOVE(&occupied, group, link);
		if (group->own)
			destroy(group);
		else
			TAILQ_INSERT_HEAD(&idle, group, link);
	}
}

Group *
group_take(const char *own, const SpecNumbers *numbers, Err *e)
{
	Group *group;

	look_at_occupied();
	group = own == NULL ? TAILQ_FIRST(&idle) : NULL;
	if (group != NULL)
		TAILQ_REMOVE(&idle, group, link);
	else
		group = own != NULL ? make_own(own, e) : make_slot(e);
	if (group == NULL)
		return NULL;
	if (prepare(group, numbers, e) == 0)
	{
		TAILQ_INSERT_TAIL(&taken, group, link);
		jobs++;
		return group;
	}
	/* The next job may have more luck with another group. */
	destroy(group);
	return NULL;
}

void
group_drop(Group *group)
{
	TAILQ_REMOVE(&taken, group, link);
	jobs--;
	destroy(group);
}

static void
thaw(Group *group)
{
	if (group->frozen)
		cgroupfs_write(hierarchy_containing()->dir, group->name, "cgroup.freeze", "0");
	group->frozen = false;
}

void
group_turn(void)
{
	static size_t weighed = 0;

	if (jobs != weighed)
		hierarchy_weigh(jobs);
	weighed = jobs;
}

void
group_give(Group *group)
{
	thaw(group);
	TAILQ_REMOVE(&taken, group, link);
	jobs--;
	group->fresh = group->killed = false;
	if (group_populated(group))
	{
		group->counted = false;
		if (!group->own)
			log_warnx("control group \"%s/%s\" cannot be emptied, and is not used again before it is",
					  hierarchy_containing()->path, group->name);
		TAILQ_INSERT_TAIL(&occupied, group, link);
	}
	else if (group->own)
		destroy(group);
	else
		TAILQ_INSERT_HEAD(&idle, group, link);
	look_at_occupied();
}

/* ---- over to another program ---- */

char *
group_place(const Group *group)
{
	return mem_printf("%s %" PRId64 " %" PRId64, group->name, group->cpu_base, group->oom_base);
}

static bool
is_name(const char *name)
{
	size_t prefix = strncmp(name, "slot-", 5) == 0 || strncmp(name, "left-", 5) == 0 ? 5 : 0;

	return prefix > 0 && name[prefix] != '\0' && name[prefix + strspn(name + prefix, "0123456789.")] == '\0' &&
		   name[prefix] != '.';
}

Group *
group_resume(const char *place)
{
	char name[64];
	Group seen = {0};
	Group *group;

	if (hierarchy_count() == 0 ||
		sscanf(place, "%63s %" SCNd64 " %" SCNd64, name, &seen.cpu_base, &seen.oom_base) != 3 || !is_name(name) ||
		!cgroupfs_exists(hierarchy_containing()->dir, name, "cgroup.procs"))
		return NULL;
	group = mem_alloc(sizeof(*group));
	*group = seen;
	group->name = mem_strdup(name);
	group->own = strncmp(name, "left-", 5) == 0;
	group->limited = true;
	group->worn = hierarchy_containing()->unified; /* who knows */
	TAILQ_INSERT_TAIL(&taken, group, link);
	jobs++;
	return group;
}

/* ---- the way in ---- */

int
group_door(const Group *group, GroupDoor *door, Err *e)
{
	*door = (GroupDoor){.unified = -1, .clone = can_clone};
	for (size_t i = 0; i < hierarchy_count(); i++)
	{
		const Hierarchy *h = hierarchy_at(i);
		int fd = h->unified ? openat(h->dir, group->name, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
							: cgroupfs_open(h->dir, group->name, "cgroup.procs", O_WRONLY);

		if (fd < 0)
		{
			err_set(e, errno, "could not open control group \"%s/%s\"", h->path, group->name);
			group_door_close(door);
			return -1;
		}
		if (h->unified)
			door->unified = fd;
		else
			door->procs[door->count++] = fd;
	}
	return 0;
}

void
group_door_close(const GroupDoor *door)
{
	cleanup_close_fd(&door->unified);
	for (size_t i = 0; i < door->count; i++)
		close(door->procs[i]);
}

int
group_enter(const GroupDoor *door, bool cloned)
{
	if (door->unified >= 0 && !cloned)
	{
		int fd = openat(door->unified, "cgroup.procs", O_WRONLY | O_CLOEXEC);

		if (fd < 0 || write(fd, "0", 1) < 0)
			return -1;
	}
	for (size_t i = 0; i < door->count; i++)
	{
		if (write(door->procs[i], "0", 1) < 0)
			return -1;
	}
	return 0;
}
