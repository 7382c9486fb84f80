/*
 * jobgrid why: what a run waits for, or how it ended.
 */
#include <string.h>

#include "about.h"
#include "command.h"
#include "hint.h"
#include "mem.h"
#include "query.h"
#include "text.h"
#include "value.h"

static const Option options[] = {ABOUT_OPTIONS, {0}};

static const Query query = {.sql = "select run_id, job, state, blocker, object, since, detail, hint "
								   "from jobgrid.why(run_id => $1::bigint, job => $2, tenant => $3)"};

/* Prints the column, if there is something in it, after the words before it. */
static void
put_column(const Cli *cli, const PGresult *rows, int row, const char *name, const char *before, const char *after)
{
	cleanup_free char *text = value_for_people(rows, row, PQfnumber(rows, name), &cli->out, db_now(cli->db));

	if (*text)
		printf("%s%s%s", before, text, after);
}

static void
put_next(const Cli *cli, const char *hint)
{
	cleanup_free char *commands = hint ? hint_as_commands(hint) : NULL;

	if (!commands || !*commands)
		return;
	fputs("\n    next: ", stdout);
	text_put(stdout, commands, strlen(commands), terminal_text_flags(&cli->out));
}

static bool
is_same_run(const PGresult *rows, int row)
{
	return row > 0 && strcmp(PQgetvalue(rows, row, 0), PQgetvalue(rows, row - 1, 0)) == 0;
}

static void
print_for_people(const Cli *cli, const PGresult *rows)
{
	for (int row = 0; row < PQntuples(rows); row++)
	{
		const char *state = db_value(rows, row, "state");

		if (!is_same_run(rows, row))
		{
			put_column(cli, rows, row, "run_id", "", " ");
			put_column(cli, rows, row, "job", "", " ");
			if (state)
				printf("%s%s%s%s", terminal_colour(&cli->out, state), terminal_sign(&cli->out, state), state,
					   terminal_plain(&cli->out));
			fputc('\n', stdout);
		}
		put_column(cli, rows, row, "blocker", "  ", "");
		put_column(cli, rows, row, "object", " ", "");
		put_column(cli, rows, row, "since", ", since ", "");
		put_column(cli, rows, row, "detail", ": ", "");
		put_next(cli, db_value(rows, row, "hint"));
		fputc('\n', stdout);
	}
}

static int
why(Cli *cli, const Args *args, Failure *failure)
{
	CLEAR_RESULT PGresult *rows = NULL;
	const char *values[3];

	about_values(args, values);
	if (query_ask(cli, &query, COUNT_OF(values), values, &rows, failure) < 0)
		return -1;
	if (!cli_talks_to_people(cli))
		query_show(cli, &query, &rows, 1);
	else if (PQntuples(rows) > 0)
		print_for_people(cli, rows);
	else
		puts("nothing waits\nnext: jobgrid get runs");
	return EXIT_CODE_OK;
}

const Command command_why = {.name = "why",
							 .summary = "Say what a run or a job's runs wait for, or how a run ended",
							 .usage = "RUN | JOB",
							 .options = options,
							 .most = 1,
							 .check = about_check,
							 .run = why};
