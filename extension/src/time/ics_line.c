/*
 * Lines of an iCalendar file.
 *
 * What ends a line is LF, with or without CR in front. A line goes on where the next one begins with a blank, even in the
 * middle of a character: bytes are put together here, before anybody looks at what they mean.
 */
#include "ics_line.h"

#include <string.h>

#include "ascii.h"

int
jg_ics_byte(JgIcsText *text)
{
	/* Within a text a line end is always a fold. */
	for (;;)
	{
		size_t left = (size_t) (text->end - text->at);

		if (left >= 2 && text->at[0] == '\n')
			text->at += 2;
		else if (left >= 3 && text->at[0] == '\r' && text->at[1] == '\n')
			text->at += 3;
		else if (left > 0)
			return (unsigned char) *text->at++;
		else
			return -1;
	}
}

bool
jg_ics_take(JgIcsText *text, char byte)
{
	JgIcsText next = *text;

	if (jg_ics_byte(&next) != (unsigned char) byte)
		return false;
	*text = next;
	return true;
}

static bool
is_digit(int byte)
{
	return byte >= '0' && byte <= '9';
}

void
jg_ics_word(JgIcsText *text, char *word, size_t size)
{
	size_t length = 0;
	JgIcsText next = *text;

	for (;;)
	{
		int byte = jg_ics_byte(&next);
		char letter = byte < 0 ? '\0' : jg_ascii_upper((char) byte);

		if (!is_digit(byte) && letter != '-' && !(letter >= 'A' && letter <= 'Z'))
			break;
		if (length < size - 1)
			word[length++] = letter;
		*text = next;
	}
	word[length] = '\0';
}

bool
jg_ics_number(JgIcsText *text, int most, int *number)
{
	JgIcsText next = *text;
	int digits = 0;

	*number = 0;
	for (int byte = jg_ics_byte(&next); is_digit(byte); byte = jg_ics_byte(&next))
	{
		if (++digits > most)
			return false;
		*number = *number * 10 + (byte - '0');
		*text = next;
	}
	return digits > 0;
}

/* Takes a line with all that is folded to it. */
static JgIcsText
take_line(JgIcsLines *lines)
{
	JgIcsText text = {lines->at, lines->at};

	do
	{
		const char *lf = memchr(lines->at, '\n', (size_t) (lines->end - lines->at));

		text.end = lf != NULL ? lf : lines->end;
		lines->at = lf != NULL ? lf + 1 : lines->end;
		lines->number++;
	} while (lines->at < lines->end && (*lines->at == ' ' || *lines->at == '\t'));
	if (text.end > text.at && text.end[-1] == '\r')
		text.end--;
	return text;
}

/* Takes parameters and the colon behind them; one in quotes is none. */
static bool
skip_parameters(JgIcsText *text)
{
	bool quoted = false;

	for (;;)
	{
		int byte = jg_ics_byte(text);

		if (byte < 0)
			return false;
		if (byte == '"')
			quoted = !quoted;
		if (byte == ':' && !quoted)
			return true;
	}
}

JgIcsRead
jg_ics_line(JgIcsLines *lines, JgIcsLine *line)
{
	JgIcsText text = {NULL, NULL};

	while (text.at == text.end)
	{
		if (lines->at == lines->end)
			return JG_ICS_NO_LINE;
		line->number = lines->number + 1;
		text = take_line(lines);
	}
	jg_ics_word(&text, line->name, sizeof(line->name));
	if (line->name[0] == '\0')
		return JG_ICS_BAD_LINE;
	if (!jg_ics_take(&text, ':') && !(jg_ics_take(&text, ';') && skip_parameters(&text)))
		return JG_ICS_BAD_LINE;
	line->value = text;
	return JG_ICS_LINE;
}
