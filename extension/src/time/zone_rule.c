/*
 * The rule in a TZif file's footer.
 *
 * Reading makes sure that in each year both changes come one after the other, and before those of the next: that is
 * why asking needs no more than the changes of the years around. Everything repeats after 400 years, so that any moment
 * is asked for in the first 400 from 1970 on, where no number can become too large.
 */
#include "zone_rule.h"

#include "civil.h"

#define CYCLE_YEARS 400
#define CYCLE_SECONDS (INT64_C(146097) * JG_DAY_SECONDS)
#define HOUR 3600
#define OFFSET_HOURS 24
#define TIME_HOURS 167

typedef struct Text
{
	const uint8_t *at;
	const uint8_t *end;
} Text;

static int64_t
moment_of(const JgRuleChange *change, int year)
{
	int32_t day = jg_civil_day(year, change->kind == JG_RULE_WEEKDAY ? change->month : 1, 1);

	if (change->kind == JG_RULE_WEEKDAY)
	{
		int from_first = (change->day - jg_civil_weekday(day) + 7) % 7 + (change->week - 1) * 7;

		day += from_first < jg_civil_month_length(year, change->month) ? from_first : from_first - 7;
	}
	else if (change->kind == JG_RULE_COUNTED)
		day += change->day;
	else
		day += change->day >= 60 && jg_civil_month_length(year, 2) == 29 ? change->day : change->day - 1;
	return (int64_t) day * JG_DAY_SECONDS + change->time - change->before;
}

static bool
take(Text *text, char wanted)
{
	if (text->at == text->end || *text->at != (uint8_t) wanted)
		return false;
	text->at++;
	return true;
}

static bool
is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static bool
is_letter(uint8_t c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* What the clocks' time is called is of no interest, but where it ends. */
static bool
skip_name(Text *text)
{
	bool quoted = take(text, '<');
	const uint8_t *from = text->at;

	while (text->at < text->end &&
		   (is_letter(*text->at) || (quoted && (is_digit(*text->at) || *text->at == '+' || *text->at == '-'))))
		text->at++;
	return text->at - from >= 3 && (!quoted || take(text, '>'));
}

static bool
read_number(Text *text, int low, int high, int *number)
{
	const uint8_t *from = text->at;

	*number = 0;
	for (; text->at < text->end && is_digit(*text->at) && *number <= high; text->at++)
		*number = *number * 10 + (*text->at - '0');
	return text->at > from && *number >= low && *number <= high;
}

/* [+-]hours[:minutes[:seconds]] */
static bool
read_seconds(Text *text, int hours, int32_t *seconds)
{
	bool negative = take(text, '-');
	int units[3] = {0, 0, 0};

	if (!negative)
		take(text, '+');
	if (!read_number(text, 0, hours, &units[0]) ||
		(take(text, ':') &&
		 (!read_number(text, 0, 59, &units[1]) || (take(text, ':') && !read_number(text, 0, 59, &units[2])))))
		return false;
	*seconds = units[0] * HOUR + units[1] * 60 + units[2];
	if (negative)
		*seconds = -*seconds;
	return true;
}

/* The text has it the wrong way round: positive is west of Greenwich. */
static bool
read_offset(Text *text, int32_t *offset)
{
	if (!read_seconds(text, OFFSET_HOURS, offset))
		return false;
	*offset = -*offset;
	return true;
}

/* ,day[/time] */
static bool
read_change(Text *text, JgRuleChange *change)
{
	bool good;

	if (!take(text, ','))
		return false;
	if (take(text, 'M'))
	{
		change->kind = JG_RULE_WEEKDAY;
		good = read_number(text, 1, 12, &change->month) && take(text, '.') && read_number(text, 1, 5, &change->week) &&
			   take(text, '.') && read_number(text, 0, 6, &change->day);
	}
	else
	{
		change->kind = take(text, 'J') ? JG_RULE_JULIAN : JG_RULE_COUNTED;
		good = read_number(text, change->kind == JG_RULE_JULIAN ? 1 : 0, 365, &change->day);
	}
	change->time = 2 * HOUR;
	return good && (!take(text, '/') || read_seconds(text, TIME_HOURS, &change->time));
}

/*
 * Puts the changes into the order of the year. Where they meet at every turn of the year nothing ever changes: daylight
 * saving time all the year is written so.
 */
static bool
order(JgZoneRule *rule)
{
	int meet = 0;

	if (moment_of(&rule->changes[0], JG_FIRST_YEAR) > moment_of(&rule->changes[1], JG_FIRST_YEAR))
	{
		JgRuleChange later = rule->changes[0];

		rule->changes[0] = rule->changes[1];
		rule->changes[1] = later;
	}
	for (int year = JG_FIRST_YEAR; year < JG_FIRST_YEAR + CYCLE_YEARS; year++)
	{
		int64_t second = moment_of(&rule->changes[1], year);
		int64_t next = moment_of(&rule->changes[0], year + 1);

		if (moment_of(&rule->changes[0], year) >= second || second > next)
			return false;
		meet += second == next;
	}
	rule->fixed = meet == CYCLE_YEARS;
	rule->offset = rule->changes[0].after;
	return meet == 0 || rule->fixed;
}

bool
jg_zone_rule_read(const uint8_t *bytes, size_t size, JgZoneRule *rule, const char **why)
{
	Text text = {bytes, bytes + size};
	int32_t standard;
	int32_t daylight;

	*why = "its footer is not a rule for a time zone";
	*rule = (JgZoneRule){.fixed = true};
	if (!skip_name(&text) || !read_offset(&text, &standard))
		return false;
	rule->offset = standard;
	if (text.at == text.end)
		return true;
	if (!skip_name(&text))
		return false;
	daylight = standard + HOUR;
	if (text.at < text.end && *text.at != ',' && !read_offset(&text, &daylight))
		return false;
	if (text.at == text.end)
	{
		*why = "its footer does not say when daylight saving time begins and ends";
		return false;
	}
	if (!read_change(&text, &rule->changes[0]) || !read_change(&text, &rule->changes[1]) || text.at < text.end)
		return false;
	if (daylight == standard)
		return true;
	rule->changes[0].before = rule->changes[1].after = standard;
	rule->changes[0].after = rule->changes[1].before = daylight;
	*why = "its footer has daylight saving times that overlap";
	return order(rule);
}

/* Neither a time of 167 hours nor an offset moves a change by more than 9 days: the years around are enough. */
JgSpan
jg_zone_rule_span(const JgZoneRule *rule, int64_t moment)
{
	JgSpan span = {INT64_MIN, INT64_MAX, rule->offset};
	int64_t within = moment % CYCLE_SECONDS;
	int64_t since = 0;
	int64_t until = 0;
	int year;

	if (rule->fixed)
		return span;
	if (within < 0)
		within += CYCLE_SECONDS;
	year = jg_civil_date((int32_t) (within / JG_DAY_SECONDS)).year - 2;
	for (int i = 0; until <= within; i++)
	{
		const JgRuleChange *change = &rule->changes[i % 2];

		since = until;
		until = moment_of(change, year + i / 2);
		span.offset = change->before;
	}
	if (moment >= INT64_MIN + (within - since))
		span.since = moment - (within - since);
	if (moment <= INT64_MAX - (until - within))
		span.until = moment + (until - within);
	return span;
}
