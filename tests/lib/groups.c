/*
 * groups.c - control groups as they are, for tests that look at what the keeper makes of them.
 */
#include "groups.h"

#include <ftw.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "buf.h"
#include "enforce.h"
#include "log.h"
#include "mem.h"
#include "node_keeper.h"

#define MAX_MOUNTS 32

const char *
groups_ours(const char *below)
{
	static char names[8][256];
	static unsigned next;
	char *name = names[next++ % 8];

	snprintf(name, sizeof(names[0]), "jobgrid-%s%s%s", node_name(), below != NULL ? "/" : "",
			 below != NULL ? below : "");
	return name;
}

typedef struct Mounts
{
	char *points[MAX_MOUNTS];
	bool unified[MAX_MOUNTS];
	size_t count;
} Mounts;

static void
read_mounts(Mounts *mounts)
{
	cleanup_fclose FILE *f = fopen("/proc/self/mounts", "re");
	char point[1024];
	char type[64];

	mounts->count = 0;
	while (f != NULL && fscanf(f, "%*s %1023s %63s %*[^\n]", point, type) == 2)
	{
		if (strncmp(type, "cgroup", 6) != 0 || mounts->count == MAX_MOUNTS)
			continue;
		mounts->unified[mounts->count] = strcmp(type, "cgroup2") == 0;
		mounts->points[mounts->count++] = mem_strdup(point);
	}
}

static void
free_mounts(Mounts *mounts)
{
	for (size_t i = 0; i < mounts->count; i++)
		free(mounts->points[i]);
}

static unsigned hidden;

/* In the keeper's process. */
static void
hide(void)
{
	Mounts mounts;

	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		fatal("could not have a mount namespace");
	read_mounts(&mounts);
	for (size_t i = mounts.count; i-- > 0;)
	{
		if ((hidden & (mounts.unified[i] ? GROUPS_V2 : GROUPS_V1)) != 0 && umount2(mounts.points[i], MNT_DETACH) < 0)
			fatal("could not unmount \"%s\"", mounts.points[i]);
	}
	free_mounts(&mounts);
}

static unsigned
mounted_versions(void)
{
	Mounts mounts;
	unsigned versions = 0;

	read_mounts(&mounts);
	for (size_t i = 0; i < mounts.count; i++)
		versions |= mounts.unified[i] ? GROUPS_V2 : GROUPS_V1;
	free_mounts(&mounts);
	return versions;
}

void
groups_play(GroupsPlay play)
{
	static const struct
	{
		const char *scene;
		unsigned hidden;
		unsigned needs; /* what must be mounted */
	} scenes[] = {{"the node as it is", 0, 0},
				  {"version 1 alone", GROUPS_V2, GROUPS_V1 | GROUPS_V2},
				  {"version 2 alone", GROUPS_V1, GROUPS_V1 | GROUPS_V2},
				  {"no control groups", GROUPS_V1 | GROUPS_V2, 0}};
	unsigned mounted = mounted_versions();

	for (size_t i = 0; i < sizeof(scenes) / sizeof(scenes[0]); i++)
	{
		/* What hides nothing is the node as it is. */
		if ((mounted & scenes[i].needs) != scenes[i].needs ||
			(scenes[i].hidden != 0 && (mounted & scenes[i].hidden) == 0))
			continue;
		printf("# %s\n", scenes[i].scene);
		hidden = scenes[i].hidden;
		node_before = hidden != 0 ? hide : NULL;
		play(scenes[i].scene, hidden);
	}
	node_before = NULL;
}

static long
words_of(const char *list, const char *separators)
{
	static const struct
	{
		const char *controller;
		Enforcement what;
	} words[] = {{"cpu", ENFORCE_CPU}, {"memory", ENFORCE_MEMORY}, {"pids", ENFORCE_PROCESSES}};
	cleanup_free char *copy = mem_strdup(list);
	char *save = NULL;
	long set = 0;

	for (char *word = strtok_r(copy, separators, &save); word != NULL; word = strtok_r(NULL, separators, &save))
	{
		for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
			set |= strcmp(word, words[i].controller) == 0 ? (long) ENFORCE_BIT(words[i].what) : 0;
	}
	return set;
}

/* In version 2 it depends on who else is in this process' group, unless that is the root. */
static long
words_of_unified(const char *point)
{
	cleanup_free char *file = mem_printf("%s/cgroup.controllers", point);
	cleanup_fclose FILE *self = fopen("/proc/self/cgroup", "re");
	cleanup_fclose FILE *controllers = fopen(file, "re");
	char line[256];
	bool at_root = false;

	while (self != NULL && fgets(line, sizeof(line), self) != NULL)
		at_root = at_root || strcmp(line, "0::/\n") == 0;
	if (!at_root || controllers == NULL)
		return -1;
	return fgets(line, sizeof(line), controllers) != NULL ? words_of(line, " \n") : 0;
}

