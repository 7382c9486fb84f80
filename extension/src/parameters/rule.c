/*
 * One rule and one value.
 *
 * Whatever a value does wrong, the answer is the same: what is allowed. The value of a secret is never repeated, nor is
 * it any other's business: callers ask the rule before they show one.
 */
#include "rule.h"

#include <string.h>

#include "../time/civil.h"
#include "number.h"

#define SECRET "secret:"
#define MOST_SECRET_NAME 128
#define MOST_WORDS 20 /* values of an enum that are listed */

const char *const jg_parameter_types[JG_PARAMETER_TYPES] = {"string", "integer", "number", "boolean",
															"date",   "object",  "array"};

/* --- types --- */

static bool
is_integer(const JsonDoc *doc, JsonNode value)
{
	const char *text;
	size_t length;

	json_raw(doc, value, &text, &length);
	return memchr(text, '.', length) == NULL && memchr(text, 'e', length) == NULL && memchr(text, 'E', length) == NULL;
}

static int
digits(const char *text, int n)
{
	int value = 0;

	for (int i = 0; i < n; i++)
	{
		if (text[i] < '0' || text[i] > '9')
			return -1;
		value = value * 10 + (text[i] - '0');
	}
	return value;
}

/* YYYY-MM-DD, a day of the years 0001 to 9999. */
static bool
is_date(const JsonDoc *doc, JsonNode value)
{
	const char *text;
	size_t length;
	int year;
	int month;
	int day;

	json_raw(doc, value, &text, &length);
	if (length != strlen("YYYY-MM-DD") || text[4] != '-' || text[7] != '-')
		return false;
	year = digits(text, 4);
	month = digits(text + 5, 2);
	day = digits(text + 8, 2);
	return year > 0 && month >= 1 && month <= 12 && day >= 1 && day <= jg_civil_month_length(year, month);
}

bool
jg_rule_is_type(const JgParameterRule *rule, const JsonDoc *doc, JsonNode value)
{
	JsonType type = json_type(doc, value);

	switch (rule->type)
	{
		case JG_PARAMETER_STRING:
			return type == JSON_STRING;
		case JG_PARAMETER_INTEGER:
			return type == JSON_NUMBER && is_integer(doc, value);
		case JG_PARAMETER_NUMBER:
			return type == JSON_NUMBER;
		case JG_PARAMETER_BOOLEAN:
			return type == JSON_BOOL;
		case JG_PARAMETER_DATE:
			return type == JSON_STRING && is_date(doc, value);
		case JG_PARAMETER_OBJECT:
			return type == JSON_OBJECT;
		case JG_PARAMETER_ARRAY:
			return type == JSON_ARRAY;
		case JG_PARAMETER_TYPES:
			break;
	}
	return false;
}

/* --- values --- */

/* Without the escapes; a string that cannot be decoded is like no other. */
static bool
get_string(const JsonDoc *doc, JsonNode value, Buf *out)
{
	Err ignored;

	return json_get_string(doc, value, out, &ignored) == 0;
}

int
jg_rule_compare(const JgParameterRule *rule, const JsonDoc *a_doc, JsonNode a, const JsonDoc *b_doc, JsonNode b)
{
	cleanup_buf Buf a_string = {0};
	cleanup_buf Buf b_string = {0};
	const char *a_text;
	const char *b_text;
	size_t a_length;
	size_t b_length;

	json_raw(a_doc, a, &a_text, &a_length);
	json_raw(b_doc, b, &b_text, &b_length);
	if (rule->type == JG_PARAMETER_INTEGER || rule->type == JG_PARAMETER_NUMBER)
		return jg_number_compare(a_text, a_length, b_text, b_length);
	if (rule->type == JG_PARAMETER_DATE)
		return memcmp(a_text, b_text, a_length);
	if (!get_string(a_doc, a, &a_string) || !get_string(b_doc, b, &b_string) || a_string.len != b_string.len)
		return 1;
	return memcmp(buf_text(&a_string), buf_text(&b_string), a_string.len);
}

static bool
is_listed(const JgParameterRule *rule, const JsonDoc *doc, JsonNode value)
{
	for (JsonNode entry = json_first(rule->doc, rule->allowed); entry != JSON_ABSENT;
		 entry = json_next(rule->doc, entry))
		if (jg_rule_compare(rule, doc, value, rule->doc, entry) == 0)
			return true;
	return false;
}

/* The rule of the node: NAME is 1 to 128 visible ASCII characters. */
static bool
is_secret(const Buf *text)
{
	size_t prefix = strlen(SECRET);

	if (text->len <= prefix || text->len > prefix + MOST_SECRET_NAME || memcmp(text->data, SECRET, prefix) != 0)
		return false;
	for (size_t i = prefix; i < text->len; i++)
		if (text->data[i] <= ' ' || text->data[i] > '~')
			return false;
	return true;
}

