/*
 * One word of the keyword language: a name of the table below and, behind it, the ordinal that the name allows.
 *
 * The longest name that a word begins with is the one that is meant, so that WEEKDAYS is not WEEKD.
 */
#include "autocal_keyword.h"

#include <stdio.h>
#include <string.h>

#include "ascii.h"

/* What a word may have besides the name. */
#define ALONE 1    /* nothing */
#define NTH 2      /* #n and #L */
#define BACK 4     /* Mn */
#define EXCEPT 8   /* Xn and XL */
#define PARITY 16  /* #E and #O */
#define X_FIRST 32 /* an X before the name, if that makes a day or an ordinal of it */
#define ANCHOR 64  /* the day that weeks begin on, before all others */
#define COUNTED (NTH | BACK)

typedef struct Keyword
{
	const char *name;
	uint8_t forms;
	uint16_t most; /* largest ordinal */
	JgAutocalNode leaf;
	const char *refused; /* why it is */
} Keyword;

#define LEAF(unit, pick, weekday, month, n)            \
	{                                                  \
		JG_AUTOCAL_LEAF, unit, pick, weekday, month, n \
	}
#define EACH(unit) LEAF(unit, JG_AUTOCAL_EACH, JG_AUTOCAL_ANY, 0, 0)
#define FIRST(unit) LEAF(unit, JG_AUTOCAL_NTH, JG_AUTOCAL_ANY, 0, 1)
#define LAST(unit) LEAF(unit, JG_AUTOCAL_NTH_LAST, JG_AUTOCAL_ANY, 0, 1)
#define DDD(name, day)                                                                                    \
	{                                                                                                     \
		name, ALONE | COUNTED | X_FIRST, 5, LEAF(JG_AUTOCAL_MONTH_SAME, JG_AUTOCAL_EACH, day, 0, 0), NULL \
	}
#define CDDD(name, day)                                                                             \
	{                                                                                               \
		name, COUNTED | X_FIRST, 53, LEAF(JG_AUTOCAL_PERIOD_SAME, JG_AUTOCAL_EACH, day, 0, 0), NULL \
	}
#define MMM(name, month)                                                                                            \
	{                                                                                                               \
		name, ALONE | COUNTED | X_FIRST, 31, LEAF(JG_AUTOCAL_MONTH_DAY, JG_AUTOCAL_EACH, JG_AUTOCAL_ANY, month, 0), \
			NULL                                                                                                    \
	}

/* clang-format off */
/* The days of the week come first, Sunday the first of them: read_anchor() relies on it. */
static const Keyword keywords[] = {
	DDD("SUN", 0), DDD("MON", 1), DDD("TUE", 2), DDD("WED", 3), DDD("THU", 4), DDD("FRI", 5), DDD("SAT", 6),
	CDDD("CSUN", 0), CDDD("CMON", 1), CDDD("CTUE", 2), CDDD("CWED", 3), CDDD("CTHU", 4), CDDD("CFRI", 5), CDDD("CSAT", 6),
	MMM("JAN", 1), MMM("FEB", 2), MMM("MAR", 3), MMM("APR", 4), MMM("MAY", 5), MMM("JUN", 6),
	MMM("JUL", 7), MMM("AUG", 8), MMM("SEP", 9), MMM("OCT", 10), MMM("NOV", 11), MMM("DEC", 12),
	{"DAILY", ALONE, 0, EACH(JG_AUTOCAL_MONTH_DAY), NULL},
	{"WORKDAYS", ALONE, 0, EACH(JG_AUTOCAL_MONTH_WORKDAY), NULL},
	{"WEEKDAYS", ALONE, 0, EACH(JG_AUTOCAL_MONTH_WEEKDAY), NULL},
	{"FOM", ALONE | X_FIRST, 0, FIRST(JG_AUTOCAL_MONTH_DAY), NULL},
	{"EOM", ALONE | X_FIRST, 0, LAST(JG_AUTOCAL_MONTH_DAY), NULL},
	{"FOMWORK", ALONE | X_FIRST, 0, FIRST(JG_AUTOCAL_MONTH_WORKDAY), NULL},
	{"EOMWORK", ALONE | X_FIRST, 0, LAST(JG_AUTOCAL_MONTH_WORKDAY), NULL},
	{"FOMWEEK", ALONE | X_FIRST, 0, FIRST(JG_AUTOCAL_MONTH_WEEKDAY), NULL},
	{"EOMWEEK", ALONE | X_FIRST, 0, LAST(JG_AUTOCAL_MONTH_WEEKDAY), NULL},
	{"WORKD", COUNTED, 31, EACH(JG_AUTOCAL_MONTH_WORKDAY), NULL},
	{"MNTHD", COUNTED | EXCEPT, 31, EACH(JG_AUTOCAL_MONTH_DAY), NULL},
	{"WEEKD", COUNTED | EXCEPT, 7, EACH(JG_AUTOCAL_WEEK_DAY), NULL},
	{"WEEK", COUNTED | EXCEPT | PARITY, 53, EACH(JG_AUTOCAL_YEAR_WEEK), NULL},
	{"WEKR", COUNTED | EXCEPT | ANCHOR, 53, EACH(JG_AUTOCAL_YEAR_WEEK), NULL},
	{"CYCLE", ALONE, 0, EACH(JG_AUTOCAL_PERIOD_DAY), NULL},
	{"CYCL", COUNTED | EXCEPT, 365, EACH(JG_AUTOCAL_PERIOD_DAY), NULL},
	{"CYCP", NTH, 30, EACH(JG_AUTOCAL_PERIOD), NULL},
	{"CWEEK", COUNTED | EXCEPT | PARITY, 53, EACH(JG_AUTOCAL_PERIOD_WEEK), NULL},
	{"CWRK", COUNTED | EXCEPT, 365, EACH(JG_AUTOCAL_PERIOD_WORKDAY), NULL},
	{"WORKDX", 0, 0, EACH(0), "WORKDX is refused: the manual says month in one place and week in another"},
	{"CWEK", 0, 0, EACH(0), "CWEK is refused: the manual contradicts itself about it"},
};
/* clang-format on */

