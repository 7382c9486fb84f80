/*
 * Lines of crontabs: settings, jobs and what is neither, as cron takes them; and what it would stumble over.
 */
#include "../../control/cli/crontab.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"

/* All lines of a file as one: "1: NAME=[value]", "2: [0 5 * * *] user [command] <[input] (doubt)", "3! problem". */
static void
tell(const CrontabLine *line, CrontabKind kind, Buf *out)
{
	buf_printf(out, "%s%d", out->len > 0 ? "; " : "", line->number);
	if (kind == CRONTAB_PROBLEM)
		buf_printf(out, "! %s", line->problem);
	else if (kind == CRONTAB_SETTING)
		buf_printf(out, ": %s=[%s]", buf_text(&line->name), buf_text(&line->value));
	else
	{
		buf_printf(out, ": [%s]%s%s [%s]", buf_text(&line->schedule), line->user.len > 0 ? " " : "",
				   buf_text(&line->user), buf_text(&line->command));
		if (line->has_input)
			buf_printf(out, " <[%s]", buf_text(&line->input));
		if (line->doubt)
			buf_printf(out, " (%s)", line->doubt);
	}
}

static void
read_all(const char *bytes, size_t size, bool system, Buf *out)
{
	/* Memory of exactly the size: the sanitizer sees a read past it. */
	char *exact = malloc(size > 0 ? size : 1);
	Crontab crontab = {.at = exact, .end = exact + size, .system = system};
	CrontabLine line = {0};
	CrontabKind kind;

	memcpy(exact, bytes, size);
	while ((kind = crontab_next(&crontab, &line)) != CRONTAB_END)
		tell(&line, kind, out);
	ok(crontab_next(&crontab, &line) == CRONTAB_END, "and the same again");
	crontab_line_free(&line);
	free(exact);
}

static void
is_read(const char *file, bool system, const char *expected)
{
	cleanup_buf Buf got = {0};

	read_all(file, strlen(file), system, &got);
	if (!ok(strcmp(buf_text(&got), expected) == 0, "%.*s", (int) strcspn(file, "\r\n"), file))
		printf("# got:      %s\n# expected: %s\n", buf_text(&got), expected);
}

static void
test_settings(void)
{
	is_read("A=b\n", false, "1: A=[b]");
	is_read("  A_1\t = b c \t\n", false, "1: A_1=[b c]");
	is_read("A=\"b c \"  \n", false, "1: A=[b c ]");
	is_read("'A' = 'it is \"b\"'\n", false, "1: A=[it is \"b\"]");
	is_read("A=$HOME/bin:$PATH # no comment\n", false, "1: A=[$HOME/bin:$PATH # no comment]");
	is_read("MAILTO=\nMAILTO=\"\"\nMAILTO\t=\t\n", false, "1: MAILTO=[]; 2: MAILTO=[]; 3: MAILTO=[]");
	is_read("A=b=c\n", false, "1: A=[b=c]");
	is_read("A='b' c d e f g\n", false, "1: [A='b' c d e f] [g]");
	is_read("A='b\n", false, "1! it has fewer than five fields before its command");
	is_read("1A=b\n", false, "1! it has fewer than five fields before its command");
	is_read("0 5 * * * A=b c\n", false, "1: [0 5 * * *] [A=b c]");
	is_read("@daily A=b\n", false, "1: [@daily] [A=b]");
}

