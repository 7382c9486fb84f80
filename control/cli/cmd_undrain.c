/*
 * jobgrid undrain: an executor gets work again.
 */
#include "command.h"
#include "query.h"

static const Option options[] = {{0}};

static const Query query = {.sql = "select executor, state, running from jobgrid.resume_executor(executor => $1)",
							.one = true};

static int
undrain(Cli *cli, const Args *args, Failure *failure)
{
	const char *values[] = {args->operands[0]};

	return query_answer(cli, &query, COUNT_OF(values), values, failure) < 0 ? -1 : EXIT_CODE_OK;
}

const Command command_undrain = {.name = "undrain",
								 .summary = "Hand out runs to a drained executor again",
								 .usage = "EXECUTOR",
								 .options = options,
								 .least = 1,
								 .most = 1,
								 .run = undrain};