static bool
allows_string(const JgParameterRule *rule, const JgPatterns *patterns, const JsonDoc *doc, JsonNode value)
{
	cleanup_buf Buf text = {0};

	if (!get_string(doc, value, &text))
		return false;
	if (rule->secret)
		return is_secret(&text);
	return rule->pattern[0] == '\0' ||
		   (text.len <= JG_PATTERN_TEXT_BYTES && patterns->matches(rule->pattern, buf_text(&text), text.len));
}

bool
jg_rule_allows(const JgParameterRule *rule, const JgPatterns *patterns, const JsonDoc *doc, JsonNode value)
{
	if (!jg_rule_is_type(rule, doc, value))
		return false;
	if (rule->allowed != JSON_ABSENT && !is_listed(rule, doc, value))
		return false;
	if (rule->minimum != JSON_ABSENT && jg_rule_compare(rule, doc, value, rule->doc, rule->minimum) < 0)
		return false;
	if (rule->maximum != JSON_ABSENT && jg_rule_compare(rule, doc, value, rule->doc, rule->maximum) > 0)
		return false;
	return rule->type != JG_PARAMETER_STRING || allows_string(rule, patterns, doc, value);
}

/* --- words --- */

void
jg_rule_put_value(const JsonDoc *doc, JsonNode value, Buf *out)
{
	const char *quote = json_type(doc, value) == JSON_STRING ? "\"" : "";
	const char *text;
	size_t length;

	json_raw(doc, value, &text, &length);
	buf_puts(out, quote);
	buf_append(out, text, length);
	buf_puts(out, quote);
}

/* As it is written, dates without quotes; not all of what is long. */
static void
put_shown(const JgParameterRule *rule, JsonNode value, Buf *out)
{
	const char *quote = rule->type == JG_PARAMETER_STRING ? "\"" : "";
	const char *text;
	size_t length;
	int shown;

	json_raw(rule->doc, value, &text, &length);
	shown = jg_problem_shown(text, length);
	buf_printf(out, "%s%.*s%s%s", quote, shown, text, (size_t) shown < length ? "..." : "", quote);
}

static void
put_list(const JgParameterRule *rule, Buf *out)
{
	int n = 0;

	buf_puts(out, ", one of ");
	for (JsonNode entry = json_first(rule->doc, rule->allowed); entry != JSON_ABSENT;
		 entry = json_next(rule->doc, entry), n++)
	{
		if (n < MOST_WORDS)
		{
			buf_puts(out, n > 0 ? ", " : "");
			put_shown(rule, entry, out);
		}
	}
	if (n > MOST_WORDS)
		buf_printf(out, " and %d more", n - MOST_WORDS);
}

static void
put_range(const JgParameterRule *rule, Buf *out)
{
	bool date = rule->type == JG_PARAMETER_DATE;

	if (rule->minimum != JSON_ABSENT && rule->maximum != JSON_ABSENT)
	{
		buf_puts(out, date ? " from " : " between ");
		put_shown(rule, rule->minimum, out);
		buf_puts(out, date ? " to " : " and ");
		put_shown(rule, rule->maximum, out);
	}
	else if (rule->minimum != JSON_ABSENT)
	{
		buf_puts(out, date ? " from " : " of at least ");
		put_shown(rule, rule->minimum, out);
		buf_puts(out, date ? " on" : "");
	}
	else if (rule->maximum != JSON_ABSENT)
	{
		buf_puts(out, date ? " until " : " of at most ");
		put_shown(rule, rule->maximum, out);
	}
}

void
jg_rule_words(const JgParameterRule *rule, Buf *out)
{
	static const char *const words[JG_PARAMETER_TYPES] = {
		"a string", "an integer", "a number", "true or false", "a day (YYYY-MM-DD)", "a JSON object", "a JSON array"};

	if (rule->secret)
	{
		buf_puts(out, "a reference, " SECRET "NAME, to a secret that the node knows");
		return;
	}
	buf_puts(out, words[rule->type]);
	put_range(rule, out);
	if (rule->pattern[0] != '\0')
		buf_printf(out, " of at most %d bytes that matches %s as a whole", JG_PATTERN_TEXT_BYTES, rule->pattern);
	if (rule->allowed != JSON_ABSENT)
		put_list(rule, out);
}

bool
jg_rule_example(const JgParameterRule *rule, Buf *out)
{
	static const char *const examples[JG_PARAMETER_TYPES] = {"\"text\"",       "1",  "1", "true",
															 "\"2026-03-31\"", "{}", "[]"};
	JsonNode value = rule->standard;

	if (value == JSON_ABSENT)
		value = json_first(rule->doc, rule->allowed);
	if (value == JSON_ABSENT)
		value = rule->minimum;
	if (value == JSON_ABSENT)
		value = rule->maximum;
	if (value != JSON_ABSENT)
		jg_rule_put_value(rule->doc, value, out);
	else if (rule->secret)
		buf_puts(out, "\"" SECRET "NAME\"");
	else if (rule->pattern[0] != '\0')
		return false;
	else
		buf_puts(out, examples[rule->type]);
	return true;
}
