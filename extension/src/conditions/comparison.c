/*
 * What an exit code, a result or a value is compared with.
 *
 * A value is a text, whatever it looks like: that numbers are compared as numbers is decided where it is evaluated. So one
 * text has one way to be written, and is in quotes unless it is a plain integer; AutoSys' own texts have plain words, too.
 */
#include "comparison.h"

#include <string.h>

#include "atom_name.h"
#include "keyword.h"

static const struct
{
	const char *sign;
	JgCompare compare;
	bool canonical[2]; /* by spelling */
} comparisons[] = {{"=", JG_EQUAL, {true, true}},         {"<>", JG_NOT_EQUAL, {true, false}},
				   {"!=", JG_NOT_EQUAL, {false, true}},   {"<", JG_LESS, {true, true}},
				   {"<=", JG_LESS_EQUAL, {true, true}},   {">", JG_GREATER, {true, true}},
				   {">=", JG_GREATER_EQUAL, {true, true}}};

#define COMPARISONS ((int) (sizeof(comparisons) / sizeof(comparisons[0])))

const char *
jg_comparison_sign(JgCompare compare, JgSpelling spelling)
{
	for (int i = 0; i < COMPARISONS; i++)
		if (comparisons[i].compare == compare && comparisons[i].canonical[spelling])
			return comparisons[i].sign;
	return "";
}

static bool
refuse_comparison(JgConditionReader *reader)
{
	/* What C, and a slip of the hand, write. */
	static const char *const meant[][2] = {{"==", "="},   {"=>", ">="}, {"=<", "<="}, {"===", "="},
										   {"!==", "!="}, {"=!", "!="}, {"><", "<>"}, {"!", "!="}};
	const JgToken *token = &reader->token;

	jg_reading_refuse(reader, "a comparison");
	for (int i = 0; i < (int) (sizeof(meant) / sizeof(meant[0])); i++)
		if (token->kind == JG_TOKEN_COMPARE && jg_keyword_is(reader->text + token->at, token->length, meant[i][0]))
			jg_reading_mend(reader, token->at, token->length, "%s", meant[i][1]);
	if ((token->kind == JG_TOKEN_WORD && !jg_reading_is(reader, "and") && !jg_reading_is(reader, "or")) ||
		token->kind == JG_TOKEN_TEXT)
		jg_reading_mend(reader, token->at, 0, "= ");
	return jg_reading_hint(reader, "Comparisons are = %s < <= > >=, such as exitcode(job) <= 4.",
						   jg_comparison_sign(JG_NOT_EQUAL, reader->spelling));
}

static bool
read_comparison(JgConditionReader *reader, JgCompare *compare)
{
	const JgToken *token = &reader->token;

	for (int i = 0; i < COMPARISONS && token->kind == JG_TOKEN_COMPARE; i++)
		if (jg_keyword_is(reader->text + token->at, token->length, comparisons[i].sign))
		{
			*compare = comparisons[i].compare;
			jg_reading_advance(reader);
			return true;
		}
	return refuse_comparison(reader);
}

/* A sign and digits, or digits alone. */
static bool
is_integer(const char *text, int length)
{
	int from = length > 1 && text[0] == '-';

	if (length == from)
		return false;
	for (int i = from; i < length; i++)
		if (text[i] < '0' || text[i] > '9')
			return false;
	return true;
}

static bool
read_exit_code(JgConditionReader *reader, int32_t *number)
{
	const JgToken token = reader->token;
	const char *text = reader->text + token.at;
	int64_t value = 0;

	if (token.kind != JG_TOKEN_WORD || !is_integer(text, token.length))
	{
		jg_reading_refuse(reader, "an exit code");
		if (token.kind == JG_TOKEN_TEXT && is_integer(text + 1, token.length - 2))
			jg_reading_mend(reader, token.at, token.length, "%.*s", token.length - 2, text + 1);
		return jg_reading_hint(reader, "Exit codes are integers, such as exitcode(job) <= 4.");
	}
	for (int i = text[0] == '-'; i < token.length && value <= INT32_MAX; i++)
		value = value * 10 + (text[i] - '0');
	if (value > INT32_MAX)
	{
		jg_reading_fail(reader, token.at, token.length, "is no exit code of any system");
		return jg_reading_hint(reader, "Exit codes lie between -%d and %d.", INT32_MAX, INT32_MAX);
	}
	*number = (int32_t) (text[0] == '-' ? -value : value);
	jg_reading_advance(reader);
	return true;
}

/* A word that needs no quotes as a value. AutoSys' own texts have more of them, native text has those that are plain. */
static bool
is_bare(const char *text, int length, JgSpelling spelling)
{
	if (jg_keyword_is(text, length, "and") || jg_keyword_is(text, length, "or"))
		return false;
	for (int i = 0; i < length && spelling == JG_NATIVE; i++)
		if (strchr("_.-", text[i]) == NULL && (text[i] < '0' || text[i] > '9') &&
			((text[i] | 0x20) < 'a' || (text[i] | 0x20) > 'z'))
			return false;
	return length > 0;
}

static bool
refuse_value(JgConditionReader *reader)
{
	const JgToken *token = &reader->token;
	bool word = token->kind == JG_TOKEN_WORD && is_bare(reader->text + token->at, token->length, JG_AUTOSYS);

	jg_reading_refuse(reader, "a value");
	if (word)
		jg_reading_mend(reader, token->at, token->length, "'%.*s'", token->length, reader->text + token->at);
	if (token->kind == JG_TOKEN_QUOTED)
		jg_reading_mend(reader, token->at, token->length, "'%.*s'", token->length - 2, reader->text + token->at + 1);
	return jg_reading_hint(reader,
						   reader->spelling == JG_NATIVE
							   ? "Values are numbers, plain words or texts in single quotes: value(market) = 'open'."
							   : "Values are numbers, words or texts in quotes: v(market) = open.");
}

static bool
read_value(JgConditionReader *reader, char **value)
{
	const JgToken token = reader->token;
	bool bare = token.kind == JG_TOKEN_WORD && is_bare(reader->text + token.at, token.length, reader->spelling);

	if (!bare && token.kind != JG_TOKEN_TEXT && (token.kind != JG_TOKEN_QUOTED || reader->spelling == JG_NATIVE))
		return refuse_value(reader);
	*value = jg_token_content(reader->text, &token);
	if (bare && reader->spelling == JG_AUTOSYS)
		jg_atom_unescape(*value);
	jg_reading_advance(reader);
	return true;
}

bool
jg_comparison_read(JgConditionReader *reader, JgAtom *atom)
{
	if (!read_comparison(reader, &atom->compare))
		return false;
	return atom->kind == JG_ATOM_EXITCODE ? read_exit_code(reader, &atom->number) : read_value(reader, &atom->value);
}

void
jg_comparison_put(const JgAtom *atom, JgSpelling spelling, Buf *out)
{
	buf_printf(out, " %s ", jg_comparison_sign(atom->compare, spelling));
	if (atom->kind == JG_ATOM_EXITCODE)
		buf_printf(out, "%d", (int) atom->number);
	else if (is_integer(atom->value, (int) strlen(atom->value)) ||
			 (spelling == JG_AUTOSYS && is_bare(atom->value, (int) strlen(atom->value), JG_NATIVE)))
		buf_puts(out, atom->value);
	else
		jg_token_put_quoted(out, atom->value, spelling == JG_NATIVE ? '\'' : '"');
}
