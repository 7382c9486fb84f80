/*
 * cgroup.h - which control group hierarchies there are, and where this process stands in them.
 *
 * Pure: it reads texts that others have read.
 */
#ifndef JOBGRID_KEEPER_CGROUP_H
#define JOBGRID_KEEPER_CGROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The controllers that matter here; "io" of version 2 is called "blkio" in version 1. */
typedef enum CgroupController
{
	CGROUP_CPU,
	CGROUP_CPUACCT,
	CGROUP_MEMORY,
	CGROUP_PIDS,
	CGROUP_IO,
	CGROUP_CONTROLLERS
} CgroupController;

#define CGROUP_BIT(controller) (1u << (controller))
#define CGROUP_MAX_HIERARCHIES (CGROUP_CONTROLLERS + 1)

/* The group of this process in one hierarchy. */
typedef struct CgroupPlace
{
	char *path;
	bool unified;         /* version 2 */
	unsigned controllers; /* bits; in version 2 its group's cgroup.controllers tells them, and here it is 0 */
} CgroupPlace;

typedef struct CgroupMap
{
	CgroupPlace places[CGROUP_MAX_HIERARCHIES]; /* version 2, where there is one, is the first */
	size_t count;
} CgroupMap;

/* The texts of /proc/self/mountinfo and /proc/self/cgroup. What is mounted read-only is passed over. */
void cgroup_map_read(CgroupMap *map, const char *mountinfo, const char *self);
void cgroup_map_free(CgroupMap *map);

/* Who does what; indices of places, -1: nobody. */
typedef struct CgroupChoice
{
	int contain;
	int home[CGROUP_CONTROLLERS];
} CgroupChoice;

/* Chooses among places whose controllers are known. */
CgroupChoice cgroup_choose(const CgroupPlace *places, size_t count);

/* The bits in a list such as that of cgroup.controllers. */
unsigned cgroup_controllers(const char *list);
const char *cgroup_controller_name(CgroupController controller, bool unified);

/*
 * Where our group called name belongs when this process is in the group at path: there, or above it when that group is
 * one made for the keeper itself. The caller frees.
 */
#define CGROUP_LEAF "keeper"
char *cgroup_base(const char *path, const char *name);

/* The number behind a key at a line's beginning, or of the whole text with key NULL; "max" is INT64_MAX. */
bool cgroup_value(const char *text, const char *key, int64_t *value);

#endif
