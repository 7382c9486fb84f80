/*
 * A condition's text in tokens.
 *
 * Names have letters of any language and most signs, so that a word is what lies between signs that mean something. What a
 * word processor makes of quotes and blanks would be part of such words, and nobody would see it: it is a token of its own.
 */
#include "token.h"

#include <string.h>

#include "mem.h"

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool
is_control(char c)
{
	return (unsigned char) c < 0x20 || c == 0x7f;
}

char
jg_token_typographic(const char *text)
{
	const unsigned char *p = (const unsigned char *) text;

	/* U+2018 to U+201F, then the angle ones */
	if (p[0] == 0xe2 && p[1] == 0x80 && p[2] >= 0x98 && p[2] <= 0x9f)
		return p[2] <= 0x9b ? '\'' : '"';
	return p[0] == 0xc2 && (p[1] == 0xab || p[1] == 0xbb) ? '"' : '\0';
}

/* Blanks that look like a plain one, or like nothing. */
static int
strange_blank(const char *text)
{
	static const char *const blanks[] = {"\xc2\xa0", "\xe2\x80\xaf", "\xe2\x81\xa0", "\xe3\x80\x80", "\xef\xbb\xbf"};
	const unsigned char *p = (const unsigned char *) text;

	for (int i = 0; i < (int) (sizeof(blanks) / sizeof(blanks[0])); i++)
		if (strncmp(text, blanks[i], strlen(blanks[i])) == 0)
			return (int) strlen(blanks[i]);
	/* U+2000 to U+200B */
	return p[0] == 0xe2 && p[1] == 0x80 && p[2] >= 0x80 && p[2] <= 0x8b ? 3 : 0;
}

/* The length of a letter that stands nowhere, 0: it is none. */
static int
alien(const char *text)
{
	if (jg_token_typographic(text) != '\0')
		return (unsigned char) text[0] == 0xe2 ? 3 : 2;
	if (strange_blank(text) > 0)
		return strange_blank(text);
	return text[0] != '\0' && !is_blank(text[0]) && is_control(text[0]);
}

static bool
is_sign(char c)
{
	return strchr("(),\"'^&|<>=!", c) != NULL;
}

/* The length of a word, which may be 0. */
static int
word_length(const char *text)
{
	int n = 0;

	while (text[n] != '\0' && !is_blank(text[n]) && !is_sign(text[n]) && alien(text + n) == 0)
		n++;
	return n;
}

static JgToken
quoted(const char *text, int at)
{
	char quote = text[at];
	JgToken token = {quote == '"' ? JG_TOKEN_QUOTED : JG_TOKEN_TEXT, at, 0};
	int end = at + 1;

	while (text[end] != '\0' && (text[end] != quote || text[end + 1] == quote))
		end += text[end] == quote ? 2 : 1;
	if (text[end] == '\0')
		token.kind = JG_TOKEN_UNCLOSED;
	else
		end++;
	token.length = end - at;
	return token;
}

static JgTokenKind
sign_kind(char c)
{
	switch (c)
	{
		case '(':
			return JG_TOKEN_OPEN;
		case ')':
			return JG_TOKEN_CLOSE;
		case ',':
			return JG_TOKEN_COMMA;
		case '^':
			return JG_TOKEN_CARET;
		case '&':
			return JG_TOKEN_AND;
		case '|':
			return JG_TOKEN_OR;
		default:
			return JG_TOKEN_COMPARE;
	}
}

JgToken
jg_token_next(const char *text, int from)
{
	int at = from;
	int length;

	while (is_blank(text[at]))
		at++;
	if (text[at] == '\0')
		return (JgToken){JG_TOKEN_END, at, 0};
	if (text[at] == '"' || text[at] == '\'')
		return quoted(text, at);
	if ((length = alien(text + at)) > 0)
		return (JgToken){JG_TOKEN_ALIEN, at, length};
	if (is_sign(text[at]))
	{
		JgTokenKind kind = sign_kind(text[at]);

		return (JgToken){kind, at, kind == JG_TOKEN_COMPARE ? (int) strspn(text + at, "<>=!") : 1};
	}
	return (JgToken){JG_TOKEN_WORD, at, word_length(text + at)};
}

char *
jg_token_content(const char *text, const JgToken *token)
{
	bool in_quotes = token->kind == JG_TOKEN_QUOTED || token->kind == JG_TOKEN_TEXT;
	const char *from = text + token->at + in_quotes;
	const char *end = text + token->at + token->length - in_quotes;
	char quote = text[token->at];
	char *content = mem_alloc((size_t) token->length + 1);
	char *to = content;

	while (from < end)
	{
		*to++ = *from;
		from += in_quotes && *from == quote ? 2 : 1;
	}
	*to = '\0';
	return content;
}

bool
jg_token_is_word(const char *name)
{
	return name[0] != '\0' && name[word_length(name)] == '\0';
}

void
jg_token_put_quoted(Buf *out, const char *text, char quote)
{
	buf_putc(out, quote);
	for (; *text != '\0'; text++)
	{
		if (*text == quote)
			buf_putc(out, quote);
		buf_putc(out, *text);
	}
	buf_putc(out, quote);
}
