/*
 * One thing that a condition asks, read and written.
 *
 * What a kind may have behind its bracket is the same in both spellings but for the lookback, which AutoSys puts inside.
 * A status word without a lookback is about the business date in native text, and about the last end in AutoSys'.
 */
#include "atom.h"

#include <stdio.h>
#include <string.h>

#include "atom_name.h"
#include "build.h"
#include "keyword.h"
#include "lookback.h"
#include "mem.h"

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
jg_atom_sign(JgCompare compare, JgSpelling spelling)
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
						   jg_atom_sign(JG_NOT_EQUAL, reader->spelling));
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
jg_atom_refuse_lookback(JgConditionReader *reader, JgAtomKind kind)
{
	const JgToken *token = &reader->token;

	jg_reading_fail(reader, token->at, token->length, "begins a lookback, and %s() has none",
					jg_keyword_word(kind, reader->spelling));
	return jg_reading_hint(reader, "%s: leave the lookback out.",
						   kind == JG_ATOM_VALUE ? "A value is what it is now" : "A job runs now or does not");
}

/* An AutoSys lookback in native text, told in native words. */
static bool
refuse_comma(JgConditionReader *reader, JgAtomKind kind)
{
	JgToken lookback = jg_reading_peek(reader);
	JgToken close = jg_token_next(reader->text, lookback.at + lookback.length);
	JgAtom said = {.kind = JG_ATOM_SUCCEEDED};
	cleanup_buf Buf words = {0};

	jg_reading_refuse(reader, "a closing bracket");
	if (!jg_lookback_fits(kind))
		return jg_reading_hint(reader, "%s() has a name and nothing else in its brackets.",
							   jg_keyword_word(kind, JG_NATIVE));
	if (kind < JG_ATOM_EXITCODE && lookback.kind == JG_TOKEN_WORD && close.kind == JG_TOKEN_CLOSE &&
		jg_lookback_read_autosys(reader->text + lookback.at, lookback.length, &said.lookback, &said.minutes) == NULL)
	{
		jg_lookback_put_words(&words, &said);
		jg_reading_mend(reader, reader->token.at, close.at + 1 - reader->token.at, ")%s", buf_text(&words));
	}
	else if (kind < JG_ATOM_EXITCODE)
		jg_reading_mend(reader, reader->token.at, lookback.at - reader->token.at, ") and %s(",
						jg_keyword_word(kind, JG_NATIVE));
	return jg_reading_hint(reader, "A lookback stands behind the brackets, such as succeeded(job) within '30 hours'.");
}

static bool
read_autosys_lookback(JgConditionReader *reader, JgAtom *atom)
{
	const JgToken *token = &reader->token;
	const char *hint;

	if (atom->kind == JG_ATOM_VALUE)
		return jg_atom_refuse_lookback(reader, atom->kind);
	jg_reading_advance(reader);
	hint = jg_lookback_read_autosys(reader->text + token->at, token->kind == JG_TOKEN_WORD ? token->length : 0,
									&atom->lookback, &atom->minutes);
	if (hint == NULL)
	{
		jg_reading_advance(reader);
		return true;
	}
	jg_reading_refuse(reader, "a lookback");
	return jg_reading_hint(reader, "%s", hint);
}

static bool
read_within(JgConditionReader *reader, JgAtom *atom)
{
	const JgToken token = reader->token;
	cleanup_free char *words = NULL;
	const char *wrong;

	if (token.kind != JG_TOKEN_TEXT)
	{
		JgToken unit = jg_reading_peek(reader);

		jg_reading_refuse(reader, "a duration in single quotes");
		if (token.kind == JG_TOKEN_QUOTED)
			jg_reading_mend(reader, token.at, token.length, "'%.*s'", token.length - 2, reader->text + token.at + 1);
		if (token.kind == JG_TOKEN_WORD && (reader->text[token.at] < '0' || reader->text[token.at] > '9'))
			jg_reading_mend(reader, token.at, token.length, "'%.*s'", token.length, reader->text + token.at);
		if (token.kind == JG_TOKEN_WORD && unit.kind == JG_TOKEN_WORD)
			jg_reading_mend(reader, token.at, unit.at + unit.length - token.at, "'%.*s'",
							unit.at + unit.length - token.at, reader->text + token.at);
		return jg_reading_hint(reader, "Write for example within '30 hours', '1 hour 30 minutes' or '30:15'.");
	}
	words = jg_token_content(reader->text, &token);
	wrong = jg_lookback_read_words(words, &atom->lookback, &atom->minutes);
	if (wrong == NULL)
	{
		jg_reading_advance(reader);
		return true;
	}
	jg_reading_fail(reader, token.at, token.length, "is %s", wrong);
	return jg_reading_hint(reader, "Write for example within '30 hours', '1 hour 30 minutes', '30:15' or 'forever'.");
}

/* Words that follow the first one of a lookback. */
static bool
read_phrase(JgConditionReader *reader, const char *phrase, int n, const char *const *words)
{
	int at = reader->token.at;

	jg_reading_advance(reader);
	for (int i = 0; i < n; i++)
		if (!jg_reading_take(reader, words[i]))
		{
			/* Words up to what joins conditions were meant to be the rest of it. */
			for (i = 0; i < n && reader->token.kind == JG_TOKEN_WORD && !jg_reading_is(reader, "and") &&
						!jg_reading_is(reader, "or");
				 i++)
				jg_reading_advance(reader);
			jg_reading_fail(reader, at, reader->end - at, "is not a lookback");
			jg_reading_mend(reader, at, reader->end - at, "%s", phrase);
			return jg_reading_hint(reader, "Write %s.", phrase);
		}
	return true;
}

