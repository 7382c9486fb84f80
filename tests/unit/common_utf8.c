/*
 * UTF-8: against a decoder that is written another way, for every sequence of up to three bytes and many of four.
 */
#include "utf8.h"

#include <string.h>

#include "tap.h"

static const unsigned edges[] = {0x00, 0x1f, 0x20, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0,
								 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee,
								 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xf8, 0xfc, 0xff};
#define EDGES (sizeof(edges) / sizeof(edges[0]))

/* Encodes a character and compares: what no character encodes to is none. */
static size_t
expected_length(const char *text, size_t left)
{
	const unsigned char *p = (const unsigned char *) text;

	for (size_t n = 1; n <= 4 && n <= left; n++)
	{
		static const unsigned marks[] = {0, 0, 0xc0, 0xe0, 0xf0};
		static const unsigned lows[] = {0, 0, 0x80, 0x800, 0x10000};
		unsigned code = n == 1 ? p[0] : p[0] & (0x7fu >> n);
		bool good = n == 1 ? p[0] < 0x80 : (p[0] & (0xff00u >> (n + 1) & 0xff)) == marks[n];

		for (size_t i = 1; i < n; i++)
		{
			good = good && p[i] >= 0x80 && p[i] < 0xc0;
			code = code << 6 | (p[i] & 0x3fu);
		}
		if (good && code >= lows[n] && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff))
			return n;
	}
	return 0;
}

/* In memory of exactly the length, so that the sanitizer sees a read past the end. */
static bool
agrees(const char *bytes, size_t len)
{
	char *text = malloc(len);
	bool good;

	memcpy(text, bytes, len);
	good = utf8_length(text, len) == expected_length(text, len);
	free(text);
	return good;
}

static int
wrong_lengths(void)
{
	int wrong = 0;

	for (unsigned all = 0; all < 65536; all++)
		wrong += !agrees((const char[]){(char) (all >> 8), (char) all}, 2) + !agrees((const char[]){(char) all}, 1);
	for (size_t i = 0; i < EDGES * EDGES * EDGES * EDGES; i++)
	{
		char bytes[4] = {(char) edges[i % EDGES], (char) edges[i / EDGES % EDGES],
						 (char) edges[i / EDGES / EDGES % EDGES], (char) edges[i / EDGES / EDGES / EDGES]};

		wrong += !agrees(bytes, 4) + !agrees(bytes, 3);
	}
	return wrong;
}

static bool
line_is(const char *text, size_t len, const char *expected)
{
	cleanup_buf Buf line = {0};

	utf8_put_line(&line, text, len);
	return strcmp(buf_text(&line), expected) == 0 && line.len == strlen(expected);
}

static bool
text_is(const char *text, size_t len, const char *expected)
{
	cleanup_buf Buf clean = {0};

	utf8_put_text(&clean, text, len);
	return strcmp(buf_text(&clean), expected) == 0 && clean.len == strlen(expected);
}

int
main(void)
{
	ok(wrong_lengths() == 0, "every sequence of two bytes, and what matters of three and four");
	ok(utf8_valid("", 0) && utf8_valid("a\303\251\360\237\230\200", 7), "texts");
	ok(!utf8_valid("a\303", 2) && !utf8_valid("\351t\351", 3), "and what is none");
	ok(line_is("a\n\tb\0c\177", 7, "a  b c "), "a line has no control characters");
	ok(line_is("\303\251\377\303", 4, "\303\251\357\277\275\357\277\275"), "and only characters");
	ok(text_is("a\n\tb\303\251\303", 7, "a\n\tb\303\251\357\277\275"),
	   "a text that was cut keeps all but the cut letter");
	return done_testing();
}
