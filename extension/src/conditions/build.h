/* A condition while it is read: operands come one after the other, operators behind them. Pure: no server inside. */
#ifndef JG_CONDITIONS_BUILD_H
#define JG_CONDITIONS_BUILD_H

#include "condition.h"

typedef struct JgConditionBuild
{
	JgCondition *condition;
	int atoms_room;
	int steps_room;
} JgConditionBuild;

extern void jg_build_begin(JgConditionBuild *build);

/* A new operand, which owns the atom's strings from now on. */
extern void jg_build_atom(JgConditionBuild *build, const JgAtom *atom);

/* The last operand becomes its opposite; what is the opposite of something becomes that. */
extern void jg_build_not(JgConditionBuild *build);

/*
 * As how many operands of an AND or an OR the last operand counts: one that is the same operator dissolves into its own.
 * This is the only place where conditions are flattened.
 */
extern int jg_build_join(JgConditionBuild *build, JgConditionOp op);

/* Makes one operand of the last n, which have been counted by join. */
extern void jg_build_group(JgConditionBuild *build, JgConditionOp op, int n, int least);

/* Finds atoms that are the same, and what an evaluation needs. */
extern JgCondition *jg_build_end(JgConditionBuild *build);

extern void jg_build_forget_atom(JgAtom *atom);

#endif
