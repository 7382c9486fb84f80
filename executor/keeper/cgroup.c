/*
 * cgroup.c - which control group hierarchies there are, and where this process stands in them.
 *
 * Where a hierarchy is mounted is nobody's to assume, and what is mounted may be only a part of it (in a container): the
 * mount's root is cut off this process' group, and a group that does not begin with it is out of sight.
 */
#include "cgroup.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"

#define MOUNT_FIELDS 6

/* One line of mountinfo: ID PARENT DEVICE ROOT POINT OPTIONS [TAGS...] - TYPE SOURCE SUPER_OPTIONS */
typedef struct Mount
{
	char *root;
	char *point;
	char *options;
	char *type;
	char *super_options;
} Mount;

static const struct
{
	const char *v1;
	const char *v2;
} names[CGROUP_CONTROLLERS] = {
	[CGROUP_CPU] = {"cpu", "cpu"},    [CGROUP_CPUACCT] = {"cpuacct", NULL}, [CGROUP_MEMORY] = {"memory", "memory"},
	[CGROUP_PIDS] = {"pids", "pids"}, [CGROUP_IO] = {"blkio", "io"},
};

const char *
cgroup_controller_name(CgroupController controller, bool unified)
{
	return unified ? names[controller].v2 : names[controller].v1;
}

static bool
list_has(const char *list, const char *separators, const char *word)
{
	size_t len = strlen(word);

	for (const char *p = list + strspn(list, separators); *p != '\0'; p += strspn(p, separators))
	{
		size_t n = strcspn(p, separators);

		if (n == len && strncmp(p, word, len) == 0)
			return true;
		p += n;
	}
	return false;
}

static unsigned
controllers_in(const char *list, bool unified)
{
	unsigned bits = 0;

	for (int i = 0; i < CGROUP_CONTROLLERS; i++)
	{
		const char *name = cgroup_controller_name((CgroupController) i, unified);

		if (name != NULL && list_has(list, ", \n", name))
			bits |= CGROUP_BIT(i);
	}
	return bits;
}

unsigned
cgroup_controllers(const char *list)
{
	return controllers_in(list, true);
}

/* The kernel writes space, tab, newline and backslash in a path as \ooo. */
static void
unescape(char *text)
{
	char *to = text;

	for (const char *from = text; *from != '\0'; to++)
	{
		if (from[0] == '\\' && from[1] >= '0' && from[1] <= '3' && from[2] >= '0' && from[2] <= '7' && from[3] >= '0' &&
			from[3] <= '7')
		{
			*to = (char) ((from[1] - '0') * 64 + (from[2] - '0') * 8 + (from[3] - '0'));
			from += 4;
		}
		else
			*to = *from++;
	}
	*to = '\0';
}

/* Cuts a line into its fields. */
static bool
read_mount(char *line, Mount *mount)
{
	char *fields[MOUNT_FIELDS];
	char *save = NULL;
	char *field = strtok_r(line, " ", &save);

	for (int i = 0; i < MOUNT_FIELDS; i++)
	{
		if (field == NULL)
			return false;
		fields[i] = field;
		field = strtok_r(NULL, " ", &save);
	}
	while (field != NULL && strcmp(field, "-") != 0)
		field = strtok_r(NULL, " ", &save);
	mount->type = field != NULL ? strtok_r(NULL, " ", &save) : NULL;
	if (mount->type == NULL || strtok_r(NULL, " ", &save) == NULL)
		return false;
	mount->super_options = strtok_r(NULL, " ", &save);
	mount->root = fields[3];
	mount->point = fields[4];
	mount->options = fields[5];
	unescape(mount->root);
	unescape(mount->point);
	return mount->super_options != NULL;
}

/*
 * This process' group in the hierarchy of version 2, or in the one with the controllers: a line "ID:CONTROLLERS:PATH",
 * for version 2 "0::PATH". NULL: it is not listed.
 */
static char *
own_group(const char *self, bool unified, unsigned controllers)
{
	for (const char *line = self; *line != '\0';)
	{
		size_t len = strcspn(line, "\n");
		cleanup_free char *copy = mem_strndup(line, len);
		char *list = strchr(copy, ':');
		char *path = list != NULL ? strchr(list + 1, ':') : NULL;

		line += len + (line[len] == '\n');
		if (path == NULL)
			continue;
		*path++ = '\0';
		list++;
		if (unified ? list[0] == '\0' : (controllers_in(list, false) & controllers) != 0)
			return mem_strdup(path);
	}
	return NULL;
}

