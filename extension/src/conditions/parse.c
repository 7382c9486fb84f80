/*
 * Reads a condition.
 *
 * Operands are joined as they come, with one frame for each open bracket: neither the length of a text nor how its operators
 * change takes any of the process' stack, and each token is looked at once. In native text and binds more than or; AutoSys
 * reads from left to right, so that there an operator ends whatever another one has joined before it.
 */
#include "parse.h"

#include "atom.h"
#include "build.h"
#include "keyword.h"
#include "mem.h"
#include "operand.h"

/* What an open bracket, or the text as a whole, has joined so far. */
typedef struct Frame
{
	int at;   /* of the bracket */
	int ands; /* operands that wait for the end of their AND */
	int ors;
	int nots;           /* before the operand that comes */
	bool under_not;     /* with those around it */
	JgConditionOp list; /* of a list; JG_OP_ATOM: it is none */
	int operands;       /* of the list, as they are written */
	int joined;         /* the same, flattened */
	int least;
	int least_at; /* of the number */
	int least_length;
} Frame;

typedef struct Parser
{
	JgConditionReader reader;
	JgConditionBuild build;
	int top;
	Frame frames[JG_CONDITION_DEPTH + 1];
} Parser;

static Frame *
frame_of(Parser *parser)
{
	return &parser->frames[parser->top];
}

/* Goes behind an opening bracket. */
static bool
open_frame(Parser *parser, Frame frame)
{
	JgConditionReader *reader = &parser->reader;
	const Frame *around = frame_of(parser);

	if (parser->top == JG_CONDITION_DEPTH)
	{
		jg_reading_fail(reader, reader->token.at, 1, "is one bracket in another too many");
		return jg_reading_hint(reader,
							   "There are at most %d; a job of kind noop can stand for a part of the condition.",
							   JG_CONDITION_DEPTH);
	}
	frame.at = reader->token.at;
	frame.under_not = around->under_not || around->nots > 0;
	parser->frames[++parser->top] = frame;
	jg_reading_advance(reader);
	return true;
}

/* Ends what `and` has joined, or `or`. */
static void
close_run(Parser *parser, JgConditionOp op, int *n)
{
	if (*n > 0)
		jg_build_group(&parser->build, op, *n + jg_build_join(&parser->build, op), 0);
	*n = 0;
}

static void
close_runs(Parser *parser)
{
	close_run(parser, JG_OP_AND, &frame_of(parser)->ands);
	close_run(parser, JG_OP_OR, &frame_of(parser)->ors);
}

static bool
refuse_list(JgConditionReader *reader)
{
	return jg_reading_hint(reader, "Write for example 2 of (succeeded(a), succeeded(b), succeeded(c)).");
}

/* any of (, all of (, 3 of ( */
static bool
read_list(Parser *parser)
{
	JgConditionReader *reader = &parser->reader;
	Frame frame = {.list = JG_OP_ATLEAST, .least_at = reader->token.at, .least_length = reader->token.length};
	const char *word = reader->text + reader->token.at;

	if (jg_reading_is(reader, "any"))
		frame.list = JG_OP_OR;
	else if (jg_reading_is(reader, "all"))
		frame.list = JG_OP_AND;
	else
		for (int i = 0; i < frame.least_length && frame.least <= JG_CONDITION_BYTES; i++)
			frame.least = frame.least * 10 + (word[i] - '0');
	if (frame.list == JG_OP_ATLEAST && frame.least == 0)
	{
		jg_reading_fail(reader, reader->token.at, reader->token.length, "is no number of conditions");
		return jg_reading_hint(reader, "At least one is counted; write not any of (...) where none may be true.");
	}
	jg_reading_advance(reader);
	if (!jg_reading_take(reader, "of"))
	{
		jg_reading_refuse(reader, "of");
		jg_reading_mend(reader, reader->token.at, 0, "of ");
		return refuse_list(reader);
	}
	if (reader->token.kind == JG_TOKEN_OPEN)
		return open_frame(parser, frame);
	jg_reading_refuse(reader, "an opening bracket");
	return refuse_list(reader);
}

/* Digits, any or all, before `of` or, but for digits, a bracket. */
static bool
begins_list(const JgConditionReader *reader)
{
	const JgToken *token = &reader->token;
	const JgToken next = jg_reading_peek(reader);
	bool number = true;

	if (token->kind != JG_TOKEN_WORD)
		return false;
	for (int i = 0; i < token->length; i++)
		number = number && reader->text[token->at + i] >= '0' && reader->text[token->at + i] <= '9';
	if (number || jg_reading_is(reader, "any") || jg_reading_is(reader, "all"))
		return jg_reading_is_word(reader, &next, "of") || next.kind == JG_TOKEN_OPEN;
	return false;
}

static bool
read_atom(Parser *parser, JgAtomKind kind)
{
	JgConditionReader *reader = &parser->reader;
	const Frame *frame = frame_of(parser);
	const JgToken word = reader->token;
	JgAtom atom;

	if (reader->spelling == JG_AUTOSYS && (kind == JG_ATOM_SKIPPED || kind == JG_ATOM_RESULT))
		return jg_operand_refuse_native(reader, word.at, word.length);
	if (kind == JG_ATOM_NOTRUNNING && (frame->under_not || frame->nots > 0))
	{
		jg_reading_fail(reader, word.at, word.length,
						"cannot stand under not: nothing tells the scheduler when a job starts");
		return jg_reading_hint(reader, "For a job that has run write ended(job), for one that does not run "
									   "notrunning(job) alone.");
	}
	if (!jg_atom_read(reader, kind, &atom))
	{
		jg_build_forget_atom(&atom);
		return false;
	}
	jg_build_atom(&parser->build, &atom);
	return true;
}

