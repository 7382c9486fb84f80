/*
 * From the texts of an extended calendar to a rule. Conditions have a file of their own.
 */
#include <stdio.h>

#include "ascii.h"
#include "autocal_condition.h"

#define MONDAY_TO_FRIDAY 0x3e
#define ALL_DAYS 0x7f

typedef struct Field
{
	const char *text;
	size_t at;     /* where its blanks in front end */
	size_t length; /* up to the blanks behind */
} Field;

static bool
fail(JgAutocalError *error, size_t at, const char *message)
{
	error->position = (int) at + 1;
	snprintf(error->message, sizeof(error->message), "%s", message);
	return false;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Takes the text as the one that errors are about from now on. */
static bool
begin_field(Field *field, const char *name, const char *text, JgAutocalError *error)
{
	field->text = text != NULL ? text : "";
	field->at = 0;
	field->length = 0;
	error->field = name;
	error->condition = 0;
	while (field->text[field->length] != '\0')
		if (++field->length > JG_AUTOCAL_TEXT)
			return fail(error, 0, "the text is too long");
	while (field->length > 0 && is_blank(field->text[field->length - 1]))
		field->length--;
	while (field->at < field->length && is_blank(field->text[field->at]))
		field->at++;
	return true;
}

/* XXXXX.. with Monday first. */
static bool
read_marks(Field *field, uint8_t *days, JgAutocalError *error)
{
	size_t start = field->at;

	*days = 0;
	for (; field->at < field->length; field->at++)
	{
		char mark = jg_ascii_upper(field->text[field->at]);

		if (field->at - start == 7 || (mark != 'X' && mark != '.'))
			return fail(error, field->at, "expected seven of \"X\" and \".\", Monday first");
		if (mark == 'X')
			*days |= (uint8_t) (1 << (field->at - start + 1) % 7);
	}
	return field->at - start == 7 || fail(error, field->at, "expected seven of \"X\" and \".\", Monday first");
}

/* mo,tu,we with blanks wherever. */
static bool
read_names(Field *field, uint8_t *days, JgAutocalError *error)
{
	static const char names[7][3] = {"SU", "MO", "TU", "WE", "TH", "FR", "SA"};

	for (*days = 0;; field->at++)
	{
		int day = 0;

		while (field->at < field->length && is_blank(field->text[field->at]))
			field->at++;
		while (day < 7 && (field->length - field->at < 2 || !jg_ascii_same(field->text + field->at, names[day], 2)))
			day++;
		if (day == 7)
			return fail(error, field->at, "expected a day such as mo, \"all\", or seven of \"X\" and \".\"");
		*days |= (uint8_t) (1 << day);
		field->at += 2;
		while (field->at < field->length && is_blank(field->text[field->at]))
			field->at++;
		if (field->at == field->length)
			return true;
		if (field->text[field->at] != ',')
			return fail(error, field->at, "expected a comma or the end");
	}
}

static bool
read_workdays(const char *text, uint8_t *days, JgAutocalError *error)
{
	Field field;
	char first;

	if (!begin_field(&field, "workday", text, error))
		return false;
	*days = MONDAY_TO_FRIDAY;
	if (field.at == field.length)
		return true;
	first = jg_ascii_upper(field.text[field.at]);
	if (first == 'X' || first == '.')
		return read_marks(&field, days, error);
	if (field.length - field.at != 3 || !jg_ascii_same(field.text + field.at, "ALL", 3))
		return read_names(&field, days, error);
	*days = ALL_DAYS;
	return true;
}

/* *action stays as it is where the text is blank. */
static bool
read_action(const char *name, const char *text, JgAutocalAction *action, JgAutocalError *error)
{
	static const char letters[] = "OSNWP";
	Field field;

	if (!begin_field(&field, name, text, error))
		return false;
	if (field.at == field.length)
		return true;
	for (size_t i = 0; letters[i] != '\0'; i++)
		if (field.length - field.at == 1 && jg_ascii_upper(field.text[field.at]) == letters[i])
		{
			*action = (JgAutocalAction) (JG_AUTOCAL_ONLY + i);
			return true;
		}
	return fail(error, field.at, "expected O, S, N, W or P");
}

static bool
read_adjust(const char *text, int *adjust, JgAutocalError *error)
{
	Field field;
	char sign;

	if (!begin_field(&field, "adjust", text, error))
		return false;
	*adjust = 0;
	if (field.at == field.length)
		return true;
	sign = field.text[field.at];
	if (sign == '+' || sign == '-')
		field.at++;
	if (field.length - field.at != 1 || field.text[field.at] < '0' || field.text[field.at] > '9')
		return fail(error, field.at, "expected one digit, with or without a sign");
	*adjust = field.text[field.at] - '0';
	if (sign == '-')
		*adjust = -*adjust;
	return true;
}

bool
jg_autocal_parse(const JgAutocalSource *source, JgAutocal *rule, JgAutocalError *error)
{
	Field field;

	*error = (JgAutocalError){.field = ""};
	*rule = (JgAutocal){.non_workday = JG_AUTOCAL_SCHEDULE, .nonwork_to_work = source->reading.nonwork_to_work};
	if (!read_workdays(source->workday, &rule->workdays, error) ||
		!read_action("non_workday", source->non_workday, &rule->non_workday, error) ||
		!read_action("holiday", source->holiday, &rule->holiday, error) ||
		!read_adjust(source->adjust, &rule->adjust, error))
		return false;
	for (int i = 0; i < source->nconditions; i++)
	{
		if (!begin_field(&field, "condition", source->conditions[i], error))
			return false;
		error->condition = i + 1;
		if (!jg_autocal_condition(field.text, &source->reading, rule, error))
			return false;
	}
	return true;
}
