/*
 * What a condition says where so much is known of its atoms.
 *
 * Nothing is short-circuited: a condition is evaluated when one of its atoms changes, and a walk over the steps is cheaper
 * than a tree. No recursion: nobody's text decides how much of the process' stack is used.
 */
#include "condition.h"

#include "mem.h"

#define SMALL 64

/* Of n operands, of which some are true or open, `least` must be true. */
static JgTruth
at_least(const JgTruth *operands, int n, int least)
{
	int known = 0;
	int possible = 0;

	for (int i = 0; i < n; i++)
	{
		known += operands[i] == JG_TRUE;
		possible += operands[i] != JG_FALSE;
	}
	return known >= least ? JG_TRUE : possible >= least ? JG_OPEN : JG_FALSE;
}

static JgTruth
opposite(JgTruth truth)
{
	return truth == JG_OPEN ? JG_OPEN : truth == JG_TRUE ? JG_FALSE : JG_TRUE;
}

static JgTruth
evaluate(const JgCondition *condition, const JgTruth *truths, JgTruth *stack)
{
	int top = 0;

	for (int i = 0; i < condition->nsteps; i++)
	{
		const JgConditionStep *step = &condition->steps[i];

		if (step->op == JG_OP_ATOM)
		{
			stack[top++] = truths[step->n];
			continue;
		}
		top -= step->n;
		if (step->op == JG_OP_NOT)
			stack[top] = opposite(stack[top]);
		else
			stack[top] = at_least(stack + top, step->n,
								  step->op == JG_OP_AND  ? step->n
								  : step->op == JG_OP_OR ? 1
														 : step->least);
		top++;
	}
	return stack[0];
}

JgTruth
jg_condition_eval(const JgCondition *condition, const JgTruth *truths)
{
	JgTruth small[SMALL] = {JG_FALSE};
	JgTruth *large;
	JgTruth truth;

	if (condition->depth <= SMALL)
		return evaluate(condition, truths, small);
	large = mem_alloc((size_t) condition->depth * sizeof(JgTruth));
	truth = evaluate(condition, truths, large);
	mem_free(large);
	return truth;
}

bool
jg_condition_counts(const JgCondition *condition, int *least)
{
	const JgConditionStep *last = &condition->steps[condition->nsteps - 1];

	/* With one step for each atom and no operator but the last, each atom is there once. */
	if (condition->nsteps == 1)
	{
		*least = 1;
		return true;
	}
	if (condition->nsteps != condition->natoms + 1 || last->n != condition->natoms || last->op == JG_OP_NOT)
		return false;
	*least = last->op == JG_OP_AND ? last->n : last->op == JG_OP_OR ? 1 : last->least;
	return true;
}