/* The longest name at the beginning of the word; NULL = none. */
static const Keyword *
find_keyword(const char *word, size_t length)
{
	const Keyword *found = NULL;

	for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++)
	{
		size_t name_length = strlen(keywords[i].name);

		if (name_length <= length && jg_ascii_same(word, keywords[i].name, name_length) &&
			(found == NULL || name_length > strlen(found->name)))
			found = &keywords[i];
	}
	return found;
}

/* Reads the day that weeks begin on, as a digit or a name; returns its length, 0 = neither. */
static size_t
read_anchor(const char *text, size_t length, JgAutocalNode *leaf)
{
	if (length > 0 && text[0] >= '1' && text[0] <= '7')
	{
		leaf->weekday = (uint8_t) ((text[0] - '0') % 7);
		return 1;
	}
	for (uint8_t day = 0; day < 7; day++)
		if (length >= 3 && jg_ascii_same(text, keywords[day].name, 3))
		{
			leaf->weekday = day;
			return 3;
		}
	return 0;
}

/* Reads all of the text as L or a number up to most, 3 digits at most. */
static bool
read_ordinal(const char *text, size_t length, int most, JgAutocalNode *leaf)
{
	int n = 0;

	if (length == 1 && jg_ascii_upper(text[0]) == 'L' && leaf->pick == JG_AUTOCAL_NTH)
	{
		leaf->pick = JG_AUTOCAL_NTH_LAST;
		leaf->n = 1;
		return true;
	}
	if (length == 0 || length > 3)
		return false;
	for (size_t i = 0; i < length; i++)
	{
		if (text[i] < '0' || text[i] > '9')
			return false;
		n = n * 10 + (text[i] - '0');
	}
	leaf->n = (uint16_t) n;
	return n >= 1 && n <= most;
}

/* Reads what stands behind the name. */
static bool
read_form(const Keyword *keyword, const char *text, size_t length, JgAutocalNode *leaf, bool *except)
{
	char sign = length > 0 ? jg_ascii_upper(text[0]) : '\0';
	char letter = length == 2 ? jg_ascii_upper(text[1]) : '\0';

	if (sign == '\0')
		return (keyword->forms & ALONE) != 0;
	if (sign == '#' && (keyword->forms & PARITY) != 0 && (letter == 'E' || letter == 'O'))
	{
		leaf->pick = letter == 'E' ? JG_AUTOCAL_EVEN : JG_AUTOCAL_ODD;
		return true;
	}
	if ((sign == '#' && (keyword->forms & NTH) != 0) || (sign == 'X' && (keyword->forms & EXCEPT) != 0))
		leaf->pick = JG_AUTOCAL_NTH;
	else if (sign == 'M' && (keyword->forms & BACK) != 0)
		leaf->pick = JG_AUTOCAL_NTH_LAST;
	else
		return false;
	*except = sign == 'X';
	return read_ordinal(text + 1, length - 1, keyword->most, leaf);
}

/* What the name allows, as a list in the message. */
static void
say_forms(const Keyword *keyword, bool x_first, char *message, size_t size)
{
	bool ordinal = (keyword->forms & COUNTED) != 0;

	if (!ordinal)
		snprintf(message, size, "expected nothing behind %s", keyword->name);
	else
		snprintf(message, size, "expected %s%s%s%s%s behind %s%s, n from 1 to %d",
				 (keyword->forms & ANCHOR) != 0 ? "a day of the week and " : "", "#n",
				 (keyword->forms & BACK) != 0 ? " or Mn" : "", (keyword->forms & EXCEPT) != 0 ? " or Xn" : "",
				 (keyword->forms & PARITY) != 0 ? " or #E or #O" : "", x_first ? "X" : "", keyword->name,
				 keyword->most);
}

bool
jg_autocal_keyword(const char *word, size_t length, JgAutocalNode *leaf, bool *except, size_t *offset, char *message,
				   size_t message_size)
{
	bool x_first = length > 0 && jg_ascii_upper(word[0]) == 'X';
	size_t at = x_first ? 1 : 0;
	const Keyword *keyword = find_keyword(word + at, length - at);

	*offset = 0;
	*except = false;
	if (keyword == NULL || (x_first && (keyword->forms & X_FIRST) == 0))
	{
		snprintf(message, message_size, "expected a keyword, such as WORKDAYS or MNTHD#15");
		return false;
	}
	if (keyword->refused != NULL)
	{
		snprintf(message, message_size, "%s", keyword->refused);
		return false;
	}
	*leaf = keyword->leaf;
	at += strlen(keyword->name);
	if ((keyword->forms & ANCHOR) != 0)
	{
		size_t anchor = read_anchor(word + at, length - at, leaf);

		if (anchor == 0)
		{
			*offset = at;
			say_forms(keyword, false, message, message_size);
			return false;
		}
		at += anchor;
	}
	if (!read_form(keyword, word + at, length - at, leaf, except) || (x_first && leaf->pick == JG_AUTOCAL_EACH))
	{
		*offset = at;
		say_forms(keyword, x_first, message, message_size);
		return false;
	}
	*except = *except || x_first;
	return true;
}
