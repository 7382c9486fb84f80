/*
 * jobgrid set-outcome: a person decides how a run ended.
 */
#include "act.h"
#include "command.h"

static const Option options[] = {{"reason", 'r', "TEXT", "why, for the history; required"}, {0}};

static const Query query = {.sql = "select " ACT_COLUMNS
								   " from jobgrid.set_outcome(run_id => $1::bigint, outcome => $2, reason => $3)"};

static int
check(const Cli *cli, const Args *args, Failure *failure)
{
	(void) cli;
	if (query_check_run(args->operands[0], failure) < 0)
		return -1;
	return args_has(args, "reason") ? 0 : fail(failure, EXIT_CODE_USAGE, "option \"--reason\" is required");
}

static int
set_outcome(Cli *cli, const Args *args, Failure *failure)
{
	const char *values[] = {args->operands[0], args->operands[1], args_get(args, "reason")};

	return query_answer(cli, &query, COUNT_OF(values), values, failure) < 0 ? -1 : EXIT_CODE_OK;
}

const Command command_set_outcome = {.name = "set-outcome",
									 .summary = "Decide how a run ended: succeeded, failed, cancelled or skipped",
									 .usage = "RUN OUTCOME -r REASON",
									 .options = options,
									 .least = 2,
									 .most = 2,
									 .check = check,
									 .run = set_outcome};