/* Its directory under the mount, if what is mounted has it. */
static char *
directory_of(const Mount *mount, const char *group)
{
	size_t root = strcmp(mount->root, "/") == 0 ? 0 : strlen(mount->root);

	/* Above the root of this process' namespace of groups. */
	if (strncmp(group, "/..", 3) == 0 || strncmp(mount->root, "/..", 3) == 0)
		return NULL;
	if (strncmp(group, mount->root, root) != 0 || (group[root] != '\0' && group[root] != '/'))
		return NULL;
	group += root;
	return mem_printf("%s%s", mount->point, strcmp(group, "/") == 0 ? "" : group);
}

static bool
is_known(const CgroupMap *map, bool unified, unsigned controllers)
{
	for (size_t i = 0; i < map->count; i++)
	{
		if (unified ? map->places[i].unified : (map->places[i].controllers & controllers) != 0)
			return true;
	}
	return false;
}

static void
add_mount(CgroupMap *map, const Mount *mount, const char *self)
{
	bool unified = strcmp(mount->type, "cgroup2") == 0;
	unsigned controllers = unified ? 0 : controllers_in(mount->super_options, false);
	cleanup_free char *group = NULL;
	char *path;

	if ((!unified && controllers == 0) || is_known(map, unified, controllers) || map->count == CGROUP_MAX_HIERARCHIES)
		return;
	group = own_group(self, unified, controllers);
	path = group != NULL && !list_has(mount->options, ",", "ro") ? directory_of(mount, group) : NULL;
	if (path == NULL)
		return;
	if (unified)
		memmove(&map->places[1], &map->places[0], map->count * sizeof(map->places[0]));
	map->places[unified ? 0 : map->count] = (CgroupPlace){.path = path, .unified = unified, .controllers = controllers};
	map->count++;
}

void
cgroup_map_read(CgroupMap *map, const char *mountinfo, const char *self)
{
	memset(map, 0, sizeof(*map));
	for (const char *line = mountinfo; *line != '\0';)
	{
		size_t len = strcspn(line, "\n");
		cleanup_free char *copy = mem_strndup(line, len);
		Mount mount;

		line += len + (line[len] == '\n');
		if (read_mount(copy, &mount) && (strcmp(mount.type, "cgroup") == 0 || strcmp(mount.type, "cgroup2") == 0))
			add_mount(map, &mount, self);
	}
}

void
cgroup_map_free(CgroupMap *map)
{
	for (size_t i = 0; i < map->count; i++)
		free(map->places[i].path);
	memset(map, 0, sizeof(*map));
}

/* Version 2 first; a controller is bound to one hierarchy only, so there is no other question. */
CgroupChoice
cgroup_choose(const CgroupPlace *places, size_t count)
{
	CgroupChoice choice = {.contain = count > 0 ? 0 : -1};

	for (int c = 0; c < CGROUP_CONTROLLERS; c++)
	{
		choice.home[c] = -1;
		for (size_t i = count; i-- > 0;)
		{
			if ((places[i].controllers & CGROUP_BIT(c)) != 0)
				choice.home[c] = (int) i;
		}
	}
	/* Every group of version 2 knows its CPU time. */
	if (count > 0 && places[0].unified)
		choice.home[CGROUP_CPUACCT] = 0;
	else if (choice.home[CGROUP_PIDS] >= 0)
		choice.contain = choice.home[CGROUP_PIDS];
	return choice;
}

char *
cgroup_base(const char *path, const char *name)
{
	const char *last = strrchr(path, '/');
	size_t len = strlen(path);

	if (last != NULL && strcmp(last + 1, CGROUP_LEAF) == 0)
	{
		len = (size_t) (last - path);
		if (len > strlen(name) && path[len - strlen(name) - 1] == '/' &&
			strncmp(path + len - strlen(name), name, strlen(name)) == 0)
			len -= strlen(name) + 1;
	}
	return mem_strndup(path, len);
}

bool
cgroup_value(const char *text, const char *key, int64_t *value)
{
	size_t len = key != NULL ? strlen(key) : 0;
	char *end;

	while (len > 0 && (strncmp(text, key, len) != 0 || text[len] != ' '))
	{
		text = strchr(text, '\n');
		if (text == NULL)
			return false;
		text++;
	}
	text += len + (len > 0);
	if (strncmp(text, "max", 3) == 0)
	{
		*value = INT64_MAX;
		return true;
	}
	*value = strtoll(text, &end, 10);
	return end != text;
}
