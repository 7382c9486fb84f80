/*
 * How far back an end may lie, as texts of both spellings.
 *
 * AutoSys' number is hours, and its dot parts hours from minutes: 1.5 is nothing, 1.50 is an hour and fifty minutes. So
 * minutes are two digits or an error, and words are always with their unit.
 */
#include "lookback.h"

#include <string.h>

#include "keyword.h"

#define MOST_HOURS 9998

static const struct
{
	const char *word;
	int minutes;
} units[] = {{"days", 1440}, {"day", 1440},  {"hours", 60}, {"hour", 60}, {"hrs", 60},
			 {"h", 60},      {"minutes", 1}, {"minute", 1}, {"mins", 1},  {"min", 1}};

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Goes behind the digits; more than any number that is allowed where there are too many. */
static int
read_number(const char **at)
{
	int n = 0;

	for (; is_digit(**at); (*at)++)
		if (n <= JG_LOOKBACK_MINUTES)
			n = n * 10 + (**at - '0');
	return n;
}

/* Goes behind the unit; 0: there is none. */
static int
read_unit(const char **at)
{
	const char *end;

	*at += strspn(*at, " ");
	for (end = *at; (*end | 0x20) >= 'a' && (*end | 0x20) <= 'z'; end++)
		;
	for (int i = 0; i < (int) (sizeof(units) / sizeof(units[0])); i++)
		if (jg_keyword_is(*at, (int) (end - *at), units[i].word))
		{
			*at = end;
			return units[i].minutes;
		}
	return 0;
}

/* hours:minutes, with nothing around it; -1: it is no such thing. */
static int64_t
read_clock(const char *at)
{
	int64_t hours = read_number(&at);
	const char *minutes = at + 1;

	if (at[0] != ':' || !is_digit(at[1]) || !is_digit(at[2]) || at[3] != '\0' || read_number(&minutes) > 59)
		return -1;
	return hours * 60 + (at[1] - '0') * 10 + (at[2] - '0');
}

/* Numbers with units, the larger ones first; -1: it is no such thing. */
static int64_t
read_units(const char *at)
{
	int before = INT32_MAX;
	int64_t sum = 0;

	while (*at != '\0')
	{
		int64_t number;
		int unit;

		if (!is_digit(*at))
			return -1;
		number = read_number(&at);
		unit = read_unit(&at);
		if (unit == 0 || unit >= before)
			return -1;
		sum += number * unit;
		before = unit;
		at += strspn(at, " ");
	}
	return sum;
}

const char *
jg_lookback_read_words(const char *text, JgLookback *lookback, int32_t *minutes)
{
	int64_t sum;

	text += strspn(text, " ");
	if (jg_keyword_is(text, (int) strlen(text), "forever"))
	{
		*lookback = JG_FOREVER;
		return NULL;
	}
	sum = is_digit(*text) && strchr(text, ':') != NULL ? read_clock(text) : read_units(text);
	if (sum < 0 || *text == '\0')
		return "not a duration";
	if (sum == 0)
		return "no time at all";
	if (sum > JG_LOOKBACK_MINUTES)
		return "longer than 9998 hours 59 minutes";
	*lookback = JG_WITHIN;
	*minutes = (int32_t) sum;
	return NULL;
}

/* Up to so many digits, all of [*at, *at + length); -1: not that. */
static int
digits(const char *at, int length, int most)
{
	int n = 0;

	if (length < 1 || length > most)
		return -1;
	for (int i = 0; i < length; i++)
	{
		if (!is_digit(at[i]))
			return -1;
		n = n * 10 + (at[i] - '0');
	}
	return n;
}

const char *
jg_lookback_read_autosys(const char *text, int length, JgLookback *lookback, int32_t *minutes)
{
	int split = 0;
	int sign;
	int hour;
	int minute = 0;

	while (split < length && is_digit(text[split]))
		split++;
	sign = split == length ? 0 : text[split] == '\\' && split + 1 < length && text[split + 1] == ':' ? 2 : 1;
	if (length == 0 || (sign == 1 && text[split] != '.' && text[split] != ':'))
		return "A lookback is hours such as 30, hours and minutes such as 30.15, 0 or 9999.";
	if (split == 0)
		return "Hours stand before the dot: write 00.30 for half an hour.";
	if (sign > 0 && length - split - sign != 2)
		return "Minutes have two digits: 1.05 is an hour and five minutes, 1.50 an hour and fifty.";
	hour = digits(text, split, 4);
	if (sign > 0)
		minute = digits(text + split + sign, 2, 2);
	if (minute < 0 || minute > 59)
		return "Minutes are 00 to 59.";
	if (sign == 0 && hour == MOST_HOURS + 1)
		*lookback = JG_FOREVER;
	else if (hour < 0 || hour > MOST_HOURS)
		return "A lookback is at most 9998.59; 9999 is for ever.";
	else if (hour == 0 && minute == 0)
		*lookback = JG_SINCE_OWN;
	else
	{
		*lookback = JG_WITHIN;
		*minutes = hour * 60 + minute;
	}
	return NULL;
}

static void
put_minutes(Buf *out, int minutes)
{
	int hours = minutes / 60;

	minutes %= 60;
	if (hours > 0)
		buf_printf(out, "%d hour%s", hours, hours > 1 ? "s" : "");
	if (minutes > 0)
		buf_printf(out, "%s%d minute%s", hours > 0 ? " " : "", minutes, minutes > 1 ? "s" : "");
}

bool
jg_lookback_fits(JgAtomKind kind)
{
	return kind != JG_ATOM_VALUE && kind != JG_ATOM_NOTRUNNING;
}

void
jg_lookback_put_words(Buf *out, const JgAtom *atom)
{
	if (!jg_lookback_fits(atom->kind))
		return;
	switch (atom->lookback)
	{
		case JG_SAME_DATE:
			return;
		case JG_ANY_TIME:
			buf_puts(out, " at any time");
			return;
		case JG_FOREVER:
			buf_puts(out, " within 'forever'");
			return;
		case JG_WITHIN:
			buf_puts(out, " within '");
			put_minutes(out, atom->minutes);
			buf_putc(out, '\'');
			return;
		case JG_SINCE_OWN:
			buf_puts(out, " since my last end");
			return;
	}
}

void
jg_lookback_put_autosys(Buf *out, const JgAtom *atom)
{
	if (atom->lookback == JG_FOREVER)
		buf_puts(out, ", 9999");
	else if (atom->lookback == JG_SINCE_OWN)
		buf_puts(out, ", 0");
	else if (atom->lookback == JG_WITHIN)
		buf_printf(out, ", %02d.%02d", atom->minutes / 60, atom->minutes % 60);
}
