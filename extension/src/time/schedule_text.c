/*
 * The text of a schedule in pieces, and what is wrong with it.
 *
 * The first thing that is wrong is the one that is told. A hint is a whole text that can be pasted: it is only given
 * when it is read without an error.
 */
#include "schedule_text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../distance.h"
#include "schedule_parts.h"

#define LONGEST_WORD 24

const JgWord jg_words_weekdays[] = {
	{"sun", 0},     {"sunday", 0},    {"sundays", 0},    {"mon", 1},       {"monday", 1},
	{"mondays", 1}, {"tue", 2},       {"tues", 2},       {"tuesday", 2},   {"tuesdays", 2},
	{"wed", 3},     {"wednesday", 3}, {"wednesdays", 3}, {"thu", 4},       {"thur", 4},
	{"thurs", 4},   {"thursday", 4},  {"thursdays", 4},  {"fri", 5},       {"friday", 5},
	{"fridays", 5}, {"sat", 6},       {"saturday", 6},   {"saturdays", 6}, {NULL, 0}};

const JgWord jg_words_months[] = {{"jan", 1},   {"january", 1},   {"feb", 2},       {"february", 2},  {"mar", 3},
								  {"march", 3}, {"apr", 4},       {"april", 4},     {"may", 5},       {"jun", 6},
								  {"june", 6},  {"jul", 7},       {"july", 7},      {"aug", 8},       {"august", 8},
								  {"sep", 9},   {"sept", 9},      {"september", 9}, {"oct", 10},      {"october", 10},
								  {"nov", 11},  {"november", 11}, {"dec", 12},      {"december", 12}, {NULL, 0}};

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char) (c - 'A' + 'a') : c;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool
jg_reader_cut(JgReader *reader, const char *text, bool at_commas)
{
	size_t length = strlen(text);
	size_t at = 0;

	reader->text = text;
	reader->n = reader->at = 0;
	if (length > JG_SCHEDULE_TEXT)
		return jg_reader_fail(reader, -1, "a schedule has at most %d bytes", JG_SCHEDULE_TEXT);
	while (at < length)
	{
		size_t end = at;

		if (is_blank(text[at]))
		{
			at++;
			continue;
		}
		if (at_commas && text[at] == ',')
			end++;
		else
			while (end < length && !is_blank(text[end]) && !(at_commas && text[end] == ','))
				end++;
		if (reader->n == JG_PIECES)
			return jg_reader_fail(reader, -1, "a schedule has at most %d words", JG_PIECES);
		reader->pieces[reader->n++] = (JgPiece){(uint16_t) at, (uint16_t) (end - at)};
		at = end;
	}
	return true;
}

static const JgPiece *
piece(const JgReader *reader, int ahead)
{
	int i = reader->at + ahead;

	return i >= 0 && i < reader->n ? &reader->pieces[i] : NULL;
}

bool
jg_reader_is(const JgReader *reader, int ahead, const char *word)
{
	const JgPiece *p = piece(reader, ahead);

	if (p == NULL || strlen(word) != p->length)
		return false;
	for (int i = 0; i < p->length; i++)
		if (lower(reader->text[p->start + i]) != word[i])
			return false;
	return true;
}

bool
jg_reader_take(JgReader *reader, const char *word)
{
	bool is = jg_reader_is(reader, 0, word);

	reader->at += is;
	return is;
}

bool
jg_reader_take_join(JgReader *reader)
{
	int before = reader->at;

	while (jg_reader_take(reader, ",") || jg_reader_take(reader, "and"))
		;
	return reader->at > before;
}

bool
jg_reader_word(const JgReader *reader, int ahead, char *word, size_t size)
{
	const JgPiece *p = piece(reader, ahead);

	if (p == NULL || p->length >= size)
		return false;
	for (int i = 0; i < p->length; i++)
		word[i] = lower(reader->text[p->start + i]);
	word[p->length] = '\0';
	return true;
}

