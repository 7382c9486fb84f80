/*
 * Crontabs: any bytes end; what comes out is text of the database, of the line it is said to be of; and a line means the
 * same whether or not others stand around it.
 */
#include "../../control/cli/crontab.h"

#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "utf8.h"

static void
check_text(const Buf *text, bool one_line)
{
	if (!utf8_valid(buf_text(text), text->len) || strlen(buf_text(text)) != text->len)
		abort();
	if (one_line && strpbrk(buf_text(text), " \t\n") != NULL)
		abort();
}

static void
check_line(const CrontabLine *line, CrontabKind kind)
{
	if ((kind == CRONTAB_PROBLEM) != (line->problem != NULL))
		abort();
	if (kind == CRONTAB_SETTING)
	{
		check_text(&line->name, true);
		check_text(&line->value, false);
		if (line->name.len == 0)
			abort();
	}
	if (kind != CRONTAB_JOB)
		return;
	check_text(&line->schedule, false);
	check_text(&line->user, true);
	check_text(&line->command, false);
	check_text(&line->input, false);
	if (line->schedule.len == 0 || line->command.len == 0 || strchr(buf_text(&line->schedule), '\n') != NULL)
		abort();
	if (line->has_input != (line->input.len > 0) || (line->has_input && line->input.data[line->input.len - 1] != '\n'))
		abort();
}

static bool
is_same(const Buf *a, const Buf *b)
{
	return a->len == b->len && strcmp(buf_text(a), buf_text(b)) == 0;
}

static void
check_file(const char *data, size_t size, bool system)
{
	Crontab crontab = {.at = data, .end = data + size, .system = system};
	CrontabLine line = {0};
	CrontabLine alone = {0};
	CrontabKind kind;
	const char *begin = data;
	int number = 0;
	int lines = 1;

	for (size_t i = 0; i < size; i++)
		lines += data[i] == '\n';
	while ((kind = crontab_next(&crontab, &line)) != CRONTAB_END)
	{
		Crontab one = {.at = begin, .end = crontab.at, .number = number, .system = system};

		if (line.number <= number || line.number > lines)
			abort();
		check_line(&line, kind);
		if (crontab_next(&one, &alone) != kind || alone.number != line.number || alone.problem != line.problem ||
			!is_same(&alone.command, &line.command) || !is_same(&alone.value, &line.value))
			abort();
		begin = crontab.at;
		number = line.number;
	}
	crontab_line_free(&line);
	crontab_line_free(&alone);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check_file((const char *) data, size, false);
	check_file((const char *) data, size, true);
	return 0;
}

bool
fuzz_example(unsigned i, Buf *out)
{
	static const char *const lines[] = {
		"# m h dom mon dow command\n",
		"SHELL=/bin/bash\nPATH = \"/usr/bin:/bin\"\n'MAILTO'=''\n",
		"17 *\t* * *\troot\tcd / && run-parts --report /etc/cron.hourly\n",
		"*/15 0-6,22,23 1-7 jan-mar mon date +\\%F >>/tmp/x 2>&1\r\n",
		"@daily mail -s \"It's done\" root%Hello%%\\%there\\\n",
		"-@reboot run",
	};
	size_t count = sizeof(lines) / sizeof(lines[0]);

	if (i > count)
		return false;
	for (size_t k = 0; k < count; k++)
		if (k == i || i == count)
			buf_puts(out, lines[k]);
	return true;
}
