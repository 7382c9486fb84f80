/*
 * The lookback of an atom: behind it in native text, within its brackets in AutoSys'.
 *
 * Where somebody writes that of the other spelling, he is told how this one says the same.
 */
#include "atom_lookback.h"

#include "keyword.h"
#include "lookback.h"
#include "mem.h"

/* What has no lookback is told so, and not that a word is not understood. */
static bool
refuse_lookback(JgConditionReader *reader, JgAtomKind kind)
{
	const JgToken *token = &reader->token;

	jg_reading_fail(reader, token->at, token->length, "begins a lookback, and %s() has none",
					jg_keyword_word(kind, reader->spelling));
	return jg_reading_hint(reader, "%s: leave the lookback out.",
						   kind == JG_ATOM_VALUE ? "A value is what it is now" : "A job runs now or does not");
}

/* An AutoSys lookback in native text, told in native words. */
bool
jg_atom_refuse_comma(JgConditionReader *reader, JgAtomKind kind)
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

bool
jg_atom_read_autosys_lookback(JgConditionReader *reader, JgAtom *atom)
{
	const JgToken *token = &reader->token;
	const char *hint;

	if (atom->kind == JG_ATOM_VALUE)
		return refuse_lookback(reader, atom->kind);
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

bool
jg_atom_read_native_lookback(JgConditionReader *reader, JgAtom *atom)
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
		return refuse_lookback(reader, atom->kind);
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
