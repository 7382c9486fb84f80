/*
 * jobgrid doctor: check_install(), one line a check, and how to mend what is not ok.
 */
#include <string.h>

#include "command.h"
#include "query.h"
#include "text.h"

static const Query query = {.sql = "select check_name, ok, detail, fix from jobgrid.check_install()"};

static bool
is_ok(const PGresult *checks, int row)
{
	const char *ok = db_value(checks, row, "ok");

	return ok && *ok == 't';
}

static void
put_safe(const Cli *cli, const char *text)
{
	if (text)
		text_put(stdout, text, strlen(text), terminal_text_flags(&cli->out));
}

static void
print_check(const Cli *cli, const PGresult *checks, int row)
{
	const char *state = is_ok(checks, row) ? "ok" : "not ok";
	const char *detail = db_value(checks, row, "detail");

	printf("%s%s%s", terminal_colour(&cli->out, state), terminal_sign(&cli->out, state), terminal_plain(&cli->out));
	put_safe(cli, db_value(checks, row, "check_name"));
	fputs(detail ? ": " : "", stdout);
	put_safe(cli, detail);
	if (!is_ok(checks, row) && db_value(checks, row, "fix"))
	{
		fputs("\n  fix: ", stdout);
		put_safe(cli, db_value(checks, row, "fix"));
	}
	fputc('\n', stdout);
}

static int
doctor(Cli *cli, const Args *args, Failure *failure)
{
	CLEAR_RESULT PGresult *checks = NULL;
	int bad = 0;

	(void) args;
	if (query_ask(cli, &query, 0, NULL, &checks, failure) < 0)
		return -1;
	for (int row = 0; row < PQntuples(checks); row++)
	{
		bad += !is_ok(checks, row);
		if (cli_talks_to_people(cli))
			print_check(cli, checks, row);
	}
	if (!cli_talks_to_people(cli))
		query_show(cli, &query, &checks, 1);
	else if (bad > 0)
		printf("%d of %d checks not ok\n", bad, PQntuples(checks));
	else
		printf("%d checks ok\n", PQntuples(checks));
	return bad > 0 ? EXIT_CODE_FAILED : EXIT_CODE_OK;
}

const Command command_doctor = {.name = "doctor",
								.summary = "Check the installation and say how to mend what is not ok",
								.usage = "",
								.run = doctor};
