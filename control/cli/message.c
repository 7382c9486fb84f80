/*
 * Messages begin with the program's name, as in a pipeline of many; their parts are labelled as PostgreSQL labels them.
 */
#include "message.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mem.h"
#include "terminal.h"
#include "text.h"

static void
put_part(const char *label, const char *text)
{
	fputs(label, stderr);
	if (isatty(STDERR_FILENO))
	{
		Terminal terminal = terminal_describe(stderr);

		text_put(stderr, text, strlen(text), terminal_text_flags(&terminal) | TEXT_LINES);
	}
	else
		fputs(text, stderr);
	fputc('\n', stderr);
}

static void
put_parts(const char *detail, const char *hint)
{
	if (detail && *detail)
		put_part("detail: ", detail);
	if (hint && *hint)
		put_part("hint: ", hint);
}

void
message_failure(const Failure *failure)
{
	fflush(stdout);
	put_part("jobgrid: ", failure->err.message);
	put_parts(failure->detail, failure->hint);
}

void
message_notice(const char *severity, const char *message, const char *detail, const char *hint)
{
	fflush(stdout);
	fputs("jobgrid: ", stderr);
	put_part(strcmp(severity, "WARNING") == 0 ? "warning: " : "notice: ", message);
	put_parts(detail, hint);
}

static void
put_formatted(const char *label, const char *format, va_list arguments)
{
	cleanup_free char *text = NULL;

	fflush(stdout);
	if (vasprintf(&text, format, arguments) >= 0)
		put_part(label, text);
}

void
message_info(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	put_formatted("jobgrid: ", format, arguments);
	va_end(arguments);
}

void
message_hint(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	put_formatted("hint: ", format, arguments);
	va_end(arguments);
}