static void
test_jobs(void)
{
	is_read("0 5 * * * run\n", false, "1: [0 5 * * *] [run]");
	is_read("\t 0\t5  *\t* * \t run  it  \n", false, "1: [0 5 * * *] [run  it  ]");
	is_read("*/5 1-3,7 * jan-mar Mon#1 run\n", false, "1: [*/5 1-3,7 * jan-mar Mon#1] [run]");
	is_read("@reboot run it\n", false, "1: [@reboot] [run it]");
	is_read("-0 5 * * * run\n-@daily x\n", false, "1: [0 5 * * *] [run]; 2: [@daily] [x]");
	is_read("0 5 * * * run # no comment\n", false, "1: [0 5 * * *] [run # no comment]");
	is_read("17 * * * * root cd / && run-parts /etc/cron.hourly\n", true,
			"1: [17 * * * *] root [cd / && run-parts /etc/cron.hourly]");
	is_read("@daily root run\n", true, "1: [@daily] root [run]");
	is_read("@daily root\n", true, "1! it has no command behind its user");
	is_read("@daily\n0 5 * * *\n", true, "1! it names no user; 2! it names no user");
	is_read("0 5 * * *\n@daily \n0 5 * *\n-\n", false,
			"1! it has no command; 2! it has no command; 3! it has fewer than five fields before its command; "
			"4! it has fewer than five fields before its command");
	is_read("run.sh\n", false, "1! it has fewer than five fields before its command");
}

static void
test_percent(void)
{
	is_read("@daily a%b\n", false, "1: [@daily] [a] <[b\n]");
	is_read("@daily mail -s x root%Hello%%there\n", false, "1: [@daily] [mail -s x root] <[Hello\n\nthere\n]");
	is_read("@daily a%b%\n", false, "1: [@daily] [a] <[b\n]");
	is_read("@daily a%\n", false, "1: [@daily] [a]");
	is_read("@daily a%%\n", false, "1: [@daily] [a] <[\n]");
	is_read("@daily date +\\%F\n", false, "1: [@daily] [date +%F]");
	is_read("@daily a\\\\%b\n", false, "1: [@daily] [a\\\\] <[b\n]");
	is_read("@daily a\\b\\%c\\\n", false, "1: [@daily] [a\\b%c\\]");
	is_read("@daily a%b\\%c\\d\\\\%e\n", false, "1: [@daily] [a] <[b%c\\d\\%e\n]");
	is_read("@daily a%b\\\n", false, "1: [@daily] [a] <[b\\\n]");
	is_read("@daily %b\n", false, "1! it has no command");
}

static void
test_files(void)
{
	static const char nul[] = "@daily a\0b\n@daily c\n";
	cleanup_buf Buf got = {0};
	cleanup_buf Buf file = {0};
	cleanup_buf Buf longest = {0};

	is_read("", false, "");
	is_read("\n  \n# a\n\t# b\n", false, "");
	is_read("#\n\n@daily a\n", false, "3: [@daily] [a]");
	is_read("@daily a", false, "1: [@daily] [a] (its line has no newline: some crons ignore such a file)");
	is_read("A=b\r\n@daily a\r\n\r\n#\r\n", false,
			"1: A=[b]; 2: [@daily] [a] (its line ends in CR LF: cron takes the CR for a part of the command)");
	is_read("@daily a\rb\n", false, "1: [@daily] [a\rb]");
	is_read("@daily \xff\n# \xff\n@daily \xc3\xbc\n", false, "1! it is not UTF-8; 3: [@daily] [\xc3\xbc]");
	read_all(nul, sizeof nul - 1, false, &got);
	ok(strcmp(buf_text(&got), "1! it has a NUL byte; 2: [@daily] [c]") == 0, "a NUL byte: %s", buf_text(&got));

	for (int i = 0; i < CRONTAB_LONGEST_LINE - 7; i++)
		buf_putc(&longest, 'x');
	buf_printf(&file, "@daily %s\n@daily x%s\n@daily y\n", buf_text(&longest), buf_text(&longest));
	buf_reset(&got);
	read_all(file.data, file.len, false, &got);
	ok(strncmp(buf_text(&got), "1: [@daily] [xxx", 16) == 0, "the longest line");
	ok(strstr(buf_text(&got), "x]; 2! it is longer than 131072 bytes; 3: [@daily] [y]") != NULL, "and a longer one");
}

int
main(void)
{
	test_settings();
	test_jobs();
	test_percent();
	test_files();
	return done_testing();
}