static bool
read_native_lookback(JgConditionReader *reader, JgAtom *atom)
{
	static const char *const own[] = {"my", "last", "end"};
	static const char *const date[] = {"business", "date"};
	static const char *const any[] = {"any", "time"};
	JgLookback meant = jg_reading_is(reader, "since")    ? JG_SINCE_OWN
					   : jg_reading_is(reader, "same")   ? JG_SAME_DATE
					   : jg_reading_is(reader, "at")     ? JG_ANY_TIME
					   : jg_reading_is(reader, "within") ? JG_WITHIN
														 : JG_FOREVER;

	if (meant == JG_FOREVER)
		return true;
	if (!jg_lookback_fits(atom->kind))
		return jg_atom_refuse_lookback(reader, atom->kind);
	atom->lookback = meant;
	if (meant == JG_WITHIN)
	{
		jg_reading_advance(reader);
		return read_within(reader, atom);
	}
	if (meant == JG_SINCE_OWN)
		return read_phrase(reader, "since my last end", 3, own);
	if (meant == JG_SAME_DATE)
		return read_phrase(reader, "same business date", 2, date);
	return read_phrase(reader, "at any time", 2, any);
}

bool
jg_atom_read(JgConditionReader *reader, JgAtomKind kind, JgAtom *atom)
{
	bool native = reader->spelling == JG_NATIVE;

	*atom = (JgAtom){.kind = kind, .lookback = native && jg_lookback_fits(kind) ? JG_SAME_DATE : JG_ANY_TIME};
	jg_reading_advance(reader);
	jg_reading_advance(reader);
	if (!jg_atom_read_name(reader, atom))
		return false;
	if (reader->token.kind == JG_TOKEN_COMMA)
	{
		if (kind == JG_ATOM_RESULT)
		{
			jg_reading_advance(reader);
			if (!jg_atom_read_path(reader, atom))
				return false;
		}
		else if (native)
			return refuse_comma(reader, kind);
		else if (!read_autosys_lookback(reader, atom))
			return false;
	}
	if (!jg_atom_close(reader, kind))
		return false;
	if (kind >= JG_ATOM_EXITCODE && !read_comparison(reader, &atom->compare))
		return false;
	if (kind == JG_ATOM_EXITCODE && !read_exit_code(reader, &atom->number))
		return false;
	if (kind > JG_ATOM_EXITCODE && !read_value(reader, &atom->value))
		return false;
	return !native || read_native_lookback(reader, atom);
}

static void
put_comparison(const JgAtom *atom, JgSpelling spelling, Buf *out)
{
	buf_printf(out, " %s ", jg_atom_sign(atom->compare, spelling));
	if (atom->kind == JG_ATOM_EXITCODE)
		buf_printf(out, "%d", (int) atom->number);
	else if (is_integer(atom->value, (int) strlen(atom->value)) ||
			 (spelling == JG_AUTOSYS && is_bare(atom->value, (int) strlen(atom->value), JG_NATIVE)))
		buf_puts(out, atom->value);
	else
		jg_token_put_quoted(out, atom->value, spelling == JG_NATIVE ? '\'' : '"');
}

/* What the spelling has no words for, NULL: nothing. */
static const char *
unsayable(const JgAtom *atom, JgSpelling spelling)
{
	if (spelling == JG_NATIVE)
		return atom->kind == JG_ATOM_NOTRUNNING && atom->lookback != JG_ANY_TIME ? "notrunning() with a lookback"
																				 : NULL;
	if (atom->kind == JG_ATOM_SKIPPED)
		return "skipped()";
	if (atom->kind == JG_ATOM_RESULT)
		return "result()";
	return atom->lookback == JG_SAME_DATE ? "same business date" : NULL;
}

bool
jg_atom_put(const JgAtom *atom, JgSpelling spelling, Buf *out, char **why)
{
	const char *cannot = unsayable(atom, spelling);

	if (cannot != NULL)
	{
		Buf text = {0};

		buf_puts(&text, cannot);
		*why = text.data;
		return false;
	}
	buf_puts(out, spelling == JG_NATIVE ? jg_keyword_word(atom->kind, JG_NATIVE) : jg_keyword_letter(atom->kind));
	buf_putc(out, '(');
	jg_atom_put_name(out, atom->name, spelling);
	if (atom->instance != NULL)
	{
		buf_putc(out, '^');
		jg_atom_put_name(out, atom->instance, spelling);
	}
	if (atom->path != NULL)
	{
		buf_puts(out, ", ");
		jg_atom_put_name(out, atom->path, spelling);
	}
	if (spelling == JG_AUTOSYS)
		jg_lookback_put_autosys(out, atom);
	buf_putc(out, ')');
	if (atom->kind >= JG_ATOM_EXITCODE)
		put_comparison(atom, spelling, out);
	if (spelling == JG_NATIVE)
		jg_lookback_put_words(out, atom);
	return true;
}

char *
jg_atom_text(const JgAtom *atom, JgSpelling spelling, char **why)
{
	Buf out = {0};

	*why = NULL;
	if (jg_atom_put(atom, spelling, &out, why))
		return out.data;
	buf_free(&out);
	return NULL;
}
