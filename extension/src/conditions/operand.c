/*
 * What is wrong where a condition, or what joins two of them, is expected.
 *
 * Only called when nothing fits, so that a look ahead costs nothing in a text that is right.
 */
#include "operand.h"

#include <string.h>

#include "keyword.h"

/* Puts a word in the place of so many bytes, with blanks around it. */
static bool
mend_word(JgConditionReader *reader, int at, int length, const char *word)
{
	char behind = reader->text[at + length];
	bool blank = at == 0 || strchr(" \t\r\n", reader->text[at - 1]) != NULL;

	return jg_reading_mend(reader, at, length, "%s%s%s", blank ? "" : " ", word,
						   behind != '\0' && strchr(" \t\r\n", behind) != NULL ? "" : " ");
}

/* & or |, twice: as C writes it. */
static bool
refuse_doubled(JgConditionReader *reader, int at, const char *word)
{
	jg_reading_fail(reader, at, 2, "is not understood");
	mend_word(reader, at, 2, word);
	return jg_reading_hint(reader, "Write %s.", word);
}

/* A sign at the next token that stands next to one of its kind. */
static bool
is_doubled(const JgConditionReader *reader)
{
	const char *text = reader->text;
	int at = reader->token.at;

	return (reader->token.kind == JG_TOKEN_AND || reader->token.kind == JG_TOKEN_OR) && at > 0 && at == reader->end &&
		   text[at - 1] == text[at];
}

static bool
refuse_keyword_alone(JgConditionReader *reader, JgAtomKind kind)
{
	const JgToken token = reader->token;
	const JgToken next = jg_reading_peek(reader);
	const char *word = jg_keyword_word(kind, reader->spelling);

	jg_reading_fail(reader, token.at, token.length, "has no name in brackets");
	if ((next.kind == JG_TOKEN_WORD && !jg_reading_is_word(reader, &next, "and") &&
		 !jg_reading_is_word(reader, &next, "or")) ||
		next.kind == JG_TOKEN_QUOTED)
		jg_reading_mend(reader, token.at, next.at + next.length - token.at, "%.*s(%.*s)", token.length,
						reader->text + token.at, next.length, reader->text + next.at);
	else if (token.length == 1)
		jg_reading_mend(reader, token.at, token.length, "%s(%.*s)",
						jg_keyword_word(JG_ATOM_SUCCEEDED, reader->spelling), token.length, reader->text + token.at);
	return jg_reading_hint(reader, "Write %s(job)%s.", word,
						   kind == JG_ATOM_EXITCODE ? " and a comparison such as <= 4"
						   : kind > JG_ATOM_SKIPPED ? " and a comparison such as = 'open'"
													: "");
}

/* A word before a bracket that is none of ours. */
static bool
refuse_function(JgConditionReader *reader)
{
	const JgToken *token = &reader->token;
	const char *word = reader->text + token->at;
	JgAtomKind kind;

	jg_reading_refuse(reader, "a condition");
	if (jg_keyword_is(word, token->length, "running") || jg_keyword_is(word, token->length, "started"))
		return jg_reading_hint(reader,
							   "Nothing tells the scheduler when a job starts: write notrunning(job) for one that "
							   "does not run, ended(job) for one that has run.");
	if (jg_keyword_is(word, token->length, "none"))
		jg_reading_mend(reader, token->at, token->length, "not any of");
	else if (jg_keyword_guess(word, token->length, &kind))
		jg_reading_mend(reader, token->at, token->length, "%s", jg_keyword_word(kind, reader->spelling));
	return jg_reading_hint(reader, reader->spelling == JG_NATIVE
									   ? "Conditions are succeeded(), failed(), ended(), terminated(), notrunning(), "
										 "skipped(), exitcode(), result() and value()."
									   : "Conditions are success(), failure(), done(), terminated(), notrunning(), "
										 "exitcode() and value(), or their first letters.");
}

static bool
refuse_word(JgConditionReader *reader)
{
	const JgToken token = reader->token;
	const JgToken next = jg_reading_peek(reader);
	bool joins = jg_reading_is(reader, "and") || jg_reading_is(reader, "or");
	JgAtomKind kind;

	if (joins)
	{
		jg_reading_refuse(reader, "a condition");
		jg_reading_mend(reader, token.at, next.at - token.at, "%s", "");
		return jg_reading_hint(reader, "A condition stands before it and behind it.");
	}
	if (next.kind == JG_TOKEN_OPEN)
		return refuse_function(reader);
	if (jg_keyword_find(reader->text + token.at, token.length, &kind))
		return refuse_keyword_alone(reader, kind);
	jg_reading_refuse(reader, "a condition");
	if (jg_reading_is(reader, "none") && jg_reading_is_word(reader, &next, "of"))
		jg_reading_mend(reader, token.at, token.length, "not any");
	jg_reading_mend(reader, token.at, token.length, "%s(%.*s)", jg_keyword_word(JG_ATOM_SUCCEEDED, reader->spelling),
					token.length, reader->text + token.at);
	return jg_reading_hint(reader, "Say what must have become of the job, such as %s(job).",
						   jg_keyword_word(JG_ATOM_SUCCEEDED, reader->spelling));
}

