/*
 * The canonical text of a condition.
 *
 * Steps are in the order of evaluation, text is in the order of reading. The atoms have the same order in both: what stands
 * before each of them (one operator, opening brackets) and behind it (closing ones) is collected in a first walk and written
 * in a second one, without recursion: a text of AutoSys that changes its operator a hundred thousand times is a tree as deep.
 */
#include <string.h>

#include "atom.h"
#include "condition.h"
#include "mem.h"

#define NONE (-1)

/* One for each step. */
typedef struct Place
{
	int first;     /* the first step of its operands: an atom */
	int joined_by; /* of an atom: the step of the operator before it */
	int opens;     /* of an atom: the outermost step that begins with it */
	int inner;     /* the next inner one that begins with the same atom */
	bool brackets;
} Place;

typedef struct Writer
{
	const JgCondition *condition;
	JgSpelling spelling;
	Place *places;
	Buf out;
	int depth; /* open brackets */
	int deepest;
} Writer;

/* Whether an operand needs brackets to be read as the operand of that operator again. */
static bool
needs_brackets(const Writer *writer, JgConditionOp operand, JgConditionOp op, bool first)
{
	if (operand != JG_OP_AND && operand != JG_OP_OR)
		return false;
	if (op == JG_OP_NOT)
		return true;
	if (op == JG_OP_ATLEAST || op == operand)
		return false;
	/* AutoSys reads from left to right, so that what comes first needs none; natively AND binds more than OR. */
	return writer->spelling == JG_AUTOSYS ? !first : op == JG_OP_AND;
}

/* Steps whose operator has not come yet wait on the stack. */
static void
place_step(const Writer *writer, int step, int *stack, int *top)
{
	const JgConditionStep *steps = writer->condition->steps;
	Place *place = &writer->places[step];
	int operands = steps[step].op == JG_OP_ATOM ? 0 : steps[step].n;

	*place = (Place){.first = step, .joined_by = NONE, .opens = NONE, .inner = NONE};
	*top -= operands;
	for (int i = 0; i < operands; i++)
	{
		Place *operand = &writer->places[stack[*top + i]];

		operand->brackets = needs_brackets(writer, steps[stack[*top + i]].op, steps[step].op, i == 0);
		if (i > 0)
			writer->places[operand->first].joined_by = step;
	}
	if (operands > 0)
	{
		place->first = writer->places[stack[*top]].first;
		place->inner = writer->places[place->first].opens;
		writer->places[place->first].opens = step;
	}
	stack[(*top)++] = step;
}

static void
open_bracket(Writer *writer)
{
	buf_putc(&writer->out, '(');
	if (++writer->depth > writer->deepest)
		writer->deepest = writer->depth;
}

static void
put_openings(Writer *writer, int atom)
{
	for (int i = writer->places[atom].opens; i != NONE; i = writer->places[i].inner)
	{
		const JgConditionStep *step = &writer->condition->steps[i];

		if (step->op == JG_OP_NOT)
			buf_puts(&writer->out, "not ");
		if (step->op == JG_OP_ATLEAST)
			buf_printf(&writer->out, "%d of ", (int) step->least);
		if (step->op == JG_OP_ATLEAST || writer->places[i].brackets)
			open_bracket(writer);
	}
}

static void
put_operator(Writer *writer, JgConditionOp op)
{
	if (op == JG_OP_ATLEAST)
		buf_puts(&writer->out, ", ");
	else if (writer->spelling == JG_AUTOSYS)
		buf_puts(&writer->out, op == JG_OP_AND ? " & " : " | ");
	else
		buf_puts(&writer->out, op == JG_OP_AND ? " and " : " or ");
}

static bool
put_step(Writer *writer, int i, char **why)
{
	const JgConditionStep *steps = writer->condition->steps;
	const Place *place = &writer->places[i];

	if (steps[i].op != JG_OP_ATOM)
	{
		if (steps[i].op == JG_OP_ATLEAST || place->brackets)
		{
			buf_putc(&writer->out, ')');
			writer->depth--;
		}
		return true;
	}
	if (place->joined_by != NONE)
		put_operator(writer, steps[place->joined_by].op);
	put_openings(writer, i);
	return jg_atom_put(&writer->condition->atoms[steps[i].n], writer->spelling, &writer->out, why);
}

/* What stands in the way of the whole text, besides the atoms: NOT and counts in AutoSys. */
static bool
operators_known(const JgCondition *condition, JgSpelling spelling, char **why)
{
	Buf text = {0};

	for (int i = 0; i < condition->nsteps && spelling == JG_AUTOSYS && text.len == 0; i++)
		if (condition->steps[i].op == JG_OP_NOT)
			buf_puts(&text, "not");
		else if (condition->steps[i].op == JG_OP_ATLEAST)
			buf_printf(&text, "%d of", (int) condition->steps[i].least);
	*why = text.data;
	return text.len == 0;
}

static bool
put_all(Writer *writer, char **why)
{
	for (int i = 0; i < writer->condition->nsteps; i++)
		if (!put_step(writer, i, why))
			return false;
	if (writer->deepest > JG_CONDITION_DEPTH)
	{
		Buf text = {0};

		buf_printf(&text, "brackets that are nested more than %d times", JG_CONDITION_DEPTH);
		*why = text.data;
	}
	return *why == NULL;
}

char *
jg_condition_text(const JgCondition *condition, JgSpelling spelling, char **why)
{
	Writer writer = {.condition = condition, .spelling = spelling};
	int *stack;
	int top = 0;

	if (!operators_known(condition, spelling, why))
		return NULL;
	writer.places = mem_alloc((size_t) condition->nsteps * sizeof(Place));
	stack = mem_alloc((size_t) condition->depth * sizeof(int));
	for (int i = 0; i < condition->nsteps; i++)
		place_step(&writer, i, stack, &top);
	mem_free(stack);
	if (!put_all(&writer, why))
		buf_free(&writer.out);
	mem_free(writer.places);
	return writer.out.data;
}
