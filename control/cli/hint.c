/*
 * The hints of why() are statements, because every client shows them; whoever reads them here types commands. Only the
 * forms that the hints have are read: a call with a number, a quoted text or named texts, or a view. Anything else is
 * shown as the statement it is, which is right as well.
 */
#include "hint.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "mem.h"
#include "shell_word.h"

static const struct
{
	const char *object;
	const char *command;
} commands[] = {
	{"why", "why"},
	{"logs", "logs"},
	{"graph", "graph"},
	{"eta", "eta"},
	{"rerun", "rerun"},
	{"retry", "retry"},
	{"release", "release"},
	{"hold", "hold"},
	{"status", "get run"},
	{"submit", "submit"},
	{"resume_queue", "resume"},
	{"resume_executor", "undrain"},
	{"lane", "get lanes"},
	{"unfreeze", "unfreeze -r"},
	{"check_install", "doctor"},
	{"executor", "get executors"},
};

static bool
take(const char **sql, const char *expected)
{
	size_t length = strlen(expected);

	if (strncmp(*sql, expected, length) != 0)
		return false;
	*sql += length;
	return true;
}

static size_t
word_length(const char *sql)
{
	return strspn(sql, "abcdefghijklmnopqrstuvwxyz_");
}

/* A literal of SQL becomes a word of the shell. */
static bool
put_text(const char **sql, Buf *out)
{
	cleanup_buf Buf text = {0};

	if (!take(sql, "'"))
		return false;
	while (**sql && (**sql != '\'' || (*sql)[1] == '\''))
	{
		*sql += **sql == '\'';
		buf_putc(&text, *(*sql)++);
	}
	if (!take(sql, "'"))
		return false;
	shell_word_put(out, buf_text(&text));
	return true;
}

static bool
put_argument(const char **sql, Buf *out)
{
	size_t length = word_length(*sql);
	size_t digits = strspn(*sql, "0123456789");

	buf_putc(out, ' ');
	if (digits > 0)
	{
		buf_append(out, *sql, digits);
		*sql += digits;
		return true;
	}
	if (length > 0)
	{
		buf_puts(out, "--");
		for (size_t i = 0; i < length; i++)
			buf_putc(out, (*sql)[i] == '_' ? '-' : (*sql)[i]);
		buf_putc(out, ' ');
		*sql += length;
		if (!take(sql, " => "))
			return false;
	}
	return put_text(sql, out);
}

static bool
put_command(const char **sql, Buf *out)
{
	const char *object = strstr(*sql, "jobgrid.");
	size_t length;
	size_t i = 0;

	if (!take(sql, "SELECT ") || !object)
		return false;
	object += strlen("jobgrid.");
	length = word_length(object);
	while (i < sizeof commands / sizeof *commands &&
		   (strlen(commands[i].object) != length || strncmp(commands[i].object, object, length) != 0))
		i++;
	if (i == sizeof commands / sizeof *commands)
		return false;
	buf_printf(out, "jobgrid %s", commands[i].command);
	*sql = object + length;
	if (!take(sql, "("))
		*sql += strcspn(*sql, ";");
	else if (!take(sql, ")"))
	{
		do
		{
			if (!put_argument(sql, out))
				return false;
		} while (take(sql, ", "));
		if (!take(sql, ")"))
			return false;
	}
	return take(sql, ";");
}

char *
hint_as_commands(const char *sql)
{
	cleanup_buf Buf out = {0};
	const char *rest = sql;

	do
	{
		if (out.len > 0)
			buf_puts(&out, "; ");
		if (!put_command(&rest, &out))
			return mem_strdup(sql);
	} while (take(&rest, " "));
	return mem_strdup(*rest ? sql : buf_text(&out));
}
