/*
 * jobgrid gantt: bars of a workflow's steps over time, past and expected. Where each bar is the database says.
 */
#include <string.h>

#include "about.h"
#include "command.h"
#include "mem.h"
#include "query.h"
#include "text.h"
#include "value.h"

#define LONGEST_NAME 30
#define NARROWEST 20

static const Option options[] = {ABOUT_OPTIONS, {0}};

#define ANSWER " from jobgrid.critical_path(run_id => $1::bigint, job => $2, tenant => $3, all_steps => true)"

static const Query for_programs = {
	.sql = "select step, state, started_at, finished_at, starts_after, ends_after, slack, critical, run_id" ANSWER};

/* Columns of each bar, $4 for all of the time, and of now; a run that has not begun has no past. */
static const Query for_people = {
	.sql =
		"select coalesce(nullif(substr(step, length(split_part(step, '/', 1)) + 2), ''), step) as step, state, critical,"
		" ends_after - starts_after as takes,"
		" round($4::integer * extract(epoch from starts_after) / whole)::integer as first,"
		" round($4::integer * extract(epoch from ends_after) / whole)::integer as last,"
		" coalesce(round($4::integer * extract(epoch from now() - started_at + starts_after) / whole), 0)::integer as past"
		" from (select *, greatest(extract(epoch from max(ends_after) over ()), 0.000001) as whole" ANSWER ") s"
		" order by starts_after, ends_after, step"};

static char
letter_of(const char *state)
{
	if (state == NULL)
		return '.';
	if (strcmp(state, "starting") == 0)
		return 'r';
	return strcmp(state, "skipped") == 0 ? '-' : *state;
}

/* A letter for the state, then what is over in full and what is expected lightly. */
static void
print_bar(const Cli *cli, const PGresult *rows, int row, int width)
{
	const char *state = db_value(rows, row, "state");
	int first = (int) db_number(rows, row, "first", 0);
	int last = (int) db_number(rows, row, "last", 0);
	int past = (int) db_number(rows, row, "past", 0);

	if (first > width - 1)
		first = width - 1;
	printf("%*s%s%c", first, "", state ? terminal_colour(&cli->out, state) : "", letter_of(state));
	for (int column = first + 1; column < last; column++)
		if (column < past)
			fputs(cli->out.utf8 ? "\xe2\x96\x88" : "=", stdout);
		else
			fputs(cli->out.utf8 ? "\xe2\x96\x91" : ".", stdout);
	fputs(state ? terminal_plain(&cli->out) : "", stdout);
	printf("%*s", last > first + 1 ? width - last : width - first - 1, "");
}

static int
longest_name(const Cli *cli, const PGresult *rows)
{
	int longest = 4;

	for (int row = 0; row < PQntuples(rows); row++)
	{
		cleanup_free char *name = value_for_people(rows, row, 0, &cli->out, db_now(cli->db));
		int width = text_width(name, terminal_text_flags(&cli->out));

		if (longest < width)
			longest = width;
	}
	return longest < LONGEST_NAME ? longest : LONGEST_NAME;
}

static void
print_rows(const Cli *cli, const PGresult *rows, int width)
{
	int flags = terminal_text_flags(&cli->out);
	int longest = longest_name(cli, rows);

	for (int row = 0; row < PQntuples(rows); row++)
	{
		cleanup_free char *name = value_for_people(rows, row, 0, &cli->out, db_now(cli->db));
		cleanup_free char *takes = value_for_people(rows, row, 3, &cli->out, db_now(cli->db));
		int used;

		printf("%s ", *db_value(rows, row, "critical") == 't' ? "*" : " ");
		used = text_put_width(stdout, name, longest, flags);
		printf("%*s |", longest - used, "");
		print_bar(cli, rows, row, width);
		printf("| %s\n", takes);
	}
}

static int
gantt(Cli *cli, const Args *args, Failure *failure)
{
	CLEAR_RESULT PGresult *rows = NULL;
	int width = cli->out.columns - LONGEST_NAME - 14;
	cleanup_free char *columns = mem_printf("%d", width < NARROWEST ? NARROWEST : width);
	const char *values[4] = {[3] = columns};

	about_values(args, values);
	if (!cli_talks_to_people(cli))
		return query_answer(cli, &for_programs, 3, values, failure) < 0 ? -1 : EXIT_CODE_OK;
	if (query_ask(cli, &for_people, COUNT_OF(values), values, &rows, failure) < 0)
		return -1;
	print_rows(cli, rows, width < NARROWEST ? NARROWEST : width);
	return EXIT_CODE_OK;
}

static const char *const explained[] = {
	"A bar begins with the first letter of the step's state: . has no run yet, - is skipped. What is over is drawn full,",
	"what is expected lightly; * is on the critical path.", NULL};

const Command command_gantt = {.name = "gantt",
							   .summary = "Draw the steps of a workflow run over time, past and expected",
							   .usage = "RUN | JOB",
							   .explained = explained,
							   .options = options,
							   .most = 1,
							   .check = about_check,
							   .run = gantt};