bool
jg_operand_refuse(JgConditionReader *reader)
{
	const JgToken *token = &reader->token;
	bool native = reader->spelling == JG_NATIVE;

	if (is_doubled(reader))
		return refuse_doubled(reader, token->at - 1, token->kind == JG_TOKEN_AND ? "&" : "|");
	if (token->kind == JG_TOKEN_WORD)
		return refuse_word(reader);
	if (token->kind == JG_TOKEN_COMPARE && reader->text[token->at] == '!')
	{
		if (!native)
			return jg_operand_refuse_native(reader, token->at, 1);
		jg_reading_fail(reader, token->at, 1, "is not understood");
		jg_reading_mend(reader, token->at, 1, "not ");
		return jg_reading_hint(reader, "Write not.");
	}
	jg_reading_refuse(reader, "a condition");
	if (token->kind == JG_TOKEN_QUOTED)
		jg_reading_mend(reader, token->at, token->length, "%s(%.*s)",
						jg_keyword_word(JG_ATOM_SUCCEEDED, reader->spelling), token->length, reader->text + token->at);
	return jg_reading_hint(reader, native ? "Write for example succeeded(load) and not failed(check)."
										  : "Write for example s(load) & s(check).");
}

/* A sign, or a word, that was meant to join two conditions. */
static bool
refuse_join(JgConditionReader *reader, const char *word)
{
	jg_reading_fail(reader, reader->token.at, reader->token.length, "is not understood");
	mend_word(reader, reader->token.at, reader->token.length, word);
	return jg_reading_hint(reader, "Write %s.", word);
}

static bool
begins_operand(const JgConditionReader *reader)
{
	JgAtomKind kind;

	if (reader->token.kind == JG_TOKEN_WORD)
		return jg_reading_is(reader, "not") || jg_reading_peek(reader).kind == JG_TOKEN_OPEN ||
			   jg_keyword_find(reader->text + reader->token.at, reader->token.length, &kind);
	return reader->token.kind == JG_TOKEN_OPEN;
}

static bool
refuse_next_word(JgConditionReader *reader)
{
	static const char *const native_words[] = {"and", "or", "within", "since", "same", "at", NULL};
	static const char *const autosys_words[] = {"and", "or", NULL};
	const JgToken *token = &reader->token;
	const char *near = jg_keyword_near(reader->text + token->at, token->length,
									   reader->spelling == JG_NATIVE ? native_words : autosys_words);

	jg_reading_fail(reader, token->at, token->length, "is not understood");
	if (near != NULL)
		jg_reading_mend(reader, token->at, token->length, "%s", near);
	return jg_reading_hint(
		reader, reader->spelling == JG_NATIVE
					? "Conditions are joined with and or or; a lookback is such as within '30 hours', "
					  "since my last end, at any time."
					: "Conditions are joined with & or |; a lookback stands in the brackets: s(job, 30.00).");
}

bool
jg_operand_refuse_next(JgConditionReader *reader)
{
	const JgToken *token = &reader->token;
	const JgToken next = jg_reading_peek(reader);
	bool native = reader->spelling == JG_NATIVE;

	if (token->kind == JG_TOKEN_AND || token->kind == JG_TOKEN_OR)
	{
		if (next.kind == token->kind && next.at == token->at + 1)
			return refuse_doubled(reader, token->at, token->kind == JG_TOKEN_AND ? "and" : "or");
		return refuse_join(reader, token->kind == JG_TOKEN_AND ? "and" : "or");
	}
	if (token->kind == JG_TOKEN_COMMA)
		return refuse_join(reader, native ? "and" : "&");
	if (token->kind == JG_TOKEN_CLOSE)
	{
		jg_reading_fail(reader, token->at, 1, "closes nothing");
		jg_reading_mend(reader, token->at, 1, "%s", "");
		return jg_reading_hint(reader, "There are more closing than opening brackets before it.");
	}
	if (begins_operand(reader))
	{
		jg_reading_fail(reader, token->at, token->length, "has no %s before it", native ? "and or or" : "& or |");
		mend_word(reader, token->at, 0, native ? "and" : "&");
		return jg_reading_hint(reader, "Two conditions are joined with %s.", native ? "and or or" : "& or |");
	}
	if (token->kind == JG_TOKEN_WORD)
		return refuse_next_word(reader);
	jg_reading_refuse(reader, native ? "what joins two conditions" : "& or |");
	if (token->kind == JG_TOKEN_COMPARE)
		return jg_reading_hint(reader,
							   "Only exitcode(), result() and value() are compared; the others are true or false.");
	return jg_reading_hint(reader, "Two conditions are joined with %s.", native ? "and or or" : "& or |");
}

bool
jg_operand_refuse_native(JgConditionReader *reader, int at, int length)
{
	jg_reading_fail(reader, at, length, "is not known in AutoSys' spelling");
	return jg_reading_hint(reader,
						   "AutoSys has no NOT, skipped(), result() or counts such as 2 of: write the condition in "
						   "native spelling, such as not succeeded(load).");
}
