/*
 * Splits name=value. What a value may be is for the database to judge: the JSON is parsed and put together there.
 */
#include "parameters.h"

#include <string.h>

static void
add_element(Buf *array, const char *text, size_t length)
{
	buf_putc(array, array->len ? ',' : '{');
	if (!text)
	{
		buf_puts(array, "NULL");
		return;
	}
	buf_putc(array, '"');
	for (size_t i = 0; i < length; i++)
	{
		if (text[i] == '"' || text[i] == '\\')
			buf_putc(array, '\\');
		buf_putc(array, text[i]);
	}
	buf_putc(array, '"');
}

static int
add_parameter(Parameters *parameters, const char *given, Failure *failure)
{
	const char *equals = strchr(given, '=');
	bool json = equals && equals > given && equals[-1] == ':';
	size_t length = equals ? (size_t) (equals - given) - (json ? 1 : 0) : 0;

	if (length == 0)
	{
		fail(failure, EXIT_CODE_USAGE, "parameter \"%s\" is not of the form name=value", given);
		return -1;
	}
	add_element(&parameters->names, given, length);
	add_element(&parameters->text, json ? NULL : equals + 1, strlen(equals + 1));
	add_element(&parameters->json, json ? equals + 1 : NULL, strlen(equals + 1));
	return 0;
}

int
parameters_collect(Parameters *parameters, const Args *args, Failure *failure)
{
	for (int i = 0; i < args->given; i++)
		if (strcmp(args->entries[i].option->name, "param") == 0 &&
			add_parameter(parameters, args->entries[i].value, failure) < 0)
			return -1;
	buf_puts(&parameters->names, parameters->names.len ? "}" : "{}");
	buf_puts(&parameters->text, parameters->text.len ? "}" : "{}");
	buf_puts(&parameters->json, parameters->json.len ? "}" : "{}");
	return 0;
}

void
parameters_free(Parameters *parameters)
{
	buf_free(&parameters->names);
	buf_free(&parameters->text);
	buf_free(&parameters->json);
}
