/*
 * limit.h - what the controllers of control groups hold a job to.
 *
 * limit_v1.c and limit_v2.c are tables: which file of a group gets which text for a limit.
 */
#ifndef JOBGRID_KEEPER_LIMIT_H
#define JOBGRID_KEEPER_LIMIT_H

#include <stdbool.h>

#include "cgroup.h"
#include "enforce.h"
#include "err.h"
#include "specblock.h"

#define LIMIT_TEXT 64

typedef enum LimitNeed
{
	LIMIT_NEEDED, /* without the file the limit is not enforced */
	LIMIT_EITHER, /* one of those is enough */
	LIMIT_EXTRA,
} LimitNeed;

typedef struct LimitFile
{
	Enforcement limit;
	CgroupController controller;
	LimitNeed need;
	const char *file; /* NULL ends the table */
	void (*format)(const SpecNumbers *numbers, char text[LIMIT_TEXT]);
	bool capped; /* EINVAL: the group above allows less, which holds anyway */
} LimitFile;

extern const LimitFile limit_v1_files[];
extern const LimitFile limit_v2_files[];

/* Lifts every limit of a group, and gives the set of those that could be set there; says in the log why others not. */
unsigned limit_probe(const char *group);

/* Does the job have a limit that a group is to hold? */
bool limit_wanted(const SpecNumbers *numbers);

/* Writes the limits of the set, lifting those that the job does not have. */
int limit_apply(const char *group, const SpecNumbers *numbers, unsigned set, Err *e);

#endif
