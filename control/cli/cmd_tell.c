/*
 * jobgrid tell: a line for a running job.
 */
#include "act.h"
#include "command.h"

static const Query query = {.sql = "select " ACT_COLUMNS " from jobgrid.tell(run_id => $1::bigint, message => $2)"};

static int
check(const Cli *cli, const Args *args, Failure *failure)
{
	(void) cli;
	return query_check_run(args->operands[0], failure);
}

static int
tell(Cli *cli, const Args *args, Failure *failure)
{
	const char *values[] = {args->operands[0], args->operands[1]};

	return query_answer(cli, &query, COUNT_OF(values), values, failure) < 0 ? -1 : EXIT_CODE_OK;
}

const Command command_tell = {.name = "tell",
							  .summary = "Send a message to a running job, for jobgrid-job receive",
							  .usage = "RUN TEXT",
							  .least = 2,
							  .most = 2,
							  .check = check,
							  .run = tell};
