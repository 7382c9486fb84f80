/*
 * cgroupfs.h - the files of a control group.
 *
 * A group is named by an open directory and a path below it, "." for itself.  No group is kept open: a thousand jobs
 * would take thousands of descriptors.
 */
#ifndef JOBGRID_KEEPER_CGROUPFS_H
#define JOBGRID_KEEPER_CGROUPFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "buf.h"
#include "cgroup.h"
#include "err.h"

/* < 0 with errno set. */
int cgroupfs_write(int dir, const char *group, const char *file, const char *text);
int cgroupfs_open(int dir, const char *group, const char *file, int flags);
int cgroupfs_read(int dir, const char *group, const char *file, Buf *out);
bool cgroupfs_exists(int dir, const char *group, const char *file);

/* The hierarchies that are mounted, and where this process is in them. */
int cgroupfs_map(CgroupMap *map, Err *e);

/* Those that a list such as cgroup.controllers names, as bits. */
unsigned cgroupfs_controllers(int dir, const char *group, const char *file);

/* The number behind a key (cgroup.h), or otherwise where there is none. */
int64_t cgroupfs_number(int dir, const char *group, const char *file, const char *key, int64_t otherwise);

/* Its member processes, zombies excluded. */
typedef void (*CgroupfsVisitor)(pid_t pid, void *arg);
size_t cgroupfs_members(int dir, const char *group, CgroupfsVisitor visit, void *arg); /* visit may be NULL */

/* Whose processes are members. */
typedef struct CgroupfsCrew
{
	bool self;
	bool others;
} CgroupfsCrew;

CgroupfsCrew cgroupfs_crew(int dir, const char *group);

/* Any process in it or below it? A group that is not there has none. */
bool cgroupfs_populated(int dir, const char *group, bool unified);

/* Removes it and what is below. It must have no process; < 0 with errno set. */
int cgroupfs_remove(int dir, const char *group);

/* The groups below. */
typedef void (*CgroupfsChild)(const char *name, void *arg);
void cgroupfs_children(int dir, const char *group, CgroupfsChild visit, void *arg);

#endif
