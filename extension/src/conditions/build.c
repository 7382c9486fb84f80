/*
 * A condition while it is read, and its end.
 *
 * Steps are in the order of evaluation, so that the last step is the root of the last operand: nothing here looks farther
 * back than that. Equal atoms are found by sorting, which takes n log n whatever somebody writes.
 */
#include "build.h"

#include <stdlib.h>
#include <string.h>

#include "mem.h"

void
jg_build_begin(JgConditionBuild *build)
{
	*build = (JgConditionBuild){.condition = mem_zalloc(sizeof(JgCondition))};
}

static void
push(JgConditionBuild *build, JgConditionStep step)
{
	JgCondition *condition = build->condition;

	if (condition->nsteps == build->steps_room)
	{
		build->steps_room = build->steps_room > 0 ? build->steps_room * 2 : 8;
		condition->steps = mem_resize(condition->steps, (size_t) build->steps_room, sizeof(JgConditionStep));
	}
	condition->steps[condition->nsteps++] = step;
}

void
jg_build_atom(JgConditionBuild *build, const JgAtom *atom)
{
	JgCondition *condition = build->condition;

	if (condition->natoms == build->atoms_room)
	{
		build->atoms_room = build->atoms_room > 0 ? build->atoms_room * 2 : 4;
		condition->atoms = mem_resize(condition->atoms, (size_t) build->atoms_room, sizeof(JgAtom));
	}
	push(build, (JgConditionStep){.op = JG_OP_ATOM, .n = condition->natoms});
	condition->atoms[condition->natoms++] = *atom;
}

static JgConditionStep *
root(const JgConditionBuild *build)
{
	return &build->condition->steps[build->condition->nsteps - 1];
}

void
jg_build_not(JgConditionBuild *build)
{
	if (root(build)->op == JG_OP_NOT)
		build->condition->nsteps--;
	else
		push(build, (JgConditionStep){.op = JG_OP_NOT, .n = 1});
}

int
jg_build_join(JgConditionBuild *build, JgConditionOp op)
{
	if (root(build)->op != op || op == JG_OP_ATLEAST)
		return 1;
	build->condition->nsteps--;
	return build->condition->steps[build->condition->nsteps].n;
}

void
jg_build_group(JgConditionBuild *build, JgConditionOp op, int n, int least)
{
	if (n > 1 || op == JG_OP_ATLEAST)
		push(build, (JgConditionStep){.op = op, .n = n, .least = least});
}

static int
compare_texts(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return (a != NULL) - (b != NULL);
	return strcmp(a, b);
}

static int
compare_atoms(const JgAtom *a, const JgAtom *b)
{
	const int32_t differences[] = {(int32_t) a->kind - (int32_t) b->kind, (int32_t) a->compare - (int32_t) b->compare,
								   (int32_t) a->lookback - (int32_t) b->lookback, a->minutes - b->minutes,
								   (a->number > b->number) - (a->number < b->number)};
	int result = compare_texts(a->name, b->name);

	for (int i = 0; i < 5 && result == 0; i++)
		result = differences[i];
	if (result == 0)
		result = compare_texts(a->instance, b->instance);
	if (result == 0)
		result = compare_texts(a->path, b->path);
	if (result == 0)
		result = compare_texts(a->value, b->value);
	return result;
}

/* Of equal ones the first comes first. */
static int
compare_places(const void *a, const void *b)
{
	const JgAtom *one = *(JgAtom *const *) a;
	const JgAtom *other = *(JgAtom *const *) b;
	int result = compare_atoms(one, other);

	return result != 0 ? result : one < other ? -1 : one > other;
}

/* first[i]: the first atom that is the same as atom i. */
static int32_t *
find_first(const JgCondition *condition)
{
	JgAtom **places = mem_alloc((size_t) condition->natoms * sizeof(JgAtom *));
	int32_t *first = mem_alloc((size_t) condition->natoms * sizeof(int32_t));

	for (int i = 0; i < condition->natoms; i++)
		places[i] = &condition->atoms[i];
	qsort(places, (size_t) condition->natoms, sizeof(JgAtom *), compare_places);
	for (int i = 0; i < condition->natoms; i++)
	{
		int32_t place = (int32_t) (places[i] - condition->atoms);
		bool same = i > 0 && compare_atoms(places[i - 1], places[i]) == 0;

		first[place] = same ? first[places[i - 1] - condition->atoms] : place;
	}
	mem_free(places);
	return first;
}

static void
merge_atoms(JgCondition *condition)
{
	int32_t *first = find_first(condition);
	int n = 0;

	/* From here on first[i] is the new place of the atom. */
	for (int i = 0; i < condition->natoms; i++)
	{
		if (first[i] != i)
		{
			jg_build_forget_atom(&condition->atoms[i]);
			first[i] = first[first[i]];
			continue;
		}
		first[i] = n;
		condition->atoms[n++] = condition->atoms[i];
	}
	condition->natoms = n;
	for (int i = 0; i < condition->nsteps; i++)
		if (condition->steps[i].op == JG_OP_ATOM)
			condition->steps[i].n = first[condition->steps[i].n];
	mem_free(first);
}

JgCondition *
jg_build_end(JgConditionBuild *build)
{
	JgCondition *condition = build->condition;
	int waiting = 0;

	merge_atoms(condition);
	for (int i = 0; i < condition->nsteps; i++)
	{
		const JgConditionStep *step = &condition->steps[i];

		waiting += step->op == JG_OP_ATOM ? 1 : 1 - step->n;
		if (waiting > condition->depth)
			condition->depth = waiting;
	}
	return condition;
}

void
jg_build_forget_atom(JgAtom *atom)
{
	mem_free(atom->name);
	mem_free(atom->instance);
	mem_free(atom->path);
	mem_free(atom->value);
	*atom = (JgAtom){0};
}

void
jg_condition_free(JgCondition *condition)
{
	if (condition == NULL)
		return;
	for (int i = 0; i < condition->natoms; i++)
		jg_build_forget_atom(&condition->atoms[i]);
	mem_free(condition->atoms);
	mem_free(condition->steps);
	mem_free(condition);
}
