/*
 * Lists as cron's fields have them: 0,7,10-20/5, names, H.
 *
 * The words of a schedule use the same lists for what plain times cannot say.
 */
#include <string.h>

#include "schedule_parts.h"

const JgFieldKind jg_field_second = {"second", 0, 59, NULL};
const JgFieldKind jg_field_minute = {"minute", 0, 59, NULL};
const JgFieldKind jg_field_hour = {"hour", 0, 23, NULL};

/* A part of a field. */
typedef struct Span
{
	const char *at;
	const char *end;
} Span;

static bool
take(Span *span, char c)
{
	if (span->at == span->end || *span->at != c)
		return false;
	span->at++;
	return true;
}

static bool
refuse(JgReader *reader, const JgFieldKind *kind, Span item)
{
	int shown = jg_text_shown(item.at, (size_t) (item.end - item.at));

	return jg_reader_fail(reader, 0, "\"%.*s\" is no list of %ss", shown, item.at, kind->name);
}

static bool
read_number(Span *span, int *value)
{
	const char *first = span->at;

	*value = 0;
	for (; span->at < span->end && *span->at >= '0' && *span->at <= '9'; span->at++)
	{
		*value = *value * 10 + (*span->at - '0');
		if (*value > 100000)
			return false;
	}
	return span->at > first;
}

static bool
read_name(Span *span, const JgWord *words, int *value)
{
	const char *end = span->at;

	while (end < span->end && ((*end >= 'a' && *end <= 'z') || (*end >= 'A' && *end <= 'Z')))
		end++;
	for (; words != NULL && words->word != NULL; words++)
	{
		size_t length = strlen(words->word);
		size_t same = 0;

		if (length != (size_t) (end - span->at))
			continue;
		while (same < length && (span->at[same] | 0x20) == words->word[same])
			same++;
		if (same == length)
		{
			*value = words->value;
			span->at = end;
			return true;
		}
	}
	return false;
}

static bool
read_value(JgReader *reader, const JgFieldKind *kind, Span item, Span *span, int *value)
{
	if (!read_number(span, value) && !read_name(span, kind->words, value))
		return refuse(reader, kind, item);
	if (*value < kind->low || *value > kind->high)
		return jg_reader_fail(reader, 0, "%s %d is not between %d and %d", kind->name, *value, kind->low, kind->high);
	return true;
}

static bool
read_step(JgReader *reader, const JgFieldKind *kind, Span item, Span *span, int *step)
{
	if (!read_number(span, step))
		return refuse(reader, kind, item);
	if (*step < 1 || *step > kind->high - kind->low + 1)
		return jg_reader_fail(reader, 0, "a step of %ss is between 1 and %d, not %d", kind->name,
							  kind->high - kind->low + 1, *step);
	return true;
}

/* H, H/15, H(0-29), H(0-29)/10 */
static bool
read_hash(JgReader *reader, const JgFieldKind *kind, Span item, JgHash *hash)
{
	Span span = {item.at + 1, item.end};
	int low = kind->low;
	int high = kind->high;
	int step = 0;

	if (take(&span, '(') && (!read_value(reader, kind, item, &span, &low) || !take(&span, '-') ||
							 !read_value(reader, kind, item, &span, &high) || !take(&span, ')') || high < low))
		return refuse(reader, kind, item);
	if (take(&span, '/') && !read_step(reader, kind, item, &span, &step))
		return false;
	if (span.at != span.end || step > high - low + 1)
		return refuse(reader, kind, item);
	*hash = (JgHash){true, (uint8_t) low, (uint8_t) high, (uint8_t) step};
	return true;
}

static bool
read_item(JgReader *reader, const JgFieldKind *kind, Span item, JgField *field)
{
	Span span = item;
	int low = kind->low;
	int high = kind->high;
	int step = 1;
	bool single = false;

	if (!take(&span, '*') && !take(&span, '?'))
	{
		if (!read_value(reader, kind, item, &span, &low))
			return false;
		single = !take(&span, '-');
		high = low;
		if (!single && !read_value(reader, kind, item, &span, &high))
			return false;
	}
	if (take(&span, '/'))
	{
		if (!read_step(reader, kind, item, &span, &step))
			return false;
		if (single)
			high = kind->high;
	}
	if (span.at != span.end)
		return refuse(reader, kind, item);
	/* Days of the week come round. */
	if (high < low && kind->words != jg_words_weekdays)
		return jg_reader_fail(reader, 0, "the range \"%.*s\" of %ss goes backwards",
							  jg_text_shown(item.at, (size_t) (item.end - item.at)), item.at, kind->name);
	if (high < low)
		high += 7;
	for (int value = low; value <= high; value += step)
		field->bits |= UINT64_C(1) << (kind->words == jg_words_weekdays ? value % 7 : value);
	return true;
}

bool
jg_read_field(JgReader *reader, const JgFieldKind *kind, const char *text, size_t length, JgField *field, bool *star)
{
	const char *end = text + length;

	*star = length > 0 && text[0] == '*';
	if (length > 0 && (text[0] == 'H' || text[0] == 'h'))
	{
		if (field->bits != 0 || field->hash.on)
			return jg_reader_fail(reader, 0, "H stands alone in its list of %ss", kind->name);
		return read_hash(reader, kind, (Span){text, end}, &field->hash);
	}
	if (field->hash.on)
		return jg_reader_fail(reader, 0, "H stands alone in its list of %ss", kind->name);
	for (;;)
	{
		const char *comma = memchr(text, ',', (size_t) (end - text));

		if (!read_item(reader, kind, (Span){text, comma ? comma : end}, field))
			return false;
		if (comma == NULL)
			return true;
		text = comma + 1;
	}
}
