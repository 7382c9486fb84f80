/* Whether two conditions are the same: written down member by member, so that a comparison of the parser cannot hide one. */
#include "condition_same.h"

#include <string.h>

static bool
same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool
same_atom(const JgAtom *a, const JgAtom *b)
{
	return a->kind == b->kind && a->compare == b->compare && a->lookback == b->lookback && a->minutes == b->minutes &&
		   a->number == b->number && same_text(a->name, b->name) && same_text(a->instance, b->instance) &&
		   same_text(a->path, b->path) && same_text(a->value, b->value);
}

bool
condition_same(const JgCondition *a, const JgCondition *b)
{
	if (a->natoms != b->natoms || a->nsteps != b->nsteps || a->depth != b->depth)
		return false;
	for (int i = 0; i < a->natoms; i++)
		if (!same_atom(&a->atoms[i], &b->atoms[i]))
			return false;
	for (int i = 0; i < a->nsteps; i++)
		if (a->steps[i].op != b->steps[i].op || a->steps[i].n != b->steps[i].n ||
			a->steps[i].least != b->steps[i].least)
			return false;
	return true;
}
