/*
 * Follows what the crons of Debian (Vixie's) and cronie agree on. Where they are strict to no purpose it is not: a file
 * that ends without a newline, lines that end in CR LF and an empty value are read as they were meant, with a doubt.
 */
#include "crontab.h"

#include <string.h>

#include "utf8.h"

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_"

/* Bytes of a line that are still to be read. */
typedef struct Rest
{
	const char *at;
	const char *end;
} Rest;

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static void
skip_blanks(Rest *rest)
{
	while (rest->at < rest->end && is_blank(*rest->at))
		rest->at++;
}

static bool
take(Rest *rest, char c)
{
	if (rest->at == rest->end || *rest->at != c)
		return false;
	rest->at++;
	return true;
}

static char
take_quote(Rest *rest)
{
	return take(rest, '"') ? '"' : take(rest, '\'') ? '\'' : '\0';
}

/* What is up to the next blank; false where there is nothing. */
static bool
take_word(Rest *rest, Buf *word)
{
	const char *begin;

	skip_blanks(rest);
	begin = rest->at;
	while (rest->at < rest->end && !is_blank(*rest->at))
		rest->at++;
	buf_append(word, begin, (size_t) (rest->at - begin));
	return rest->at > begin;
}

/* What is in quotes, which must end. */
static bool
take_quoted(Rest *rest, char quote, Buf *out)
{
	const char *end = memchr(rest->at, quote, (size_t) (rest->end - rest->at));

	if (end == NULL)
		return false;
	buf_append(out, rest->at, (size_t) (end - rest->at));
	rest->at = end + 1;
	return true;
}

static bool
is_name(const Buf *name)
{
	const char *text = buf_text(name);

	return name->len > 0 && strspn(text, LETTERS) > 0 && strspn(text, LETTERS "0123456789") == name->len;
}

/* NAME = VALUE, each of them in quotes or not. Nothing else is looked at: what is no setting is a job. */
static bool
read_setting(Rest rest, CrontabLine *line)
{
	char quote = take_quote(&rest);

	if (quote != '\0')
	{
		if (!take_quoted(&rest, quote, &line->name))
			return false;
	}
	else
		while (rest.at < rest.end && !is_blank(*rest.at) && *rest.at != '=')
			buf_putc(&line->name, *rest.at++);
	skip_blanks(&rest);
	if (!is_name(&line->name) || !take(&rest, '='))
		return false;

	skip_blanks(&rest);
	quote = take_quote(&rest);
	if (quote == '\0')
	{
		while (rest.end > rest.at && is_blank(rest.end[-1]))
			rest.end--;
		buf_append(&line->value, rest.at, (size_t) (rest.end - rest.at));
		return true;
	}
	if (!take_quoted(&rest, quote, &line->value))
		return false;
	skip_blanks(&rest);
	return rest.at == rest.end;
}

/* The first % that has no backslash before it ends the command; a backslash before one goes. */
static void
read_command(Rest *rest, Buf *command)
{
	bool escaped = false;

	for (; rest->at < rest->end; rest->at++)
	{
		char c = *rest->at;

		if (escaped && c == '%')
			command->len--;
		else if (!escaped && c == '%')
			return;
		escaped = !escaped && c == '\\';
		buf_putc(command, c);
	}
}

/* In what follows it each % is a newline. Here a backslash that has one before it still counts, as in cron. */
static void
read_input(const Rest *rest, Buf *input)
{
	bool escaped = false;

	for (const char *at = rest->at; at < rest->end; at++)
	{
		char c = *at;

		if (escaped && c != '%')
			buf_putc(input, '\\');
		else if (!escaped && c == '%')
			c = '\n';
		escaped = c == '\\';
		if (!escaped)
			buf_putc(input, c);
	}
	if (escaped)
		buf_putc(input, '\\');
	if (input->len == 0 || input->data[input->len - 1] != '\n')
		buf_putc(input, '\n');
}

static CrontabKind
problem(CrontabLine *line, const char *what)
{
	line->problem = what;
	return CRONTAB_PROBLEM;
}

static CrontabKind
read_job(Rest rest, bool system, CrontabLine *line)
{
	int fields;

	/* Asks some crons not to log it. */
	if (rest.end - rest.at > 1 && !is_blank(rest.at[1]))
		take(&rest, '-');
	fields = *rest.at == '@' ? 1 : 5;
	for (int i = 0; i < fields; i++)
	{
		if (i > 0)
			buf_putc(&line->schedule, ' ');
		if (!take_word(&rest, &line->schedule))
			return problem(line, "it has fewer than five fields before its command");
	}
	if (system && !take_word(&rest, &line->user))
		return problem(line, "it names no user");
	skip_blanks(&rest);
	read_command(&rest, &line->command);
	if (line->command.len == 0)
		return problem(line, system ? "it has no command behind its user" : "it has no command");
	if (rest.end - rest.at > 1)
	{
		rest.at++;
		line->has_input = true;
		read_input(&rest, &line->input);
	}
	return CRONTAB_JOB;
}

static CrontabKind
read_line(Rest rest, bool system, CrontabLine *line)
{
	size_t length = (size_t) (rest.end - rest.at);

	if (length > CRONTAB_LONGEST_LINE)
		return problem(line, "it is longer than 131072 bytes");
	if (memchr(rest.at, '\0', length) != NULL)
		return problem(line, "it has a NUL byte");
	if (!utf8_valid(rest.at, length))
		return problem(line, "it is not UTF-8");
	if (read_setting(rest, line))
		return CRONTAB_SETTING;
	return read_job(rest, system, line);
}

static void
reset(CrontabLine *line, int number)
{
	Buf *const texts[] = {&line->name, &line->value, &line->schedule, &line->user, &line->command, &line->input};

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		buf_reset(texts[i]);
	line->number = number;
	line->problem = NULL;
	line->doubt = NULL;
	line->has_input = false;
}

CrontabKind
crontab_next(Crontab *crontab, CrontabLine *line)
{
	while (crontab->at < crontab->end)
	{
		const char *newline = memchr(crontab->at, '\n', (size_t) (crontab->end - crontab->at));
		Rest rest = {crontab->at, newline != NULL ? newline : crontab->end};

		reset(line, ++crontab->number);
		crontab->at = newline != NULL ? newline + 1 : crontab->end;
		if (newline == NULL)
			line->doubt = "its line has no newline: some crons ignore such a file";
		if (rest.end > rest.at && rest.end[-1] == '\r')
		{
			rest.end--;
			line->doubt = "its line ends in CR LF: cron takes the CR for a part of the command";
		}
		skip_blanks(&rest);
		if (rest.at < rest.end && *rest.at != '#')
			return read_line(rest, crontab->system, line);
	}
	return CRONTAB_END;
}

void
crontab_line_free(CrontabLine *line)
{
	Buf *const texts[] = {&line->name, &line->value, &line->schedule, &line->user, &line->command, &line->input};

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		buf_free(texts[i]);
}
