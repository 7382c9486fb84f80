/*
 * jobgrid attention: what somebody must look at.
 */
#include "command.h"
#include "query.h"

static const Query query = {
	.sql =
		"select run_id, job, state, reason, since, detail, hint from jobgrid.attention order by since desc, run_id desc",
	.style = {"state run_id job reason since detail", false}};

/* What to ask about next: the first item that is a run. What an executor ran unseen may have none here. */
static const char *
first_run(const PGresult *result)
{
	for (int row = 0; row < PQntuples(result); row++)
		if (db_value(result, row, "run_id") != NULL)
			return db_value(result, row, "run_id");
	return NULL;
}

static int
attention(Cli *cli, const Args *args, Failure *failure)
{
	CLEAR_RESULT PGresult *result = NULL;
	int rows;

	(void) args;
	if (query_ask(cli, &query, 0, NULL, &result, failure) < 0)
		return -1;
	rows = PQntuples(result);
	if (!cli_talks_to_people(cli))
		query_show(cli, &query, &result, 1);
	else if (rows == 0)
		puts("nothing needs attention");
	else
	{
		const char *run = first_run(result);

		query_show(cli, &query, &result, 1);
		printf("%d item%s%s%s\n", rows, rows == 1 ? "" : "s", run ? "; next: jobgrid why " : "", run ? run : "");
	}
	return EXIT_CODE_OK;
}

const Command command_attention = {.name = "attention",
								   .summary = "List what needs somebody: failed, unknown and stuck runs",
								   .usage = "",
								   .run = attention};
