/*
 * Values of an iCalendar file.
 *
 * What zone a time belongs to does not matter: a holiday is the day that is written.
 */
#include "ics_value.h"

#include <string.h>

#include "ascii.h"
#include "civil.h"

/* Years that dates may have: feeds let rules begin long before 1970 and end in 9999. */
#define FIRST_YEAR 1601
#define LAST_YEAR 9999

/* Takes so many digits. */
static bool
take_digits(JgIcsText *text, int digits, int *number)
{
	*number = 0;
	for (int i = 0; i < digits; i++)
	{
		int byte = jg_ics_byte(text);

		if (byte < '0' || byte > '9')
			return false;
		*number = *number * 10 + (byte - '0');
	}
	return true;
}

bool
jg_ics_date(JgIcsText *text, int64_t *moment)
{
	int year;
	int month;
	int day;
	int hour = 0;
	int minute = 0;
	int second = 0;

	if (!take_digits(text, 4, &year) || !take_digits(text, 2, &month) || !take_digits(text, 2, &day))
		return false;
	if (year < FIRST_YEAR || year > LAST_YEAR || month < 1 || month > 12 || day < 1 ||
		day > jg_civil_month_length(year, month))
		return false;
	if (jg_ics_take(text, 'T'))
	{
		if (!take_digits(text, 2, &hour) || !take_digits(text, 2, &minute) || !take_digits(text, 2, &second))
			return false;
		if (hour > 23 || minute > 59 || second > 60)
			return false;
		jg_ics_take(text, 'Z');
		if (second == 60)
			second = 59;
	}
	*moment = (int64_t) jg_civil_day(year, month, day) * JG_DAY_SECONDS + hour * 3600 + minute * 60 + second;
	return true;
}

int32_t
jg_ics_day(int64_t moment)
{
	return (int32_t) ((moment >= 0 ? moment : moment - (JG_DAY_SECONDS - 1)) / JG_DAY_SECONDS);
}

/* Takes numbers with these units, each at most once and in this order; how many there were. */
static int
take_units(JgIcsText *text, const char *units, const int32_t *seconds, int64_t *total)
{
	int taken = 0;

	for (size_t i = 0; units[i] != '\0'; i++)
	{
		JgIcsText next = *text;
		int number;

		if (!jg_ics_number(&next, 6, &number) || jg_ascii_upper((char) jg_ics_byte(&next)) != units[i])
			continue;
		*total += (int64_t) number * seconds[i];
		*text = next;
		taken++;
	}
	return taken;
}

bool
jg_ics_duration(JgIcsText text, int64_t *seconds)
{
	static const int32_t of_days[] = {7 * JG_DAY_SECONDS, JG_DAY_SECONDS};
	static const int32_t of_times[] = {3600, 60, 1};
	int taken;

	*seconds = 0;
	jg_ics_take(&text, '+');
	if (!jg_ics_take(&text, 'P'))
		return false;
	taken = take_units(&text, "WD", of_days, seconds);
	if (jg_ics_take(&text, 'T'))
		taken = take_units(&text, "HMS", of_times, seconds);
	return taken > 0 && jg_ics_byte(&text) < 0;
}

/* Takes one character as bytes; how many, 0 = the end, -1 = no UTF-8. */
static int
take_character(JgIcsText *text, char *bytes)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	int first = jg_ics_byte(text);
	int size = first < 0x80 ? 1 : first < 0xc0 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf8 ? 4 : 0;
	uint32_t code = (uint32_t) first & (0xffU >> (size + 1));

	if (first < 0)
		return 0;
	if (size == 0)
		return -1;
	bytes[0] = (char) first;
	for (int i = 1; i < size; i++)
	{
		int byte = jg_ics_byte(text);

		if (byte < 0x80 || byte > 0xbf)
			return -1;
		code = code << 6 | ((uint32_t) byte & 0x3f);
		bytes[i] = (char) byte;
	}
	if (size > 1 && (code < least[size] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)))
		return -1;
	return size;
}

/* What a backslash and the text behind it mean; before anything else it is one that somebody forgot to escape. */
static char
unescape(JgIcsText *text)
{
	if (jg_ics_take(text, ';'))
		return ';';
	if (jg_ics_take(text, ','))
		return ',';
	if (jg_ics_take(text, 'n') || jg_ics_take(text, 'N'))
		return '\n';
	jg_ics_take(text, '\\');
	return '\\';
}

bool
jg_ics_text(JgIcsText text, char *label, size_t size)
{
	size_t length = 0;
	bool room = true;
	char bytes[4];

	for (;;)
	{
		int taken = take_character(&text, bytes);

		if (taken <= 0)
		{
			label[length] = '\0';
			return taken == 0;
		}
		if (((unsigned char) bytes[0] < ' ' && bytes[0] != '\t') || bytes[0] == 0x7f)
			return false;
		if (bytes[0] == '\\')
			bytes[0] = unescape(&text);
		room = room && length + (size_t) taken < size;
		if (room)
		{
			memcpy(label + length, bytes, (size_t) taken);
			length += (size_t) taken;
		}
	}
}
