/*
 * base64.c - bytes from base64.
 */
#include "base64.h"

#include <stdint.h>
#include <string.h>

static int
digit(char c)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *found = c != '\0' ? strchr(alphabet, c) : NULL;

	return found != NULL ? (int) (found - alphabet) : -1;
}

/* Up to four characters of a group, line ends passed over; gives how many. */
static size_t
next_group(const char **text, const char *end, char group[4])
{
	size_t n = 0;

	for (; *text < end && n < 4; (*text)++)
	{
		if (**text != '\n' && **text != '\r')
			group[n++] = **text;
	}
	return n;
}

int
base64_decode(const char *text, size_t len, Buf *out)
{
	const char *end = text + len;
	char group[4];
	size_t n;

	while ((n = next_group(&text, end, group)) > 0)
	{
		uint32_t bits = 0;
		int padding = n == 4 && group[3] == '=' ? 1 + (group[2] == '=') : 0;

		for (int i = 0; i < 4 - padding; i++)
		{
			int value = n == 4 ? digit(group[i]) : -1;

			if (value < 0)
				return -1;
			bits |= (uint32_t) value << (18 - 6 * i);
		}
		for (int i = 0; i < 3 - padding; i++)
			buf_putc(out, (char) (bits >> (16 - 8 * i) & 0xff));
		/* Padding is the end. */
		if (padding > 0)
			return next_group(&text, end, group) == 0 ? 0 : -1;
	}
	return 0;
}
