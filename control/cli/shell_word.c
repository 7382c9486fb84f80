/*
 * Quotes as little as it can, because it is read by people, and by what is known to be safe, not by what is known to be
 * dangerous.
 */
#include "shell_word.h"

#include <string.h>

void
shell_word_put(Buf *out, const char *text)
{
	if (*text && strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./") == strlen(text))
	{
		buf_puts(out, text);
		return;
	}
	buf_putc(out, '\'');
	for (const char *p = text; *p; p++)
	{
		if (*p == '\'')
			buf_puts(out, "'\\'");
		buf_putc(out, *p);
	}
	buf_putc(out, '\'');
}
