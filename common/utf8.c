/*
 * utf8.c - whether bytes are UTF-8, as strictly as PostgreSQL takes it, and
 * making them so.
 */
#include "utf8.h"

size_t
utf8_length(const char *text, size_t left)
{
	const unsigned char *p = (const unsigned char *) text;
	size_t n = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : p[0] < 0xf5 ? 4 : 0;

	if (n == 0 || n > left)
		return 0;
	for (size_t i = 1; i < n; i++)
	{
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	}
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) || (p[0] == 0xf0 && p[1] < 0x90) ||
		(p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return n;
}

bool
utf8_valid(const char *text, size_t len)
{
	for (size_t i = 0; i < len;)
	{
		size_t n = utf8_length(text + i, len - i);

		if (n == 0)
			return false;
		i += n;
	}
	return true;
}

static void
put(Buf *out, const char *text, size_t len, bool line)
{
	for (size_t i = 0; i < len;)
	{
		size_t n = utf8_length(text + i, len - i);

		if (n == 0)
			buf_puts(out, "\xef\xbf\xbd");
		else if (line && ((unsigned char) text[i] < 0x20 || text[i] == 0x7f))
			buf_putc(out, ' ');
		else
			buf_append(out, text + i, n);
		i += n > 0 ? n : 1;
	}
}

void
utf8_put_line(Buf *out, const char *text, size_t len)
{
	put(out, text, len, true);
}

void
utf8_put_text(Buf *out, const char *text, size_t len)
{
	put(out, text, len, false);
}