long
groups_words(unsigned versions)
{
	cleanup_fclose FILE *f = fopen("/proc/self/mounts", "re");
	char point[1024];
	char type[64];
	char options[1024];
	long set = ENFORCE_BIT(ENFORCE_NETWORK);

	while (f != NULL && fscanf(f, "%*s %1023s %63s %1023s %*[^\n]", point, type, options) == 3)
	{
		long more = 0;

		if (strcmp(type, "cgroup2") == 0 && (versions & GROUPS_V2) != 0)
			more = ENFORCE_BIT(ENFORCE_CONTAIN) | words_of_unified(point);
		else if (strcmp(type, "cgroup") == 0 && (versions & GROUPS_V1) != 0)
			more = words_of(options, ",");
		if (more < 0)
			return -1;
		set |= more;
		if ((more & (long) ENFORCE_BIT(ENFORCE_PROCESSES)) != 0)
			set |= ENFORCE_BIT(ENFORCE_CONTAIN);
	}
	return set;
}

static struct
{
	const char *name;
	GroupsVisitor visit;
	void *arg;
	size_t count;
} search;

static int
see_directory(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	size_t len = strlen(path);
	size_t name = strlen(search.name);

	(void) st;
	(void) ftw;
	if (type != FTW_D || len < name || strcmp(path + len - name, search.name) != 0 || path[len - name - 1] != '/')
		return 0;
	search.count++;
	if (search.visit != NULL)
		search.visit(path, search.arg);
	return 0;
}

size_t
groups_find(const char *name, GroupsVisitor visit, void *arg)
{
	Mounts mounts;

	search.name = name;
	search.visit = visit;
	search.arg = arg;
	search.count = 0;
	read_mounts(&mounts);
	for (size_t i = 0; i < mounts.count; i++)
		nftw(mounts.points[i], see_directory, 16, FTW_PHYS | FTW_MOUNT);
	free_mounts(&mounts);
	return search.count;
}

typedef struct Reading
{
	const char *file;
	long value;
} Reading;

static void
read_number(const char *path, void *arg)
{
	Reading *reading = arg;
	cleanup_free char *file = mem_printf("%s/%s", path, reading->file);
	cleanup_fclose FILE *f = fopen(file, "re");
	char text[64] = "";

	if (f == NULL || fgets(text, sizeof(text), f) == NULL)
		return;
	reading->value = strncmp(text, "max", 3) == 0 ? -2 : strtol(text, NULL, 10);
}

long
groups_number(const char *name, const char *file)
{
	cleanup_free char *group = mem_strdup(groups_ours(name));
	Reading reading = {.file = file, .value = -1};

	groups_find(group, read_number, &reading);
	return reading.value;
}

static void
count_members(const char *path, void *arg)
{
	cleanup_free char *file = mem_printf("%s/cgroup.procs", path);
	cleanup_fclose FILE *f = fopen(file, "re");
	long count = 0;
	int pid;

	while (f != NULL && fscanf(f, "%d", &pid) == 1)
		count++;
	if (count > *(long *) arg)
		*(long *) arg = count;
}

long
groups_members(const char *name)
{
	cleanup_free char *group = mem_strdup(groups_ours(name));
	long count = 0;

	groups_find(group, count_members, &count);
	return count;
}

static int
compare(const void *a, const void *b)
{
	return strcmp(*(char *const *) a, *(char *const *) b);
}

typedef struct List
{
	char **paths;
	size_t count;
} List;

static void
list_beside(const char *path, void *arg)
{
	cleanup_free char *command = mem_printf("find '%s/..' -mindepth 1 -maxdepth 1 -type d ! -name 'jobgrid-*'", path);
	FILE *f = popen(command, "re");
	List *list = arg;
	char line[1024];

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
	{
		list->paths = mem_resize(list->paths, list->count + 1, sizeof(char *));
		list->paths[list->count++] = mem_strdup(line);
	}
	if (f != NULL)
		pclose(f);
}

char *
groups_neighbours(void)
{
	List list = {0};
	Buf text = {0};

	groups_find(groups_ours(NULL), list_beside, &list);
	if (list.count > 0)
		qsort(list.paths, list.count, sizeof(char *), compare);
	for (size_t i = 0; i < list.count; i++)
	{
		buf_puts(&text, list.paths[i]);
		free(list.paths[i]);
	}
	free(list.paths);
	buf_putc(&text, '\n');
	return text.data;
}
