/*
 * Rules such as CET-1CEST,M3.5.0,M10.5.0/3.
 *
 * A rule with a second name but no dates is refused: POSIX leaves to each system what it means, and no file has one.
 */
#include "zone_rule.h"

#include "civil.h"

#define MOST_HOURS 167

typedef struct Reader
{
	const char *at;
	const char *end;
} Reader;

static bool
take(Reader *reader, char wanted)
{
	if (reader->at == reader->end || *reader->at != wanted)
		return false;
	reader->at++;
	return true;
}

static bool
read_number(Reader *reader, int most, int *number)
{
	const char *first = reader->at;

	*number = 0;
	for (; reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9'; reader->at++)
	{
		*number = *number * 10 + (*reader->at - '0');
		if (*number > most)
			return false;
	}
	return reader->at > first;
}

/* Letters, or anything of letters, digits and signs between < and >. */
static bool
read_name(Reader *reader)
{
	bool quoted = take(reader, '<');
	const char *first = reader->at;

	for (; reader->at < reader->end; reader->at++)
	{
		char c = *reader->at;
		bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');

		if (!letter && !(quoted && ((c >= '0' && c <= '9') || c == '+' || c == '-')))
			break;
	}
	return reader->at - first >= 3 && (!quoted || take(reader, '>'));
}

/* [+|-]hh[:mm[:ss]] in seconds */
static bool
read_time(Reader *reader, int32_t *seconds)
{
	bool negative = take(reader, '-');
	int part;

	if (!negative)
		(void) take(reader, '+');
	if (!read_number(reader, MOST_HOURS, &part))
		return false;
	*seconds = part * 3600;
	if (take(reader, ':'))
	{
		if (!read_number(reader, 59, &part))
			return false;
		*seconds += part * 60;
		if (take(reader, ':'))
		{
			if (!read_number(reader, 59, &part))
				return false;
			*seconds += part;
		}
	}
	if (negative)
		*seconds = -*seconds;
	return true;
}

static bool
read_offset(Reader *reader, int32_t *east)
{
	int32_t west;

	if (!read_time(reader, &west) || west > 24 * 3600 + 3599 || west < -(25 * 3600 + 3599))
		return false;
	*east = -west;
	return true;
}

static bool
read_date(Reader *reader, JgRuleDate *date)
{
	int month = 0;
	int week = 0;
	int day;

	if (take(reader, 'M'))
	{
		date->kind = JG_RULE_WEEKDAY;
		if (!read_number(reader, 12, &month) || month < 1 || !take(reader, '.') || !read_number(reader, 5, &week) ||
			week < 1 || !take(reader, '.') || !read_number(reader, 6, &day))
			return false;
	}
	else
	{
		date->kind = take(reader, 'J') ? JG_RULE_JULIAN : JG_RULE_DAY_OF_YEAR;
		if (!read_number(reader, 365, &day) || (date->kind == JG_RULE_JULIAN && day < 1))
			return false;
	}
	date->month = (int8_t) month;
	date->week = (int8_t) week;
	date->day = (int16_t) day;
	date->time = 2 * 3600;
	return !take(reader, '/') || read_time(reader, &date->time);
}

bool
jg_zone_rule_read(const char *text, size_t length, JgZoneRule *rule)
{
	Reader reader = {text, text + length};

	*rule = (JgZoneRule){0};
	if (!read_name(&reader) || !read_offset(&reader, &rule->standard))
		return false;
	rule->other = rule->standard;
	if (reader.at == reader.end)
		return true;
	rule->changes = true;
	rule->other = rule->standard + 3600;
	if (!read_name(&reader) || (reader.at < reader.end && *reader.at != ',' && !read_offset(&reader, &rule->other)))
		return false;
	return take(&reader, ',') && read_date(&reader, &rule->start) && take(&reader, ',') &&
		   read_date(&reader, &rule->end) && reader.at == reader.end;
}

static int32_t
day_of(const JgRuleDate *date, int year)
{
	int32_t first = jg_civil_day(year, 1, 1);
	bool leap = jg_civil_month_length(year, 2) == 29;
	int32_t day;
	int length;

	switch (date->kind)
	{
		case JG_RULE_JULIAN:
			return first + date->day - 1 + (leap && date->day >= 60);
		case JG_RULE_DAY_OF_YEAR:
			return first + date->day;
		case JG_RULE_WEEKDAY:
			break;
	}
	first = jg_civil_day(year, date->month, 1);
	length = jg_civil_month_length(year, date->month);
	day = (date->day - jg_civil_weekday(first) + 7) % 7 + (date->week - 1) * 7;
	return first + (day < length ? day : day - 7);
}

void
jg_zone_rule_year(const JgZoneRule *rule, int year, int64_t *start, int64_t *end)
{
	*start = (int64_t) day_of(&rule->start, year) * JG_DAY_SECONDS + rule->start.time - rule->standard;
	*end = (int64_t) day_of(&rule->end, year) * JG_DAY_SECONDS + rule->end.time - rule->other;
}
