/*
 * jobgrid drain: empties an executor's node.
 */
#include "command.h"
#include "query.h"

static const Option options[] = {{"deadline", 0, "INTERVAL", "after this much time stop what still runs there"},
								 {"reason", 'r', "TEXT", "why, for those who ask"},
								 {0}};

static const char *const explained[] = {
	"It gets nothing new until \"jobgrid undrain\", through restarts too. What runs there goes on; at the deadline it is",
	"stopped: runs of jobs with on_lost = retry go on elsewhere, all others end as cancelled.", NULL};

static const Query query = {
	.sql = "select executor, state, running, drained_since, drained_by, drain_reason, drain_deadline "
		   "from jobgrid.drain_executor(executor => $1, deadline => $2::interval, reason => $3)",
	.one = true};

static int
drain(Cli *cli, const Args *args, Failure *failure)
{
	const char *values[] = {args->operands[0], args_get(args, "deadline"), args_get(args, "reason")};

	return query_answer(cli, &query, COUNT_OF(values), values, failure) < 0 ? -1 : EXIT_CODE_OK;
}

const Command command_drain = {.name = "drain",
							   .summary = "Hand out nothing more to an executor, and empty it by a deadline",
							   .usage = "EXECUTOR [--deadline INTERVAL] [-r REASON]",
							   .explained = explained,
							   .options = options,
							   .least = 1,
							   .most = 1,
							   .run = drain};
