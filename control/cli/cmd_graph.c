/*
 * jobgrid graph: a workflow or a run of it, as a tree for people, as rows for programs, and for Graphviz.
 */
#include <string.h>

#include "about.h"
#include "command.h"
#include "query.h"
#include "text.h"

static const Option options[] = {{"dot", 'd', NULL, "for Graphviz: jobgrid graph JOB --dot | dot -Tsvg"},
								 ABOUT_OPTIONS,
								 {0}};

static const Query for_programs = {
	.sql = "select step, kind, state, reason, waits_for, layer, started_at, finished_at, run_id, on_critical_path"
		   " from jobgrid.graph(run_id => $1::bigint, job => $2, tenant => $3)"};
static const char text_sql[] =
	"select jobgrid.graph_text(run_id => $1::bigint, job => $2, tenant => $3, format => $4) as text";

static int
check(const Cli *cli, const Args *args, Failure *failure)
{
	if (cli->json && args_has(args, "dot"))
		return fail(failure, EXIT_CODE_USAGE, "--dot and --json exclude each other");
	return about_check(cli, args, failure);
}

static int
graph(Cli *cli, const Args *args, Failure *failure)
{
	CLEAR_RESULT PGresult *result = NULL;
	bool dot = args_has(args, "dot");
	const char *values[4] = {[3] = dot ? "dot" : "text"};
	const char *text;

	about_values(args, values);
	if (!dot && !cli_talks_to_people(cli))
		return query_answer(cli, &for_programs, 3, values, failure) < 0 ? -1 : EXIT_CODE_OK;
	if (db_query(cli->db, text_sql, COUNT_OF(values), values, &result, failure) < 0)
		return -1;
	text = PQgetvalue(result, 0, 0);
	if (cli->out.present)
		text_put(stdout, text, strlen(text), terminal_text_flags(&cli->out) | TEXT_LINES);
	else
		fputs(text, stdout);
	fputc('\n', stdout);
	return EXIT_CODE_OK;
}

static const char *const explained[] = {
	"Steps of a workflow stand below it; * is on the critical path, <- says what a step waits for.", NULL};

const Command command_graph = {.name = "graph",
							   .summary = "Show the steps of a workflow or of a run of it, and what they wait for",
							   .usage = "RUN | JOB [--dot]",
							   .explained = explained,
							   .options = options,
							   .most = 1,
							   .check = check,
							   .run = graph};
