/*
 * The place where a condition is read, and what is wrong there.
 *
 * The first thing that is wrong is the one that is told. A mend is a change of bytes that mend.c tries.
 */
#include "reader.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "keyword.h"
#include "utf8.h"

#define SHOWN 48 /* bytes of a word that a message repeats */

void
jg_reading_begin(JgConditionReader *reader, const char *text, JgSpelling spelling, JgConditionError *error)
{
	memset(error, 0, sizeof(*error));
	*reader = (JgConditionReader){.text = text, .spelling = spelling, .error = error};
}

void
jg_reading_advance(JgConditionReader *reader)
{
	reader->end = reader->token.at + reader->token.length;
	reader->token = jg_token_next(reader->text, reader->end);
}

JgToken
jg_reading_peek(const JgConditionReader *reader)
{
	return jg_token_next(reader->text, reader->token.at + reader->token.length);
}

bool
jg_reading_is_word(const JgConditionReader *reader, const JgToken *token, const char *word)
{
	return token->kind == JG_TOKEN_WORD && jg_keyword_is(reader->text + token->at, token->length, word);
}

bool
jg_reading_is(const JgConditionReader *reader, const char *word)
{
	return jg_reading_is_word(reader, &reader->token, word);
}

bool
jg_reading_take(JgConditionReader *reader, const char *word)
{
	bool is = jg_reading_is(reader, word);

	if (is)
		jg_reading_advance(reader);
	return is;
}

int
jg_reading_position(const char *text, int at)
{
	int position = 1;

	for (int i = 0; i < at; i++)
		position += ((unsigned char) text[i] & 0xc0) != 0x80;
	return position;
}

int
jg_reading_shown(const char *text, int length, int most)
{
	if (length <= most)
		return length;
	length = most;
	while (length > 0 && ((unsigned char) text[length] & 0xc0) == 0x80)
		length--;
	return length;
}

/* False: it did not fit, and ends with a whole letter. */
static bool __attribute__((format(printf, 3, 0))) put(char *to, size_t size, const char *format, va_list ap)
{
	int length = vsnprintf(to, size, format, ap);

	if (length >= 0 && (size_t) length < size)
		return true;
	length = (int) size - 1;
	while (length > 0 && ((unsigned char) to[length - 1] & 0xc0) == 0x80)
		length--;
	if (length > 0 && (unsigned char) to[length - 1] >= 0xc0)
		to[length - 1] = '\0'; /* even if it was whole */
	return false;
}

/* Line breaks between quotes would break the message's line. */
static void
flatten(char *message)
{
	for (; *message != '\0'; message++)
		if ((unsigned char) *message < 0x20 || *message == 0x7f)
			*message = ' ';
}

bool
jg_reading_say(JgConditionReader *reader, int at, int length, const char *format, ...)
{
	JgConditionError *error = reader->error;
	va_list ap;

	if (error->message[0] != '\0')
		return false;
	va_start(ap, format);
	put(error->message, sizeof(error->message), format, ap);
	va_end(ap);
	flatten(error->message);
	error->position = at;
	error->length = length;
	return false;
}

bool
jg_reading_fail(JgConditionReader *reader, int at, int length, const char *format, ...)
{
	char rest[sizeof(reader->error->message)];
	int shown = jg_reading_shown(reader->text + at, length, SHOWN);
	va_list ap;

	va_start(ap, format);
	put(rest, sizeof(rest), format, ap);
	va_end(ap);
	return jg_reading_say(reader, at, length, "\"%.*s%s\" at position %d %s", shown, reader->text + at,
						  shown < length ? "..." : "", jg_reading_position(reader->text, at), rest);
}

bool
jg_reading_hint(JgConditionReader *reader, const char *format, ...)
{
	va_list ap;

	if (reader->error->hint[0] != '\0')
		return false;
	va_start(ap, format);
	put(reader->error->hint, sizeof(reader->error->hint), format, ap);
	va_end(ap);
	return false;
}

bool
jg_reading_mend(JgConditionReader *reader, int at, int length, const char *format, ...)
{
	JgMend *mend = &reader->mend;
	va_list ap;

	if (mend->known)
		return false;
	va_start(ap, format);
	mend->known = put(mend->with, sizeof(mend->with), format, ap);
	va_end(ap);
	mend->at = at;
	mend->length = length;
	return false;
}

/* Typographic quotes come in pairs, and are mended in pairs. */
static bool
refuse_typographic(JgConditionReader *reader)
{
	const JgToken *token = &reader->token;
	char quote = jg_token_typographic(reader->text + token->at);
	const char *from = reader->text + token->at + token->length;
	const char *end = from;

	jg_reading_fail(reader, token->at, token->length, "is a typographic quote");
	while (*end != '\0' && jg_token_typographic(end) == '\0')
		end++;
	if (*end != '\0' && end - from < JG_MEND_BYTES)
		jg_reading_mend(
			reader, token->at,
			(int) (jg_token_next(reader->text, (int) (end - reader->text)).length + (end - from) + token->length),
			"%c%.*s%c", quote, (int) (end - from), from, quote);
	return jg_reading_hint(reader, "Quotes are \" around names and ' around texts.");
}

static bool
refuse_alien(JgConditionReader *reader)
{
	const JgToken *token = &reader->token;
	int position = jg_reading_position(reader->text, token->at);

	if (jg_token_typographic(reader->text + token->at) != '\0')
		return refuse_typographic(reader);
	jg_reading_say(reader, token->at, token->length, "the letter at position %d is a %s", position,
				   token->length == 1 ? "control character" : "blank of another kind");
	return jg_reading_mend(reader, token->at, token->length, "%s", token->at > 0 ? " " : "");
}

bool
jg_reading_refuse(JgConditionReader *reader, const char *what)
{
	const JgToken *token = &reader->token;

	switch (token->kind)
	{
		case JG_TOKEN_END:
			return jg_reading_say(reader, token->at, 0, "the condition ends at position %d, where %s is expected",
								  jg_reading_position(reader->text, token->at), what);
		case JG_TOKEN_UNCLOSED:
			jg_reading_say(reader, token->at, 1, "the quote %c at position %d is not closed", reader->text[token->at],
						   jg_reading_position(reader->text, token->at));
			return jg_reading_hint(reader, "A quote within quotes is doubled.");
		case JG_TOKEN_ALIEN:
			return refuse_alien(reader);
		default:
			return jg_reading_fail(reader, token->at, token->length, "is not %s", what);
	}
}

bool
jg_reading_check(JgConditionReader *reader)
{
	size_t length = strlen(reader->text);
	size_t at = 0;

	if (length > JG_CONDITION_BYTES)
	{
		jg_reading_say(reader, 0, 0, "a condition has at most %d bytes", JG_CONDITION_BYTES);
		return jg_reading_hint(reader, "A job of kind noop can stand for a part of it.");
	}
	while (at < length)
	{
		size_t n = utf8_length(reader->text + at, length - at);

		if (n == 0)
			return jg_reading_say(reader, (int) at, 1, "the condition is not valid UTF-8 at position %d",
								  jg_reading_position(reader->text, (int) at));
		at += n;
	}
	if (jg_token_next(reader->text, 0).kind == JG_TOKEN_END)
	{
		jg_reading_say(reader, 0, 0, "a condition cannot be empty");
		return jg_reading_hint(reader, reader->spelling == JG_NATIVE
										   ? "Write for example succeeded(load) and not failed(check)."
										   : "Write for example s(load) & s(check).");
	}
	return true;
}