bool
jg_reader_find(const JgReader *reader, int ahead, const JgWord *words, int *value)
{
	for (; words->word != NULL; words++)
		if (jg_reader_is(reader, ahead, words->word))
		{
			*value = words->value;
			return true;
		}
	return false;
}

bool
jg_reader_number(const JgReader *reader, int ahead, int most, int *number)
{
	const JgPiece *p = piece(reader, ahead);

	*number = 0;
	if (p == NULL)
		return false;
	for (int i = 0; i < p->length; i++)
	{
		char c = reader->text[p->start + i];

		if (c < '0' || c > '9')
			return false;
		*number = *number * 10 + (c - '0');
		if (*number > most)
			return false;
	}
	return true;
}

/* The position of a byte in characters, from 1. */
static int
position_of(const char *text, int byte)
{
	int position = 1;

	for (int i = 0; i < byte; i++)
		position += ((unsigned char) text[i] & 0xc0) != 0x80;
	return position;
}

int
jg_text_shown(const char *text, size_t length)
{
	if (length <= LONGEST_WORD * 2)
		return (int) length;
	length = LONGEST_WORD * 2;
	while (length > 0 && ((unsigned char) text[length] & 0xc0) == 0x80)
		length--;
	return (int) length;
}

bool
jg_reader_fail(JgReader *reader, int ahead, const char *format, ...)
{
	JgScheduleError *error = reader->error;
	const JgPiece *p = ahead >= 0 ? piece(reader, ahead) : NULL;
	va_list arguments;
	size_t length;

	if (error->message[0] != '\0')
		return false;
	va_start(arguments, format);
	vsnprintf(error->message, sizeof(error->message), format, arguments);
	va_end(arguments);
	if (p == NULL)
		return false;
	error->position = position_of(reader->text, p->start);
	length = strlen(error->message);
	snprintf(error->message + length, sizeof(error->message) - length, ", at position %d", error->position);
	return false;
}

void
jg_reader_suggest(JgReader *reader, int ahead, int n, const char *replacement)
{
	const JgPiece *first = piece(reader, ahead);
	const JgPiece *last = piece(reader, ahead + n - 1);
	char mended[JG_SCHEDULE_TEXT + 1];
	JgSchedule schedule;
	JgScheduleError error;
	int length;

	if (!reader->hints || first == NULL || last == NULL || reader->error->hint[0] != '\0')
		return;
	length = snprintf(mended, sizeof(mended), "%.*s%s%s", first->start, reader->text, replacement,
					  reader->text + last->start + last->length);
	if (length < 0 || (size_t) length >= sizeof(mended) || !jg_schedule_read(mended, &schedule, &error, false))
		return;
	snprintf(reader->error->hint, sizeof(reader->error->hint), "Did you mean: %s", mended);
}

static const char *
closest(const char *word, const JgWord *const *lists)
{
	const char *best = NULL;
	int best_distance = (int) strlen(word) / 3 + 2;

	for (; *lists != NULL; lists++)
		for (const JgWord *candidate = *lists; candidate->word != NULL; candidate++)
		{
			int d = jg_distance(word, candidate->word);

			if (d < best_distance)
			{
				best_distance = d;
				best = candidate->word;
			}
		}
	return best;
}

bool
jg_reader_refuse(JgReader *reader, const char *what, const JgWord *const *lists)
{
	const JgPiece *p = piece(reader, 0);
	char word[LONGEST_WORD + 1] = "";
	const char *near;

	if (reader->error->message[0] != '\0')
		return false;
	if (p == NULL)
		return jg_reader_fail(reader, -1, "the schedule ends where %s is expected", what);
	reader->error->position = position_of(reader->text, p->start);
	snprintf(reader->error->message, sizeof(reader->error->message), "\"%.*s\" at position %d is not %s",
			 jg_text_shown(reader->text + p->start, p->length), reader->text + p->start, reader->error->position, what);
	if (lists != NULL && jg_reader_word(reader, 0, word, sizeof(word)) && (near = closest(word, lists)) != NULL)
		jg_reader_suggest(reader, 0, 1, near);
	return false;
}
