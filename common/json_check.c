/*
 * json_check.c - strict grammar check (RFC 8259) of a JSON text.
 *
 * One pass, no recursion: what a level is (object or array) is one bit of a
 * word, so depth is capped at 64.  It must accept nothing that PostgreSQL's json
 * would refuse; it does not look at encodings, which are the connection's.
 */
#include "json_check.h"

#include <string.h>

typedef struct Scan
{
	const char *text;
	size_t len;
	size_t pos;
	size_t tokens;
	size_t depth;
	uint64_t objects; /* bit n: level n is an object */
	const JsonCaps *caps;
	Err *e;
} Scan;

static int
scan_fail(Scan *s, const char *what)
{
	return err_set(s->e, 0, "invalid JSON at byte %zu: %s", s->pos, what);
}

static int
peek(const Scan *s)
{
	return s->pos < s->len ? (unsigned char) s->text[s->pos] : -1;
}

static void
skip_space(Scan *s)
{
	while (s->pos < s->len && strchr(" \t\r\n", s->text[s->pos]) != NULL && s->text[s->pos] != '\0')
		s->pos++;
}

static int
count_token(Scan *s)
{
	if (++s->tokens > s->caps->tokens)
		return err_set(s->e, 0, "JSON has more than %zu values", s->caps->tokens);
	return 0;
}

static bool
is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static int
scan_escape(Scan *s)
{
	int c = peek(s);

	if (c <= 0 || strchr("\"\\/bfnrtu", c) == NULL)
		return scan_fail(s, "unknown escape");
	s->pos++;
	if (c != 'u')
		return 0;
	for (int i = 0; i < 4; i++, s->pos++)
	{
		if (s->pos >= s->len || !is_hex(s->text[s->pos]))
			return scan_fail(s, "\\u needs four hexadecimal digits");
	}
	return 0;
}

static int
scan_string(Scan *s)
{
	if (count_token(s) < 0)
		return -1;
	for (s->pos++; s->pos < s->len;)
	{
		unsigned char c = (unsigned char) s->text[s->pos];

		if (c < 0x20)
			return scan_fail(s, "control character in a string");
		s->pos++;
		if (c == '"')
			return 0;
		if (c == '\\' && scan_escape(s) < 0)
			return -1;
	}
	return scan_fail(s, "string has no end");
}

static size_t
skip_digits(Scan *s)
{
	size_t from = s->pos;

	while (s->pos < s->len && s->text[s->pos] >= '0' && s->text[s->pos] <= '9')
		s->pos++;
	return s->pos - from;
}

static int
scan_number(Scan *s)
{
	if (peek(s) == '-')
		s->pos++;
	if (peek(s) == '0')
		s->pos++;
	else if (skip_digits(s) == 0)
		return scan_fail(s, "number without digits");
	if (peek(s) == '.')
	{
		s->pos++;
		if (skip_digits(s) == 0)
			return scan_fail(s, "fraction without digits");
	}
	if (peek(s) == 'e' || peek(s) == 'E')
	{
		s->pos++;
		if (peek(s) == '+' || peek(s) == '-')
			s->pos++;
		if (skip_digits(s) == 0)
			return scan_fail(s, "exponent without digits");
	}
	return 0;
}

static int
scan_word(Scan *s)
{
	static const char *const words[] = {"true", "false", "null"};

	for (size_t i = 0; i < 3; i++)
	{
		size_t n = strlen(words[i]);

		if (s->len - s->pos >= n && memcmp(s->text + s->pos, words[i], n) == 0)
		{
			s->pos += n;
			return 0;
		}
	}
	return scan_fail(s, "value expected");
}

static int
scan_scalar(Scan *s)
{
	int c = peek(s);

	if (c == '"')
		return scan_string(s);
	if (count_token(s) < 0)
		return -1;
	if (c == '-' || (c >= '0' && c <= '9'))
		return scan_number(s);
	return scan_word(s);
}

static bool
in_object(const Scan *s)
{
	return s->depth > 0 && (s->objects >> (s->depth - 1) & 1) != 0;
}

static int
open_level(Scan *s)
{
	bool object = peek(s) == '{';

	if (s->depth >= s->caps->depth || s->depth >= 64)
		return err_set(s->e, 0, "JSON is nested deeper than %zu levels", s->caps->depth);
	if (count_token(s) < 0)
		return -1;
	s->objects &= ~(UINT64_C(1) << s->depth);
	if (object)
		s->objects |= UINT64_C(1) << s->depth;
	s->depth++;
	s->pos++;
	return 0;
}

static int
scan_key(Scan *s)
{
	skip_space(s);
	if (peek(s) != '"')
		return scan_fail(s, "member name expected");
	if (scan_string(s) < 0)
		return -1;
	skip_space(s);
	if (peek(s) != ':')
		return scan_fail(s, "colon expected");
	s->pos++;
	return 0;
}

/* After a value: closes levels until a comma asks for the next one, or the root is closed. */
static int
scan_after_value(Scan *s)
{
	while (s->depth > 0)
	{
		skip_space(s);
		if (peek(s) == ',')
		{
			s->pos++;
			return in_object(s) ? scan_key(s) : 0;
		}
		if (peek(s) != (in_object(s) ? '}' : ']'))
			return scan_fail(s, in_object(s) ? "comma or } expected" : "comma or ] expected");
		s->pos++;
		s->depth--;
	}
	return 0;
}

/* After an opening bracket: true when the container is empty and was closed. */
static bool
close_if_empty(Scan *s)
{
	skip_space(s);
	if (peek(s) != (in_object(s) ? '}' : ']'))
		return false;
	s->pos++;
	s->depth--;
	return true;
}

static int
scan_value(Scan *s)
{
	skip_space(s);
	if (peek(s) != '{' && peek(s) != '[')
		return scan_scalar(s) < 0 ? -1 : scan_after_value(s);
	if (open_level(s) < 0)
		return -1;
	if (close_if_empty(s))
		return scan_after_value(s);
	return in_object(s) ? scan_key(s) : 0;
}

int
json_check(const char *text, size_t len, const JsonCaps *caps, size_t *tokens, Err *e)
{
	Scan s = {.text = text, .len = len, .caps = caps, .e = e};

	if (len > caps->bytes)
		return err_set(e, 0, "JSON of %zu bytes is longer than %zu", len, caps->bytes);
	skip_space(&s);
	if (peek(&s) != '{' && peek(&s) != '[')
		return scan_fail(&s, "object or array expected");
	do
	{
		if (scan_value(&s) < 0)
			return -1;
	} while (s.depth > 0);
	skip_space(&s);
	if (s.pos != len)
		return scan_fail(&s, "text after the end");
	*tokens = s.tokens;
	return 0;
}
