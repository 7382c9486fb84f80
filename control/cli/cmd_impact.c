/*
 * jobgrid impact: what would become of other jobs if one ended so now.
 */
#include "about.h"
#include "command.h"
#include "query.h"

static const Option options[] = {{"as", 'a', "OUTCOME", "succeeded, failed, cancelled or skipped, instead of failed"},
								 {"exit-code", 0, "N", "with this exit code"},
								 ABOUT_OPTIONS,
								 {0}};

#define ANSWER                                                                                               \
	" from jobgrid.impact(run_id => $1::bigint, job => $2, tenant => $3, outcome => coalesce($4, 'failed')," \
	" exit_code => $5::integer)"

static const Query for_programs = {.sql = "select effect, job, run_id, criticality, depth, reason, detail" ANSWER};
static const Query totals = {.sql = "select string_agg(detail, '; ') as detail" ANSWER " where effect = 'total'"};
static const Query for_people = {.sql = "select effect, job, run_id, criticality, depth, reason, detail" ANSWER
										" where effect <> 'total'"};

static int
impact(Cli *cli, const Args *args, Failure *failure)
{
	CLEAR_RESULT PGresult *result = NULL;
	const char *values[5] = {[3] = args_get(args, "as"), [4] = args_get(args, "exit-code")};

	about_values(args, values);
	if (!cli_talks_to_people(cli))
		return query_answer(cli, &for_programs, COUNT_OF(values), values, failure) < 0 ? -1 : EXIT_CODE_OK;
	if (query_ask(cli, &totals, COUNT_OF(values), values, &result, failure) < 0)
		return -1;
	puts(PQgetvalue(result, 0, 0));
	return query_answer(cli, &for_people, COUNT_OF(values), values, failure) < 0 ? -1 : EXIT_CODE_OK;
}

const Command command_impact = {.name = "impact",
								.summary = "Say what would start, be skipped or wait if a run or job ended so now",
								.usage = "RUN | JOB [--as OUTCOME]",
								.options = options,
								.most = 1,
								.check = about_check,
								.run = impact};
