/*
 * Filled where the facts are, printed once by message.c. It never prints and never ends the process.
 */
#include "failure.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "mem.h"

void
failure_clear(Failure *failure)
{
	free(failure->detail);
	free(failure->hint);
	*failure = (Failure){0};
}

static char *
format_text(const char *format, va_list arguments)
{
	char *text = NULL;
	int length = vasprintf(&text, format, arguments);

	return length < 0 ? mem_strdup("out of memory") : text;
}

int
fail(Failure *failure, ExitCode code, const char *format, ...)
{
	va_list arguments;
	char *text;

	failure_clear(failure);
	failure->code = code;
	va_start(arguments, format);
	text = format_text(format, arguments);
	va_end(arguments);
	err_set(&failure->err, 0, "%s", text);
	free(text);
	return -1;
}

int
fail_detail(Failure *failure, const char *format, ...)
{
	va_list arguments;

	free(failure->detail);
	va_start(arguments, format);
	failure->detail = format_text(format, arguments);
	va_end(arguments);
	return -1;
}

int
fail_hint(Failure *failure, const char *format, ...)
{
	va_list arguments;

	free(failure->hint);
	va_start(arguments, format);
	failure->hint = format_text(format, arguments);
	va_end(arguments);
	return -1;
}
