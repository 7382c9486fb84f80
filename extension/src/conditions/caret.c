/*
 * The text around an error with a caret below it.
 *
 * Of a long text a window is shown. Letters are counted, not columns: what is wide on a screen moves the caret.
 */
#include <string.h>

#include "buf.h"
#include "condition.h"
#include "reader.h"

#define LETTERS 100 /* of each line */
#define BEFORE 40   /* at most, before the error in a window */
#define CUT "..."

/* The byte at which a letter begins, from 0; the end of the text for those behind it. */
static int
byte_of(const char *text, int letter)
{
	int at = 0;

	while (letter > 0 && text[at] != '\0')
	{
		do
			at++;
		while (((unsigned char) text[at] & 0xc0) == 0x80);
		letter--;
	}
	return at;
}

/* Line breaks are blanks here, or there would be more lines. */
static void
put_letters(Buf *out, const char *text, int from, int to)
{
	int end = byte_of(text, to);

	for (int i = byte_of(text, from); i < end; i++)
		buf_putc(out, (unsigned char) text[i] < 0x20 || text[i] == 0x7f ? ' ' : text[i]);
}

char *
jg_condition_caret(const char *text, const JgConditionError *error)
{
	int letters = jg_reading_position(text, (int) strlen(text)) - 1;
	int at = jg_reading_position(text, error->position) - 1;
	int marked = jg_reading_position(text, error->position + error->length) - 1 - at;
	int room = letters + (at == letters); /* a caret may stand behind the text */
	int from = at > BEFORE && room > LETTERS ? at - BEFORE : 0;
	bool cut_before;
	bool cut_behind;
	Buf out = {0};

	if (from > 0 && from > room - LETTERS)
		from = room - LETTERS;
	cut_before = from > 0;
	cut_behind = letters > from + LETTERS;
	if (cut_before)
		buf_puts(&out, CUT);
	put_letters(&out, text, from + (cut_before ? 3 : 0), cut_behind ? from + LETTERS - 3 : from + LETTERS);
	if (cut_behind)
		buf_puts(&out, CUT);
	buf_putc(&out, '\n');
	for (int i = from; i < at; i++)
		buf_putc(&out, ' ');
	for (int i = 0; i < marked || i == 0; i++)
		if (at + i < from + LETTERS)
			buf_putc(&out, '^');
	return out.data;
}
