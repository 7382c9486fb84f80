/*
 * Job names, messages and logs are other people's bytes: escape sequences in them could move the cursor, retitle the
 * window or hide what ran. Every value printed on a terminal passes through here. Must not allocate, so that it serves
 * a line of a table and a megabyte of log alike.
 */
#include "text.h"

#include <string.h>
#include <wchar.h>

#define INVALID (-1)
#define CUT_SHORT (-2)

static int
sequence_length(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (first >= 0xc2 && first <= 0xdf)
		return 2;
	if (first >= 0xe0 && first <= 0xef)
		return 3;
	if (first >= 0xf0 && first <= 0xf4)
		return 4;
	return INVALID;
}

/* Decodes one character; returns its length, or INVALID or CUT_SHORT. */
static int
decode(const char *data, size_t length, wchar_t *character)
{
	const unsigned char *bytes = (const unsigned char *) data;
	int size = sequence_length(bytes[0]);
	unsigned long code;

	if (size == INVALID)
		return INVALID;
	code = size == 1 ? bytes[0] : bytes[0] & (0xff >> (size + 1));
	for (int i = 1; i < size; i++)
	{
		if ((size_t) i >= length)
			return CUT_SHORT;
		if ((bytes[i] & 0xc0) != 0x80)
			return INVALID;
		code = code << 6 | (bytes[i] & 0x3f);
	}
	if ((size == 3 && code < 0x800) || (size == 4 && (code < 0x10000 || code > 0x10ffff)) ||
		(code >= 0xd800 && code <= 0xdfff))
		return INVALID;
	*character = (wchar_t) code;
	return size;
}

/* Invisible characters and those that turn the direction of writing make one name look like another. */
static bool
is_deceptive(wchar_t character)
{
	return (character >= 0x200b && character <= 0x200f) || (character >= 0x2028 && character <= 0x202e) ||
		   (character >= 0x2060 && character <= 0x206f) || character == 0xfeff || character == 0xad;
}

static bool
is_printable(wchar_t character, int flags)
{
	if (character == '\n' || character == '\t')
		return (flags & TEXT_LINES) != 0;
	if (character < 0x20 || (character >= 0x7f && character < 0xa0))
		return false;
	if (character < 0x80)
		return true;
	if (flags & TEXT_JSON)
		return !is_deceptive(character);
	return (flags & TEXT_UTF8) != 0 && !is_deceptive(character) && wcwidth(character) >= 0;
}

static void
put_escaped(FILE *out, wchar_t character, int flags)
{
	if (flags & TEXT_JSON)
	{
		fprintf(out, "\\u%04x", (unsigned) character);
		return;
	}
	switch (character)
	{
		case '\n':
			fputs("\\n", out);
			break;
		case '\t':
			fputs("\\t", out);
			break;
		case '\r':
			fputs("\\r", out);
			break;
		default:
			fprintf(out,
					character < 0x80      ? "\\x%02x"
					: character < 0x10000 ? "\\u%04x"
										  : "\\U%08x",
					(unsigned) character);
	}
}

size_t
text_put(FILE *out, const char *data, size_t length, int flags)
{
	size_t done = 0;

	while (done < length)
	{
		wchar_t character;
		int size = decode(data + done, length - done, &character);

		if (size == CUT_SHORT && (flags & TEXT_MORE_FOLLOWS))
			break;
		if (size < 0)
		{
			fprintf(out, "\\x%02x", (unsigned char) data[done]);
			done++;
			continue;
		}
		if (is_printable(character, flags))
			fwrite(data + done, 1, (size_t) size, out);
		else
			put_escaped(out, character, flags);
		done += (size_t) size;
	}
	return done;
}

void
text_put_field(FILE *out, const char *value)
{
	for (; *value; value++)
	{
		switch (*value)
		{
			case '\\':
				fputs("\\\\", out);
				break;
			case '\t':
				fputs("\\t", out);
				break;
			case '\n':
				fputs("\\n", out);
				break;
			case '\r':
				fputs("\\r", out);
				break;
			default:
				fputc(*value, out);
		}
	}
}

/* Columns of the character at text, and its length in bytes. */
static int
character_width(const char *text, int flags, int *size)
{
	wchar_t character;
	int width;

	*size = decode(text, strlen(text), &character);
	if (*size < 0)
	{
		*size = 1;
		return 1;
	}
	if (character < 0x80 || !(flags & TEXT_UTF8))
		return 1;
	width = wcwidth(character);
	return width < 0 ? 1 : width;
}

int
text_width(const char *text, int flags)
{
	int width = 0;
	int size;

	for (; *text; text += size)
		width += character_width(text, flags, &size);
	return width;
}

int
text_put_width(FILE *out, const char *text, int width, int flags)
{
	bool cut = text_width(text, flags) > width;
	const char *mark = flags & TEXT_UTF8 ? "\xe2\x80\xa6" : "~";
	int used = 0;

	while (*text)
	{
		int size;
		int columns = character_width(text, flags, &size);

		if (used + columns > width - (cut ? 1 : 0))
			break;
		fwrite(text, 1, (size_t) size, out);
		text += size;
		used += columns;
	}
	if (cut && width > 0)
	{
		fputs(mark, out);
		used++;
	}
	return used;
}