/* Goes behind one operand, or the beginning of one. *whole: it was an operand. */
static bool
read_operand(Parser *parser, bool *whole)
{
	JgConditionReader *reader = &parser->reader;
	const JgToken token = reader->token;
	const JgToken next = jg_reading_peek(reader);
	bool native = reader->spelling == JG_NATIVE;
	JgAtomKind kind;

	*whole = false;
	if (token.kind == JG_TOKEN_OPEN)
		return open_frame(parser, (Frame){.list = JG_OP_ATOM});
	if (jg_reading_is(reader, "not") && native)
	{
		jg_reading_advance(reader);
		frame_of(parser)->nots++;
		return true;
	}
	if (jg_reading_is(reader, "not"))
		return jg_operand_refuse_native(reader, token.at, token.length);
	if (begins_list(reader))
		return native ? read_list(parser)
					  : jg_operand_refuse_native(reader, token.at,
												 next.kind == JG_TOKEN_OPEN ? token.length
																			: next.at + next.length - token.at);
	*whole = true;
	if (token.kind == JG_TOKEN_WORD && next.kind == JG_TOKEN_OPEN &&
		jg_keyword_find(reader->text + token.at, token.length, &kind))
		return read_atom(parser, kind);
	return jg_operand_refuse(reader);
}

/* The list's operand is whole: behind it comes another one, or its bracket. */
static void
end_of_list_operand(Parser *parser)
{
	Frame *frame = frame_of(parser);

	close_runs(parser);
	frame->operands++;
	frame->joined += jg_build_join(&parser->build, frame->list);
}

/* A list of AND or OR dissolves; what is counted does not. */
static bool
close_list(Parser *parser)
{
	Frame *frame = frame_of(parser);
	bool counted = frame->list == JG_OP_ATLEAST;

	end_of_list_operand(parser);
	if (counted && frame->least > frame->operands)
	{
		jg_reading_fail(&parser->reader, frame->least_at, frame->least_length,
						"is more than the %d condition%s in the brackets behind it", frame->operands,
						frame->operands > 1 ? "s" : "");
		return jg_reading_hint(&parser->reader, "Write all of (...) where all must be true.");
	}
	jg_build_group(&parser->build, frame->list, frame->joined, frame->least);
	return true;
}

static bool
close_frame(Parser *parser)
{
	if (frame_of(parser)->list == JG_OP_ATOM)
		close_runs(parser);
	else if (!close_list(parser))
		return false;
	parser->top--;
	jg_reading_advance(&parser->reader);
	return true;
}

static bool
at_operator(const JgConditionReader *reader, JgConditionOp op)
{
	return jg_reading_is(reader, op == JG_OP_AND ? "and" : "or") ||
		   (reader->spelling == JG_AUTOSYS && reader->token.kind == (op == JG_OP_AND ? JG_TOKEN_AND : JG_TOKEN_OR));
}

/* Behind an operand. *whole: what comes is no new operand, because this one has become part of another. */
static bool
read_operator(Parser *parser, bool *whole)
{
	JgConditionReader *reader = &parser->reader;
	Frame *frame = frame_of(parser);

	for (; frame->nots > 0; frame->nots--)
		jg_build_not(&parser->build);
	*whole = false;
	if (at_operator(reader, JG_OP_AND))
	{
		if (reader->spelling == JG_AUTOSYS)
			close_run(parser, JG_OP_OR, &frame->ors);
		frame->ands += jg_build_join(&parser->build, JG_OP_AND);
	}
	else if (at_operator(reader, JG_OP_OR))
	{
		close_run(parser, JG_OP_AND, &frame->ands);
		frame->ors += jg_build_join(&parser->build, JG_OP_OR);
	}
	else if (reader->token.kind == JG_TOKEN_COMMA && frame->list != JG_OP_ATOM)
		end_of_list_operand(parser);
	else
	{
		*whole = true;
		if (reader->token.kind == JG_TOKEN_CLOSE && parser->top > 0)
			return close_frame(parser);
		return jg_operand_refuse_next(reader);
	}
	jg_reading_advance(reader);
	return true;
}

static bool
refuse_open(Parser *parser)
{
	JgConditionReader *reader = &parser->reader;

	jg_reading_fail(reader, frame_of(parser)->at, 1, "is not closed");
	return jg_reading_mend(reader, reader->token.at, 0, ")");
}

static bool
read_all(Parser *parser)
{
	JgConditionReader *reader = &parser->reader;
	bool whole = false;

	jg_reading_advance(reader);
	while (!whole || reader->token.kind != JG_TOKEN_END)
		if (!(whole ? read_operator(parser, &whole) : read_operand(parser, &whole)))
			return false;
	if (parser->top > 0)
		return refuse_open(parser);
	for (; frame_of(parser)->nots > 0; frame_of(parser)->nots--)
		jg_build_not(&parser->build);
	close_runs(parser);
	return true;
}

JgCondition *
jg_parse(const char *text, JgSpelling spelling, JgConditionError *error, JgMend *mend)
{
	Parser *parser = mem_zalloc(sizeof(Parser));
	JgCondition *condition = NULL;

	jg_reading_begin(&parser->reader, text, spelling, error);
	jg_build_begin(&parser->build);
	if (jg_reading_check(&parser->reader) && read_all(parser))
		condition = jg_build_end(&parser->build);
	else
		jg_condition_free(parser->build.condition);
	*mend = parser->reader.mend;
	mem_free(parser);
	return condition;
}
