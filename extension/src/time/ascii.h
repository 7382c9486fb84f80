/* Letters of ASCII without a locale: keywords are compared whatever their case. Pure: no server inside. */
#ifndef JG_ASCII_H
#define JG_ASCII_H

#include <stdbool.h>
#include <stddef.h>

static inline char
jg_ascii_upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char) (c - ('a' - 'A')) : c;
}

/* Whether the text is the upper-case word, as far as that length. */
static inline bool
jg_ascii_same(const char *text, const char *upper, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (jg_ascii_upper(text[i]) != upper[i])
			return false;
	return true;
}

#endif
